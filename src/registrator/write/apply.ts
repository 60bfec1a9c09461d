import type { Change } from '../model/change.ts';
import type { Key } from '../model/key.ts';
import type { Run } from '../run.ts';
import { entriesInTheWay, isInUse, nameWhatIsInTheWay } from './entries-in-use.ts';
import { awaitCopies } from './copies.ts';
import { dropDefaults, putDefaults } from './entries.ts';
import { endIncomplete, presentDefaults, presentServices } from './halves.ts';
import { Outcomes, type Settled } from './outcomes.ts';
import { keepingLink, link, unlink } from './relink.ts';
import { remove, removeFormer, restore, transact, upsert } from './transact.ts';

/** Operations in one call; the edge splits them further where a server wants that. */
const operationsInCall = 128;

/**
 * Creates and updates: the service-defaults first, so that no service is ever reachable without them, then the services,
 * then one more look at the other half of what was created: somebody may have removed it meanwhile. Terminating gateways
 * cease to list a service before, and begin to after. Every write is check-and-set on what was observed. What fails is the
 * outcome of its change.
 * @param witnesses changes whose service-defaults have been written already
 */
export async function applyUpserts(
  run: Run,
  changes: readonly Change[],
  witnesses: ReadonlySet<Change> = new Set(),
): Promise<Settled[]> {
  const outcomes = new Outcomes(changes);
  await unlink(run, outcomes, outcomes.open());
  await takeOver(run, outcomes, outcomes.open().filter(isOnOtherNode));
  // Service-defaults of one slice are written while the services of the slice before it are.
  let before: Change[] = [];
  for (const slice of [...slices(outcomes.open().filter((change) => !isOnOtherNode(change))), []]) {
    const unwritten = slice.filter((change) => !witnesses.has(change));
    await Promise.all([putServices(run, outcomes, before), putAllDefaults(run, outcomes, unwritten)]);
    before = slice;
  }
  await link(run, outcomes, outcomes.open());
  const created = outcomes.open().filter(({ action }) => action === 'create');
  await endIncomplete(run, outcomes, created, presentDefaults, true);
  const restored = outcomes
    .open()
    .filter(({ action, writes, pair }) => action !== 'create' && writes.defaults && !pair.defaults);
  await endIncomplete(run, outcomes, restored, presentServices, true);
  return nameWhatIsInTheWay(run, outcomes.settled());
}

/**
 * Moves services of previous owners to our node: there first, then away from the other one, and last the mark on the
 * service-defaults, by which they are found.
 */
async function takeOver(run: Run, outcomes: Outcomes, changes: readonly Change[]): Promise<void> {
  for (const slice of slices(changes)) {
    await putServices(run, outcomes, slice);
    await removeFormer(run, outcomes, outcomes.open(slice));
    await putAllDefaults(run, outcomes, slice);
  }
}

function isOnOtherNode({ pair }: Change): boolean {
  return (pair.former ?? []).length > 0;
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

async function putAllDefaults(run: Run, outcomes: Outcomes, changes: readonly Change[]): Promise<void> {
  await outcomes.each(run.config.concurrency, outcomes.open(changes), (change) => putDefaults(run, change));
}

async function putServices(run: Run, outcomes: Outcomes, changes: readonly Change[]): Promise<void> {
  await awaitCopies(run, outcomes, outcomes.open(changes));
  const services = outcomes.open(changes).filter(({ writes }) => writes.service !== undefined);
  await transact(run, outcomes, services, (change, nodeName) =>
    upsert(outcomes.deniedGateway(change) === undefined ? change : keepingLink(change), nodeName),
  );
}

async function deleteServices(run: Run, outcomes: Outcomes, changes: readonly Change[]): Promise<void> {
  await unlink(run, outcomes, changes);
  const services = outcomes.open(changes).filter(({ pair }) => pair.service !== undefined);
  await transact(run, outcomes, services, remove);
  await removeFormer(run, outcomes, outcomes.open(changes));
}

async function deleteDefaults(run: Run, outcomes: Outcomes, changes: readonly Change[]): Promise<void> {
  await outcomes.each(run.config.concurrency, changes, async (change) =>
    change.dropsDefaults ? dropDefaults(run, change) : 'done',
  );
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
