import * as z from 'zod';
import { ApiError, operation } from '../api.ts';
import { filters, invalid, isWanted, page, paging } from './pages.ts';
import type { SandboxNamespace, SandboxService } from './model.ts';
import { addService, findNamespace, findService } from './world.ts';

const label = '([a-zA-Z0-9_]([a-zA-Z0-9_-]{0,61}[a-zA-Z0-9_])?)';
const Name = z.string().regex(new RegExp(`^(?=.{1,127}$)${label}(\\.${label})*$`));
const records = z.object({ DnsRecords: z.array(z.object({ Type: z.enum(['A', 'AAAA', 'CNAME', 'SRV']) })) });

export const services = {
  CreateService: operation(
    invalid,
    z
      .object({
        Name,
        NamespaceId: z.string(),
        DnsConfig: records.optional(),
        HealthCheckConfig: z.object({}).optional(),
        HealthCheckCustomConfig: z.object({}).optional(),
      })
      .refine(
        ({ HealthCheckConfig, HealthCheckCustomConfig }) => !(HealthCheckConfig && HealthCheckCustomConfig),
        'a service has one health check at most',
      ),
    (input, { world }) => {
      const namespace = findNamespace(world, input.NamespaceId);
      if ([...namespace.services.values()].some(({ name }) => name === input.Name)) {
        throw new ApiError('ServiceAlreadyExists', `There is a service ${input.Name}`);
      }
      const route53 = input.HealthCheckConfig ? 'route53' : 'none';
      const added = addService(namespace, input.Name, {
        check: input.HealthCheckCustomConfig ? 'custom' : route53,
        records: input.DnsConfig?.DnsRecords.map(({ Type }) => Type) ?? [],
      });
      return { body: { Service: { ...shown(namespace, added), NamespaceId: namespace.id } } };
    },
  ),

  DeleteService: operation(invalid, z.object({ Id: z.string() }), ({ Id }, { world }) => {
    const { namespace, service } = findService(world, Id);
    if (service.instances.size > 0) throw new ApiError('ResourceInUse', `${Id} still has instances`);
    namespace.services.delete(service.id);
    return { body: {} };
  }),

  ListServices: operation(
    invalid,
    z.object({ ...paging, Filters: filters(['NAMESPACE_ID', 'RESOURCE_OWNER']) }),
    (input, context) => {
      const { account, cloudMap } = context.world;
      const all = [...cloudMap.namespaces.values()].flatMap((namespace) =>
        [...namespace.services.values()].map((service) => ({ namespace, service })),
      );
      const { items, next } = page(all, ({ service }) => service.id, input, context);
      const wanted = items.filter(({ namespace: { id, arn, owner } }) =>
        input.Filters.every((filter) =>
          filter.Name === 'RESOURCE_OWNER'
            ? isWanted(filter, owner === account ? 'SELF' : 'OTHER_ACCOUNTS')
            : isWanted(filter, arn) || (owner === account && isWanted(filter, id)),
        ),
      );
      const Services = wanted.map(({ namespace, service }) => shown(namespace, service));
      return { body: { Services, NextToken: next } };
    },
  ),
};

function shown(
  { owner }: SandboxNamespace,
  { id, arn, name, records: types, check, instances }: SandboxService,
) {
  return {
    Id: id,
    Arn: arn,
    ResourceOwner: owner,
    Name: name,
    Type: types.length > 0 ? 'DNS_HTTP' : 'HTTP',
    InstanceCount: instances.size,
    DnsConfig: { DnsRecords: types.map((Type) => ({ Type, TTL: 10 })) },
    ...(check === 'custom' && { HealthCheckCustomConfig: { FailureThreshold: 1 } }),
    ...(check === 'route53' && {
      HealthCheckConfig: { Type: 'HTTP', ResourcePath: '/', FailureThreshold: 1 },
    }),
  };
}
