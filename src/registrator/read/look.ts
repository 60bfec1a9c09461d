import { type AppError, isAppError } from '../../core/errors.ts';
import type { Place } from '../../lambda-service/place.ts';
import { type Key, placeKey } from '../model/key.ts';
import type { WarningEntry } from '../model/report.ts';
import { asHints, type Observed, type Snapshot, together } from '../model/snapshot.ts';
import type { Territory } from '../model/territory.ts';
import type { Run } from '../run.ts';
import { withFormerServices } from './former-services.ts';
import { observeAll } from './observe.ts';
import {
  type HomePlaces,
  homePlaces,
  inDatacenters,
  lookAt,
  namedPlaces,
  rememberedDatacenters,
  rememberedPlaces,
  unknownNamespaces,
} from './places.ts';
import { type FunctionListing, listTaggedFunctions, readEveryFunction } from './read-functions.ts';
import { territoryOf } from './territory.ts';

/** What a run starts from. */
export interface FirstLook {
  snapshot: Snapshot;
  territory: Territory;
  /** The names that the run is about; all of them where it is a full one. */
  keys: ReadonlySet<Key> | undefined;
  /** Why functions, or the places where services of theirs may be, could not be listed whole. */
  failure: AppError | undefined;
  warnings: WarningEntry[];
}

/**
 * Everything in Consul and every function. The tagging index is asked at the same time, since it only says where to look;
 * tags that count are read after Consul was, so that what another run registers in between is never taken for an orphan.
 * @throws AppError when Consul cannot be read
 */
export async function lookAtEverything(run: Run): Promise<FirstLook> {
  const [seen, listed] = await Promise.all([observeTerritory(run), taggedOrDenied(run)]);
  const { functions, failure } = 'denied' in listed ? await readEveryFunction(run, listed.denied) : listed;
  const territory = await territoryOf(run, seen.observed, functions);
  const named = namedPlaces(functions, territory, seen.observed);
  const later = named.length === 0 ? seen.observed : await observeNamed(run, seen, named);
  const observed = await withFormerServices(run, later, territory);
  // Where Consul was read after the functions were, their tags are no more than a hint.
  const known = named.length === 0 ? functions : asHints(functions);
  const snapshot = { observed, functions: known, isListed: failure === undefined };
  return {
    snapshot,
    territory,
    keys: undefined,
    failure: failure ?? seen.failure,
    warnings: seen.warnings,
  };
}

/** What was seen before it was known what tags name. */
interface Seen {
  observed: Observed;
  namespaces: HomePlaces['namespaces'];
  warnings: WarningEntry[];
  failure: AppError | undefined;
}

/** Home, and every place that is remembered to carry services of ours. */
async function observeTerritory(run: Run): Promise<Seen> {
  const all = (place: Place) => observeAll(run, place);
  const { places, namespaces, warnings, failure } = await homePlaces(run);
  const home = await lookAt(run, places, all);
  const further = rememberedPlaces(places, namespaces, home);
  const whole = further.length === 0 ? home : together([home, await lookAt(run, further, all)]);
  const datacenters = rememberedDatacenters(run, home.nodes);
  const abroad = inDatacenters([...places, ...further], datacenters);
  return {
    observed: abroad.length === 0 ? whole : together([whole, await lookAt(run, abroad, all, datacenters)]),
    namespaces,
    warnings,
    failure,
  };
}

async function observeNamed(
  run: Run,
  { observed, namespaces }: Seen,
  named: readonly Place[],
): Promise<Observed> {
  const unknown = unknownNamespaces(named, namespaces);
  const open = named.filter((place) => !unknown.closed.has(placeKey(place)));
  return together([observed, unknown, await lookAt(run, open, (place) => observeAll(run, place))]);
}

async function taggedOrDenied(run: Run): Promise<FunctionListing | { denied: AppError }> {
  try {
    return await listTaggedFunctions(run);
  } catch (error) {
    if (isAppError(error, 'UPSTREAM_AUTH')) return { denied: error };
    throw error;
  }
}
