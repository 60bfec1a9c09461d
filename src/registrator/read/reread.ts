import { byPlace, type Change } from '../model/change.ts';
import { type Key, keyOf } from '../model/key.ts';
import { functionOf, type Pair, standingOf } from '../model/ownership.ts';
import { type Observed, type Snapshot, withFacts, withPairs } from '../model/snapshot.ts';
import { atHome, isAbroad } from '../model/territory.ts';
import { claimedNames } from '../plan/claims.ts';
import type { PlanSettings } from '../plan/case.ts';
import type { Place } from '../../lambda-service/place.ts';
import type { Run } from '../run.ts';
import { observeNames } from './observe.ts';
import { readFunctions } from './read-functions.ts';

/**
 * The snapshot with the names of these changes, and every function that they rest on, read once more.
 * @throws AppError when Consul cannot be read
 */
export async function reread(
  run: Run,
  snapshot: Snapshot,
  settings: PlanSettings,
  changes: readonly Change[],
): Promise<Snapshot> {
  const seen = await Promise.all(looksFor(run, changes).map((look) => observeAgain(run, look)));
  const looked = seen.reduce((known, { keys, observed }) => withPairs(known, keys, observed), snapshot);
  const keys = new Set(changes.map(({ key }) => key));
  const pairs = [...keys].flatMap((key) => looked.observed.pairs.get(key) ?? []);
  const { byKey } = claimedNames(snapshot, { ...settings, closed: looked.observed.closed });
  const concerned = [
    ...changes.flatMap(({ arn, restsOn }) => [arn, ...restsOn]),
    ...pairs.flatMap((pair) => holdersOf(pair, settings)),
    ...[...keys].flatMap((key) => (byKey.get(key)?.services ?? []).map(({ arn }) => arn)),
  ];
  return withFacts(looked, await readFunctions(run, concerned.map(functionOf)));
}

interface NamesAt {
  place: Place;
  names: string[];
}

/** The places of the changes, and home for the service-defaults of those abroad. */
function looksFor(run: Run, changes: readonly Change[]): NamesAt[] {
  const namesOf = (some: readonly Change[]) => some.map(({ service }) => service);
  const own = byPlace(changes).map(({ place, changes: some }) => ({ place, names: namesOf(some) }));
  const abroad = own.filter(({ place }) => isAbroad(run, place));
  return [...own, ...abroad.map(({ place, names }) => ({ place: atHome(run, place), names }))];
}

async function observeAgain(
  run: Run,
  { place, names }: NamesAt,
): Promise<{ keys: Key[]; observed: Observed }> {
  return {
    keys: names.map((name) => keyOf(place, name)),
    observed: await observeNames(run, place, names, []),
  };
}

function holdersOf(pair: Pair, { scope }: PlanSettings): string[] {
  const standing = standingOf(pair, scope);
  return standing.kind === 'ours' ? standing.arns : [];
}
