import * as z from 'zod';
import { ApiError, operation } from '../api.ts';
import type { World } from '../world.ts';
import { invalid } from './pages.ts';
import type { SandboxInstance, SandboxNamespace, SandboxService } from './model.ts';

const address = {
  NamespaceName: z.string(),
  ServiceName: z.string(),
  OwnerAccount: z
    .string()
    .regex(/^\d{12}$/)
    .optional(),
};

/** Instances by the names of their namespace and service; needs no page, and has no order. */
export const discovery = {
  DiscoverInstances: operation(
    invalid,
    z.object({
      ...address,
      MaxResults: z.int().min(1).max(1_000).default(100),
      HealthStatus: z.enum(['HEALTHY', 'UNHEALTHY', 'ALL', 'HEALTHY_OR_ELSE_ALL']).default('ALL'),
    }),
    (input, { world }) => {
      const { namespace, service } = find(world, input);
      const found = shuffled(ofHealth(service, input.HealthStatus));
      const Instances = found
        .slice(0, Math.min(input.MaxResults, world.cloudMap.largestAnswer))
        .map(({ id, attributes, health }) => ({
          InstanceId: id,
          NamespaceName: namespace.httpName,
          ServiceName: service.name,
          HealthStatus: health,
          Attributes: attributes,
        }));
      return { body: { Instances, InstancesRevision: service.revision } };
    },
  ),

  DiscoverInstancesRevision: operation(invalid, z.object(address), (input, { world }) => {
    return { body: { InstancesRevision: find(world, input).service.revision } };
  }),
};

interface Address {
  NamespaceName: string;
  ServiceName: string;
  OwnerAccount?: string | undefined;
}

/** A namespace of another account is found by those who name the account. */
function find(
  { account, cloudMap }: World,
  { NamespaceName, ServiceName, OwnerAccount = account }: Address,
): { namespace: SandboxNamespace; service: SandboxService } {
  const namespace = [...cloudMap.namespaces.values()].find(
    ({ httpName, owner }) => httpName === NamespaceName && owner === OwnerAccount,
  );
  if (namespace === undefined) {
    throw new ApiError('NamespaceNotFound', `There is no namespace ${NamespaceName}`);
  }
  const service = [...namespace.services.values()].find(({ name }) => name === ServiceName);
  if (service === undefined) throw new ApiError('ServiceNotFound', `There is no service ${ServiceName}`);
  return { namespace, service };
}

/** Without a health check the filter is ignored. */
function ofHealth({ check, instances }: SandboxService, filter: string): SandboxInstance[] {
  const all = [...instances.values()];
  if (check === 'none' || filter === 'ALL') return all;
  const wanted = filter === 'UNHEALTHY' ? 'UNHEALTHY' : 'HEALTHY';
  const found = all.filter(({ health }) => health === wanted);
  return filter === 'HEALTHY_OR_ELSE_ALL' && found.length === 0 ? all : found;
}

function shuffled<Item>(items: readonly Item[]): Item[] {
  return items
    .map((item) => ({ item, place: Math.random() }))
    .sort((left, right) => left.place - right.place)
    .map(({ item }) => item);
}
