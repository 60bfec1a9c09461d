import { byPlace, type Change, type ChangesOfPlace } from '../model/change.ts';
import type { Key } from '../model/key.ts';
import { functionOf, type Pair, standingOf } from '../model/ownership.ts';
import { type Observed, type Snapshot, withFacts, withPairs } from '../model/snapshot.ts';
import { claimsByKey } from '../plan/claims.ts';
import type { PlanSettings } from '../plan/decide.ts';
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
  const seen = await Promise.all([...byPlace(changes)].map((group) => observeAgain(run, group)));
  const looked = seen.reduce((known, { keys, observed }) => withPairs(known, keys, observed), snapshot);
  const keys = new Set(changes.map(({ key }) => key));
  const pairs = [...keys].flatMap((key) => looked.observed.pairs.get(key) ?? []);
  const claims = claimsByKey(snapshot.functions, settings.home, settings.datacenter);
  const concerned = [
    ...changes.flatMap(({ arn, restsOn }) => [arn, ...restsOn]),
    ...pairs.flatMap((pair) => holdersOf(pair, settings)),
    ...[...keys].flatMap((key) => (claims.get(key) ?? []).map(({ arn }) => arn)),
  ];
  return withFacts(looked, await readFunctions(run, concerned.map(functionOf)));
}

async function observeAgain(
  run: Run,
  { place, changes }: ChangesOfPlace,
): Promise<{ keys: Key[]; observed: Observed }> {
  const names = changes.map(({ service }) => service);
  return { keys: changes.map(({ key }) => key), observed: await observeNames(run, place, names, []) };
}

function holdersOf(pair: Pair, { scope }: PlanSettings): string[] {
  const standing = standingOf(pair, scope);
  return standing.kind === 'ours' ? standing.arns : [];
}
