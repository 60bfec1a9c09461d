import * as z from 'zod';
import { objectOf } from '../../../core/objects.ts';
import { ApiError, operation } from '../api.ts';
import { done } from './namespaces.ts';
import { invalid, page, paging } from './pages.ts';
import type { SandboxService } from './model.ts';
import { deregister, findService, instanceNotFound, register } from './world.ts';

const ServiceId = z.string();
const InstanceId = z.string().regex(/^[0-9a-zA-Z_/:.@-]{1,64}$/);
const Attributes = objectOf(z.string().max(1024));

export const instances = {
  RegisterInstance: operation(
    invalid,
    z.object({ ServiceId, InstanceId, Attributes }),
    (input, { world }) => {
      const { service } = findService(world, input.ServiceId);
      checkAttributes(service, input.Attributes);
      register(service, input.InstanceId, input.Attributes);
      const targets = { INSTANCE: input.InstanceId, SERVICE: service.id };
      return done(world, 'REGISTER_INSTANCE', targets);
    },
  ),

  DeregisterInstance: operation(invalid, z.object({ ServiceId, InstanceId }), (input, { world }) => {
    const { service } = findService(world, input.ServiceId);
    deregister(service, input.InstanceId);
    const targets = { INSTANCE: input.InstanceId, SERVICE: service.id };
    return done(world, 'DEREGISTER_INSTANCE', targets);
  }),

  ListInstances: operation(invalid, z.object({ ServiceId, ...paging }), (input, context) => {
    const { service } = findService(context.world, input.ServiceId);
    const { items, next } = page(service.instances.values(), ({ id }) => id, input, context);
    const Instances = items.map(({ id, attributes }) => ({ Id: id, Attributes: attributes }));
    return { body: { Instances, NextToken: next } };
  }),

  GetInstancesHealthStatus: operation(
    invalid,
    z.object({ ServiceId, Instances: z.array(InstanceId).min(1).optional(), ...paging }),
    (input, context) => {
      const { service } = findService(context.world, input.ServiceId);
      const missing = input.Instances?.find((id) => !service.instances.has(id));
      if (missing !== undefined) throw instanceNotFound(missing);
      const wanted = [...service.instances.values()].filter(
        ({ id }) => input.Instances?.includes(id) ?? true,
      );
      const { items, next } = page(wanted, ({ id }) => id, input, context);
      const Status = Object.fromEntries(items.map(({ id, health }) => [id, health]));
      return { body: { Status, NextToken: next } };
    },
  ),

  UpdateInstanceCustomHealthStatus: operation(
    invalid,
    z.object({ ServiceId, InstanceId, Status: z.enum(['HEALTHY', 'UNHEALTHY']) }),
    (input, { world }) => {
      const { service } = findService(world, input.ServiceId);
      const found = service.instances.get(input.InstanceId);
      if (found === undefined) throw instanceNotFound(input.InstanceId);
      if (service.check !== 'custom') {
        throw new ApiError('CustomHealthNotFound', `${service.name} has no custom health check`);
      }
      found.health = input.Status;
      return {};
    },
  ),
};

/** What the service's DNS records are made from (https://docs.aws.amazon.com/cloud-map/latest/api/API_RegisterInstance.html). */
function checkAttributes({ records, check }: SandboxService, attributes: Record<string, string>): void {
  const { AWS_INSTANCE_IPV4, AWS_INSTANCE_IPV6, AWS_INSTANCE_CNAME, AWS_INSTANCE_PORT } = attributes;
  const { AWS_ALIAS_DNS_NAME } = attributes;
  if (AWS_ALIAS_DNS_NAME !== undefined) {
    if (Object.keys(attributes).some((key) => key.startsWith('AWS_INSTANCE_'))) {
      throw new ApiError(invalid, 'AWS_ALIAS_DNS_NAME excludes the attributes AWS_INSTANCE_*');
    }
    return;
  }
  const needed = {
    A: AWS_INSTANCE_IPV4,
    AAAA: AWS_INSTANCE_IPV6,
    CNAME: AWS_INSTANCE_CNAME,
    SRV: AWS_INSTANCE_PORT,
  };
  for (const [type, value] of Object.entries(needed)) {
    if (records.includes(type) && value === undefined) {
      throw new ApiError(invalid, `A record ${type} needs its attribute`);
    }
  }
  if (check === 'route53' && AWS_INSTANCE_PORT === undefined) {
    throw new ApiError(invalid, 'A Route 53 health check needs AWS_INSTANCE_PORT');
  }
}
