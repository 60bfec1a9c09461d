import type { Change } from '../model/change.ts';
import type { Key } from '../model/key.ts';
import type { Run } from '../run.ts';
import { entriesInTheWay, isInUse, nameWhatIsInTheWay } from './entries-in-use.ts';
import { endIncomplete, presentDefaults, presentServices } from './halves.ts';
import { Outcomes, type Settled } from './outcomes.ts';
import { remove, restore, transact, upsert } from './transact.ts';

/** Operations in one call; the edge splits them further where a server wants that. */
const operationsInCall = 128;

/**
 * Creates and updates: the service-defaults first, so that no service is ever reachable without them, then the services,
 * then one more look at the other half of what was created: somebody may have removed it meanwhile. Every write is
 * check-and-set on what was observed. What fails is the outcome of its change.
 */
export async function applyUpserts(run: Run, changes: readonly Change[]): Promise<Settled[]> {
  const outcomes = new Outcomes(changes);
  // Service-defaults of one slice are written while the services of the slice before it are.
  let before: Change[] = [];
  for (const slice of [...slices(changes), []]) {
    await Promise.all([putServices(run, outcomes, before), putDefaults(run, outcomes, slice)]);
    before = slice;
  }
  const created = outcomes.open().filter(({ action }) => action === 'create');
  await endIncomplete(run, outcomes, created, presentDefaults, true);
  const restored = outcomes
    .open()
    .filter(({ action, writes, pair }) => action !== 'create' && writes.defaults && !pair.defaults);
  await endIncomplete(run, outcomes, restored, presentServices, true);
  return nameWhatIsInTheWay(run, outcomes.settled());
}

/**
 * Deletes: the service first, so that it is never reachable without its service-defaults, then those, then one more look
 * for services that somebody registered in between. Service-defaults that other entries mention go before their service,
 * which stays when Consul needs them. What fails is the outcome of its change.
 */
export async function applyDeletions(run: Run, changes: readonly Change[]): Promise<Settled[]> {
  const outcomes = new Outcomes(changes);
  let mentioned: ReadonlyMap<Key, unknown> = new Map();
  await outcomes.attempt(changes, async () => {
    mentioned = await entriesInTheWay(run, changes);
  });
  const careful = outcomes.open().filter(({ key }) => mentioned.has(key));
  await deleteDefaults(run, outcomes, careful);
  await deleteServices(run, outcomes, outcomes.open(careful));
  for (const slice of slices(outcomes.open().filter(({ key }) => !mentioned.has(key)))) {
    await deleteServices(run, outcomes, slice);
    await deleteDefaults(run, outcomes, outcomes.open(slice));
  }
  const deleted = outcomes.open().filter(({ dropsDefaults }) => dropsDefaults);
  await endIncomplete(run, outcomes, deleted, presentServices, false);
  const settled = outcomes.settled();
  await restoreRefused(
    run,
    settled.filter(({ change }) => !mentioned.has(change.key)),
  );
  return nameWhatIsInTheWay(run, settled);
}

async function putDefaults(run: Run, outcomes: Outcomes, changes: readonly Change[]): Promise<void> {
  const { consul, config, deadline } = run;
  await outcomes.each(config.concurrency, changes, async ({ place, writes, pair }) => {
    if (writes.defaults === undefined) return 'done';
    const index = pair.defaults?.ModifyIndex ?? 0;
    return (await consul.putServiceDefaults(place, writes.defaults, index, deadline)) ? 'done' : 'lost';
  });
}

async function putServices(run: Run, outcomes: Outcomes, changes: readonly Change[]): Promise<void> {
  const services = outcomes.open(changes).filter(({ writes }) => writes.service !== undefined);
  await transact(run, outcomes, services, upsert);
}

async function deleteServices(run: Run, outcomes: Outcomes, changes: readonly Change[]): Promise<void> {
  const services = changes.filter(({ pair }) => pair.service !== undefined);
  await transact(run, outcomes, services, remove);
}

async function deleteDefaults(run: Run, outcomes: Outcomes, changes: readonly Change[]): Promise<void> {
  const { consul, config, deadline } = run;
  await outcomes.each(config.concurrency, changes, async ({ place, dropsDefaults, pair: { defaults } }) => {
    if (!dropsDefaults || defaults === undefined) return 'done';
    const index = defaults.ModifyIndex ?? 0;
    return (await consul.deleteServiceDefaults(place, defaults.Name, index, deadline)) ? 'done' : 'lost';
  });
}

/** Services whose service-defaults turned out to be needed although nothing that could be read mentions them. */
async function restoreRefused(run: Run, settled: readonly Settled[]): Promise<void> {
  const refused = settled.filter(({ change, outcome }) => change.pair.service && isInUse(outcome));
  const changes = refused.map(({ change }) => change);
  if (changes.length > 0) await transact(run, new Outcomes(changes), changes, restore);
}

/** Pairs are finished a transaction at a time, so that a run which is cut short leaves few of them half done. */
function slices(changes: readonly Change[]): Change[][] {
  return Array.from({ length: Math.ceil(changes.length / operationsInCall) }, (_, index) =>
    changes.slice(index * operationsInCall, (index + 1) * operationsInCall),
  );
}
