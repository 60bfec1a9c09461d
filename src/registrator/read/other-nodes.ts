import type { ServiceInstance } from '../../consul/api.ts';
import { mapConcurrent } from '../../core/concurrency.ts';
import { isAppError } from '../../core/errors.ts';
import { nameKey, type Place } from '../../lambda-service/place.ts';
import { metaKeys } from '../../lambda-service/service.ts';
import { separation } from '../federation.ts';
import type { Change } from '../model/change.ts';
import { type Key, placeKey } from '../model/key.ts';
import { inScope, isOurMark } from '../model/ownership.ts';
import type { Observed, UseByOthers } from '../model/snapshot.ts';
import { knownDatacenters } from '../primary.ts';
import type { Run } from '../run.ts';

const readsInFlight = 8;

/** From the worst on. */
const gravest: readonly UseByOthers[] = ['foreign', 'hidden', 'ours', 'silent', 'free'];

/**
 * Who uses the names of changes elsewhere: on other nodes than ours where a name is to be created, and in the other
 * datacenters of the federation, which share its service-defaults. Service-defaults of ours under a name that is in use
 * there would capture its traffic, unless every instance is ours as well; and they must not go while one is.
 * @throws AppError when Consul cannot be read where the changes are to be made
 */
export async function useByOthers(
  run: Run,
  changes: readonly Change[],
): Promise<Pick<Observed, 'others' | 'silent'>> {
  const [answering, ...known] = await knownDatacenters(run);
  const silent = new Set<string>();
  const lists = new Map<string, Promise<Names>>();
  /** In a full run one list of all names costs less than an answer for each. */
  const listAt = (place: Place): Promise<Names> => {
    const list = lists.get(placeKey(place)) ?? namesAt(run, place);
    lists.set(placeKey(place), list);
    return list;
  };
  const look = async (place: Place, service: string, isOwn: boolean): Promise<UseByOthers> =>
    useAt(run, place, service, isOwn, run.isFull ? await listAt(place) : undefined);
  const found = await mapConcurrent(changes, readsInFlight, async (change): Promise<[Key, UseByOthers]> => {
    const { key, place, service, action } = change;
    const own = place.datacenter ?? answering;
    const others = [answering, ...known].filter((name) => name !== undefined && name !== own);
    const uses = await mapConcurrent(others, readsInFlight, async (datacenter = '') => {
      if (separation(run, datacenter)) return 'free';
      try {
        return await look({ ...place, datacenter }, service, false);
      } catch (error) {
        if (!isAppError(error)) throw error;
        silent.add(datacenter);
        return 'silent';
      }
    });
    if (action === 'create') uses.push(await look(place, service, true));
    return [key, gravest.find((use) => uses.includes(use)) ?? 'free'];
  });
  return { others: new Map(found), silent };
}

/** Names of services at a place, in lower case, and whether some of them are hidden from the token. */
export interface Names {
  names: ReadonlySet<string>;
  filtered: boolean;
}

/** One list of the names at a place. */
export async function namesAt({ consul, deadline }: Run, place: Place): Promise<Names> {
  const { names, filtered } = await consul.serviceNames(place, deadline);
  return { names: new Set([...names.keys()].map(nameKey)), filtered };
}

/** @param isOwn whether this is where the service is to be: then our own node does not count */
async function useAt(
  { consul, config, scope, deadline }: Run,
  place: Place,
  service: string,
  isOwn: boolean,
  list: Names | undefined,
): Promise<UseByOthers> {
  const isListed = list?.names.has(nameKey(service)) === true;
  if (list && !list.filtered && !isListed) return 'free';
  const { instances, filtered } = await consul.serviceInstances(place, service, deadline);
  if (filtered || (instances.length === 0 && isListed)) return 'hidden';
  const counted = instances.filter(({ Node }) => !isOwn || nameKey(Node) !== nameKey(config.nodeName));
  if (counted.length === 0) return 'free';
  const isOurs = ({ ServiceMeta }: ServiceInstance): boolean => {
    const arn = ServiceMeta[metaKeys.arn];
    return isOurMark(ServiceMeta[metaKeys.owner], scope) && arn !== undefined && inScope(arn, scope);
  };
  return counted.every(isOurs) ? 'ours' : 'foreign';
}
