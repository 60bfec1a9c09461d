import type { ServiceInstance } from '../../consul/api.ts';
import { mapConcurrent } from '../../core/concurrency.ts';
import { isAppError } from '../../core/errors.ts';
import { nameKey, type Place } from '../../lambda-service/place.ts';
import { metaKeys } from '../../lambda-service/service.ts';
import { separation } from '../federation.ts';
import { type Key, keyOf, placeKey } from '../model/key.ts';
import { type FormerService, inScope, type Pair, type Scope } from '../model/ownership.ts';
import { type Observed, pairAt } from '../model/snapshot.ts';
import { isAbroad, isOfOtherHome, type Territory } from '../model/territory.ts';
import { knownDatacenters } from '../primary.ts';
import type { Run } from '../run.ts';
import { namesAt } from './other-nodes.ts';
import { inDatacenters } from './places.ts';

const readsInFlight = 8;

/**
 * What was observed, with the services that previous owners keep on other nodes, in any known datacenter: found by
 * service-defaults with their mark, which goes last, so that a run which dies half-way is followed by one that finds the
 * rest. A datacenter that does not answer holds up nothing.
 * @throws AppError when Consul cannot be read at home
 */
export async function withFormerServices(
  run: Run,
  observed: Observed,
  territory: Territory,
): Promise<Observed> {
  const { scope } = run;
  if (scope.previousOwnerIds.length === 0) return observed;
  const marked = [...observed.pairs.values()].filter(({ defaults }) => isFormerMark(defaults?.Meta, scope));
  if (marked.length === 0) return observed;
  const home = [...new Map(marked.map(({ place }) => [placeKey(place), place])).values()];
  const abroad = inDatacenters(home, await otherDatacenters(run, territory));
  const pairs = new Map(observed.pairs);
  const silent = new Set(observed.silent);
  await mapConcurrent([...home, ...abroad], readsInFlight, async (place) => {
    const names = marked
      .filter((pair) => isInSamePart(pair.place, place))
      .map(({ defaults }) => defaults?.Name ?? '');
    try {
      for (const [key, found] of await formerAt(run, territory, place, names)) {
        pairs.set(key, { ...pairAt(observed, run, key, place), ...found });
      }
    } catch (error) {
      if (!isAppError(error) || !isAbroad(run, place)) throw error;
      silent.add(place.datacenter ?? '');
    }
  });
  return { ...observed, pairs, silent };
}

/** Known datacenters besides home's that share its service-defaults, where they are managed. */
async function otherDatacenters(run: Run, { datacenter, isRestricted }: Territory): Promise<string[]> {
  if (isRestricted) return [];
  const known = await knownDatacenters(run);
  const own = datacenter ?? known[0];
  return known.filter((name) => name !== own && !separation(run, name));
}

function isInSamePart(one: Place, other: Place): boolean {
  return one.partition === other.partition && one.namespace === other.namespace;
}

/** What previous owners keep under a name, and whether something under it is hidden. */
type Found = Pick<Pair, 'former' | 'hidesFormer'>;

/** What previous owners keep under these names at a place; one list tells which of them are there. */
async function formerAt(
  run: Run,
  territory: Territory,
  place: Place,
  names: readonly string[],
): Promise<[Key, Found][]> {
  const list = await namesAt(run, place);
  const listed = names.filter((name) => list.filtered || list.names.has(nameKey(name)));
  const found = await mapConcurrent(listed, readsInFlight, async (name): Promise<[Key, Found]> => {
    const { instances, filtered } = await run.consul.serviceInstances(place, name, run.deadline);
    const former = instances
      .filter((instance) => isFormer(run, territory, place, instance))
      .map(formerService);
    return [
      keyOf(place, name),
      { ...(former.length > 0 && { former }), ...(filtered && { hidesFormer: true }) },
    ];
  });
  return found.filter(([, { former, hidesFormer }]) => former !== undefined || hidesFormer);
}

/** Whether a service is ours to move: on another node, marked by a previous owner, and of our account, region and home. */
function isFormer(
  { config, scope }: Run,
  territory: Territory,
  place: Place,
  { Node, ServiceMeta }: ServiceInstance,
): boolean {
  const arn = ServiceMeta[metaKeys.arn];
  return (
    nameKey(Node) !== nameKey(config.nodeName) &&
    isFormerMark(ServiceMeta, scope) &&
    arn !== undefined &&
    inScope(arn, scope) &&
    !isOfOtherHome(territory, place, ServiceMeta)
  );
}

function formerService({
  Node,
  ServiceID,
  ServiceName,
  ServiceTags,
  ServiceMeta,
  ModifyIndex,
}: ServiceInstance): FormerService {
  const service = { ID: ServiceID, Service: ServiceName, Tags: ServiceTags, Meta: ServiceMeta, ModifyIndex };
  return { node: Node, service };
}

function isFormerMark(
  meta: Readonly<Record<string, string>> | null | undefined,
  { previousOwnerIds }: Scope,
): boolean {
  const mark = meta?.[metaKeys.owner];
  return mark !== undefined && previousOwnerIds.includes(mark);
}
