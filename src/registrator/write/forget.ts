import { mapConcurrent } from '../../core/concurrency.ts';
import { nodeMetaKeys } from '../../lambda-service/service.ts';
import { inPlace, type Place } from '../../lambda-service/place.ts';
import type { AppError } from '../../core/errors.ts';
import { placeKey } from '../model/key.ts';
import { namesIn } from '../model/node-lists.ts';
import type { WarningEntry } from '../model/report.ts';
import { type Snapshot, wantedServices } from '../model/snapshot.ts';
import type { Territory } from '../model/territory.ts';
import { partitionsIn } from '../read/partitions.ts';
import { inDatacenters, rememberedDatacenters } from '../read/places.ts';
import type { Run } from '../run.ts';
import { relist } from './ledger.ts';
import type { Settled } from './outcomes.ts';

/** Names that a list of our node at a place is to lose. */
interface Forgotten {
  place: Place;
  list: string;
  names: readonly string[];
}

/** What is in Consul after the changes of a run. */
interface Afterwards {
  snapshot: Snapshot;
  settled: readonly Settled[];
}

/**
 * After a complete full sync: lets our nodes forget datacenters and namespaces where nothing of ours was found and nothing is
 * to be. What keeps them from forgetting does no harm, and the next full sync tries again.
 */
export async function forgetEmptyPlaces(
  run: Run,
  territory: Territory,
  after: Afterwards,
): Promise<WarningEntry[]> {
  const { snapshot } = after;
  if (!run.isFull || run.dryRun || !snapshot.isListed) return [];
  const used = usedPlaces(territory, after);
  const lists = [emptyDatacenters(run, snapshot, used), ...emptyNamespaces(run, snapshot, used)];
  const warnings = await mapConcurrent(
    lists.filter(({ names }) => names.length > 0),
    1,
    async (forgotten) => {
      const error = await relist(run, forgotten.place, forgotten.list, { remove: forgotten.names });
      return error === undefined ? [] : [unforgotten(forgotten, error)];
    },
  );
  return warnings.flat();
}

/** Where something of ours is, was until now, or is to be. */
function usedPlaces(territory: Territory, { snapshot, settled }: Afterwards): Place[] {
  const { observed, functions } = snapshot;
  const ground = { ...territory, closed: observed.closed };
  return [
    ...[...observed.pairs.values()].filter(({ service }) => service).map(({ place }) => place),
    ...settled.map(({ change }) => change.place),
    ...[...functions.values()].flatMap((state) => wantedServices(state, ground)).map(({ place }) => place),
  ];
}

function emptyDatacenters(run: Run, { observed }: Snapshot, used: readonly Place[]): Forgotten {
  const partial = [...observed.nodes].filter(([, { isWhole }]) => !isWhole).map(([key]) => key);
  const unseen = [...observed.closed.keys(), ...partial].map((key) => key.split('/')[0]);
  const kept = new Set([...used.map(({ datacenter }) => datacenter), ...unseen]);
  const names = rememberedDatacenters(run, observed.nodes).filter((name) => !kept.has(name));
  return { place: run.home, list: nodeMetaKeys.datacenters, names };
}

/** Of each partition, those that were looked at and seen whole. */
function emptyNamespaces(run: Run, { observed }: Snapshot, used: readonly Place[]): Forgotten[] {
  const atHome = partitionsIn(run, run.home);
  const partitions = [...atHome, ...inDatacenters(atHome, rememberedDatacenters(run, observed.nodes))];
  const kept = new Set(used.map(placeKey));
  return partitions.map((place) => {
    const remembered = namesIn(observed.nodes.get(placeKey(place))?.node, nodeMetaKeys.namespaces);
    const names = remembered.filter((namespace) => {
      const key = placeKey({ ...place, namespace });
      return observed.nodes.get(key)?.isWhole === true && !kept.has(key);
    });
    return { place, list: nodeMetaKeys.namespaces, names };
  });
}

function unforgotten({ place, list, names }: Forgotten, error: AppError): WarningEntry {
  const what =
    list === nodeMetaKeys.datacenters
      ? `datacenter ${names.join(', ')}`
      : `namespace ${names.join(', ')}${inPlace(place)}`;
  return {
    service: '',
    arn: '',
    tag: '',
    message: `Nothing of ours is in ${what} any more, but our node could not be told: ${error.message}`,
    hint: 'The next full sync tries again; until then it looks there in vain.',
  };
}
