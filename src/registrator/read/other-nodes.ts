import type { ServiceInstance } from '../../consul/api.ts';
import { mapConcurrent } from '../../core/concurrency.ts';
import { nameKey } from '../../lambda-service/place.ts';
import { metaKeys } from '../../lambda-service/service.ts';
import type { Change } from '../model/change.ts';
import type { Key } from '../model/key.ts';
import { inScope } from '../model/ownership.ts';
import type { UseByOthers } from '../model/snapshot.ts';
import type { Run } from '../run.ts';

const readsInFlight = 8;

/**
 * Who uses the names of changes on other nodes than ours. Service-defaults of ours under a name that is in use there
 * would capture its traffic, unless every instance is ours as well.
 * @throws AppError when Consul cannot be read
 */
export async function useByOthers(run: Run, changes: readonly Change[]): Promise<Map<Key, UseByOthers>> {
  const { consul, home, deadline } = run;
  const list = run.isFull ? await consul.serviceNames(home, deadline) : undefined;
  const listed = new Set([...(list?.names.keys() ?? [])].map(nameKey));
  const found = await mapConcurrent(
    changes,
    readsInFlight,
    async ({ key, place, service }): Promise<[Key, UseByOthers]> => {
      const isListed = listed.has(nameKey(service));
      if (list && !list.filtered && !isListed) return [key, 'free'];
      const { instances, filtered } = await consul.serviceInstances(place, service, deadline);
      const isHidden = filtered || (instances.length === 0 && isListed);
      return [key, isHidden ? 'hidden' : whose(run, instances)];
    },
  );
  return new Map(found);
}

/** Whether instances on other nodes carry our mark on an ARN of ours. */
function whose({ config, scope }: Run, instances: readonly ServiceInstance[]): UseByOthers {
  const others = instances.filter(({ Node }) => nameKey(Node) !== nameKey(config.nodeName));
  if (others.length === 0) return 'free';
  const areOurs = others.every(({ ServiceMeta }) => {
    const arn = ServiceMeta[metaKeys.arn];
    return ServiceMeta[metaKeys.owner] === scope.ownerId && arn !== undefined && inScope(arn, scope);
  });
  return areOurs ? 'ours' : 'foreign';
}
