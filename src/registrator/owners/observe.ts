import { mapConcurrent } from '../../core/concurrency.ts';
import { AppError, isAppError } from '../../core/errors.ts';
import type { Place } from '../../lambda-service/place.ts';
import { nodeMetaKeys } from '../../lambda-service/service.ts';
import { placeKey } from '../model/key.ts';
import type { Observed } from '../model/snapshot.ts';
import { observeNames } from '../read/observe.ts';
import type { Run } from '../run.ts';
import { namesIn, namespacesIn, partitionsIn, placeText, type Unseen } from './places.ts';

/** What concerns some names at one place. */
export interface Seen {
  place: Place;
  observed: Observed;
}

const readsInFlight = 8;

/**
 * What concerns `names` wherever services of this registrator may be: at home, and in the datacenters that our node there
 * remembers unless one is managed alone. What cannot be seen outside home is told beside it.
 * @throws AppError when home cannot be read, or not whole
 */
export async function observeManaged(
  run: Run,
  names: readonly string[],
): Promise<{ seen: Seen[]; unseen: Unseen[] }> {
  const namespaces = await mapConcurrent(partitionsIn(run, run.home), readsInFlight, (partition) =>
    namespacesIn(run, partition),
  );
  const homes = namespaces.flat();
  const atHome = await mapConcurrent(homes, readsInFlight, (place) => seenAt(run, place, names));
  const outside = rememberedIn(run, atHome).flatMap((datacenter) =>
    homes.map((place) => ({ ...place, datacenter })),
  );
  const looks = await mapConcurrent(outside, readsInFlight, async (place) => {
    try {
      return { seen: [await seenAt(run, place, names)], unseen: [] };
    } catch (error) {
      if (!isAppError(error)) throw error;
      return { seen: [], unseen: [{ where: placeText(place), error }] };
    }
  });
  return {
    seen: [...atHome, ...looks.flatMap(({ seen }) => seen)],
    unseen: looks.flatMap(({ unseen }) => unseen),
  };
}

/** @throws AppError UPSTREAM_AUTH where our node may exist but is hidden, besides what keeps Consul from being read */
async function seenAt(run: Run, place: Place, names: readonly string[]): Promise<Seen> {
  const observed = await observeNames(run, place, names, []);
  if (observed.nodes.get(placeKey(place))?.isWhole !== false) return { place, observed };
  const { nodeName } = run.config;
  throw new AppError(
    'UPSTREAM_AUTH',
    `Node ${nodeName} may exist, but cannot be seen: the registrator sends no token, or one that lacks node:read. Allow node "${nodeName}" { policy = "write" }.`,
  );
}

function rememberedIn({ config }: Run, atHome: readonly Seen[]): string[] {
  if (config.datacenter !== undefined) return [];
  const nodes = atHome.flatMap(({ place, observed }) => observed.nodes.get(placeKey(place))?.node ?? []);
  const own = new Set(nodes.map(({ Datacenter }) => Datacenter?.toLowerCase()));
  const remembered = new Set(nodes.flatMap((node) => namesIn(node, nodeMetaKeys.datacenters)));
  return [...remembered].filter((name) => !own.has(name.toLowerCase()));
}
