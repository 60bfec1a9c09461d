import { isAppError } from '../core/errors.ts';
import type { Change } from './model/change.ts';
import { byPlace } from './model/change.ts';
import type { Place } from '../lambda-service/place.ts';
import { metaKeys } from '../lambda-service/service.ts';
import { type Key, nodeKey, placeKey } from './model/key.ts';
import { isOurMark, keptService } from './model/ownership.ts';
import type { FailureEntry, WarningEntry } from './model/report.ts';
import { isSettled, type Observed, seesWhole, type Snapshot, withFacts } from './model/snapshot.ts';
import type { PlanSettings } from './plan/case.ts';
import { deletionsAllowed } from './plan/deletion-limit.ts';
import { isConfirmed, type Plan, planChanges } from './plan/plan.ts';
import { removeExtensionData } from './extension-data/remove.ts';
import type { Registered } from './extension-data/registered.ts';
import { standingServices } from './extension-data/standing-services.ts';
import { useByOthers } from './read/other-nodes.ts';
import { readFunctions } from './read/read-functions.ts';
import type { Run } from './run.ts';
import { applyDeletions, applyUpserts } from './write/apply.ts';
import { ensureNodes, type NodeStates } from './write/nodes.ts';
import type { Outcome, Settled } from './write/outcomes.ts';

/** Functions confirmed between two rounds of writes: at 8 reads a second each round takes some seconds. */
const confirmedAtOnce = 32;

/** Where a reconciliation begins. */
export interface Start {
  snapshot: Snapshot;
  /** The names to deal with; all of them by default. */
  keys: ReadonlySet<Key> | undefined;
  /** What has been dealt with before. */
  settled: readonly Settled[];
}

/** Where it ends. */
export interface Reconciled extends Start {
  /** The last plan: what remains to be said of names that were not changed. */
  plan: Plan;
  /** What went wrong beside the changes. */
  failures: FailureEntry[];
  warnings: WarningEntry[];
}

/** What one round does, and what has to be learnt before the next. */
interface Round {
  upserts: Change[];
  deletions: Change[];
  /** Deletions that are due, but too many at once. */
  refused: Change[];
  /** Deletions of services that could not be made where they are to be instead. */
  held: Change[];
  pending: Change[];
}

/**
 * Makes Consul what the functions ask for, in rounds of planning, writing and confirming. Creations and updates come
 * first, deletions last; each rests on tags that were read after Consul was, so that a run which ends at its deadline has
 * made progress.
 */
export async function reconcile(run: Run, settings: PlanSettings, start: Start): Promise<Reconciled> {
  const settled = [...start.settled];
  let { snapshot } = start;
  let nodes: NodeStates = new Map();
  const failures: FailureEntry[] = [];
  for (;;) {
    const done = new Set(settled.map(({ change }) => change.key));
    const plan = planChanges(snapshot, settings, start.keys, done);
    const round = roundOf(run, snapshot, plan, settled);
    const due = { places: placesFor(run, snapshot, round), changes: round.upserts };
    nodes = await ensureNodes(run, snapshot.observed, due, nodes);
    settled.push(...(await register(run, snapshot, nodes, round.upserts)));
    const removed = await deregister(run, round.deletions, () =>
      standingServices(snapshot, settings, settled),
    );
    settled.push(...removed.settled);
    failures.push(...removed.failures);
    settled.push(...round.refused.map(settledAs(() => 'refused')));
    settled.push(...round.held.map(settledAs((change) => whyHeld(change, settled))));
    if (round.pending.length === 0) {
      return { snapshot, keys: start.keys, settled, plan, failures, warnings: warningsOf(nodes) };
    }
    const learnt = await confirm(run, snapshot, round.pending);
    snapshot = learnt.snapshot;
    settled.push(...learnt.failed);
  }
}

/** Deletions wait until every creation and update has been made, or cannot be. */
function roundOf(run: Run, snapshot: Snapshot, plan: Plan, settled: readonly Settled[]): Round {
  const isReady = (change: Change): boolean =>
    isConfirmed(change, snapshot.functions) && !needsOthers(change, snapshot.observed);
  const upserts = plan.upserts.filter(isReady);
  const pending = plan.upserts.filter((change) => !isReady(change));
  if (pending.length > 0) return { upserts, deletions: [], refused: [], held: [], pending };
  // What is about to be made in this round must have been made before what it replaces may go.
  if (plan.deletions.some(({ after }) => upserts.some(({ key }) => key === after)))
    return { upserts, deletions: [], refused: [], held: [], pending: plan.deletions };
  const held = plan.deletions.filter((change) => isHeld(change, settled));
  const due = plan.deletions.filter((change) => !held.includes(change));
  const ready = due.filter(isReady);
  const unconfirmed = due.filter((change) => !isReady(change));
  const made = settled.filter(({ change, outcome }) => change.action === 'delete' && outcome !== 'refused');
  const count = {
    certain: made.length + ready.length,
    possible: unconfirmed.length,
    owned: plan.owned,
  };
  switch (deletionsAllowed(count, run.isFull ? run.config.maxDeletePercent : undefined, run.allowDeletes)) {
    case 'no':
      return { upserts, deletions: [], refused: due, held, pending: [] };
    case 'yes':
      return { upserts, deletions: ready, refused: [], held, pending: unconfirmed };
    case 'undecided':
      return { upserts, deletions: [], refused: [], held, pending: unconfirmed };
  }
}

/** Whether a moved service could not be made where it is to be, so that it must stay where it is. */
function isHeld({ after }: Change, settled: readonly Settled[]): boolean {
  return settled.some(({ change, outcome }) => change.key === after && outcome !== 'done');
}

function whyHeld({ after }: Change, settled: readonly Settled[]): Outcome {
  const isTold = settled.some(({ change, outcome }) => change.key === after && isAppError(outcome));
  return isTold ? 'kept' : 'held';
}

/** Whether it must be asked who else uses the name: before it is created, and before its service-defaults go. */
function needsOthers({ action, key, dropsDefaults }: Change, { others }: Observed): boolean {
  return (action === 'create' || dropsDefaults) && !others.has(key);
}

/** Where our node has to be: wherever it carries services of ours, or is to, and at home while it carries some anywhere. */
function placesFor(run: Run, { observed }: Snapshot, { upserts }: Round): Place[] {
  const registers = byPlace(upserts.filter(({ writes }) => writes.service)).map(({ place }) => place);
  const ours = [...observed.pairs.values()].filter(({ service }) =>
    isOurMark(service?.Meta?.[metaKeys.owner], run.scope),
  );
  const isAtHome = ours.length > 0 && observed.nodes.get(placeKey(run.home))?.node !== undefined;
  const places = [...(isAtHome ? [run.home] : []), ...ours.map(({ place }) => place), ...registers];
  return [...new Map(places.map((place) => [placeKey(place), place])).values()];
}

/** Creates and updates, or pretends to in a dry run. What may exist unseen is not said to be new. */
async function register(
  run: Run,
  { observed }: Snapshot,
  nodes: NodeStates,
  changes: readonly Change[],
): Promise<Settled[]> {
  const mayExist = ({ action, place }: Change): boolean => action === 'create' && !seesWhole(observed, place);
  if (run.dryRun)
    return told(run, changes.map(settledAs((change) => (mayExist(change) ? 'hidden' : 'done'))));
  const obstacleOf = ({ place }: Change): Outcome | undefined => {
    const { problem, isHeld = false } = nodes.get(nodeKey(place)) ?? {};
    return problem ?? (isHeld ? 'held' : undefined);
  };
  const possible = changes.filter((change) => obstacleOf(change) === undefined);
  const witnesses = new Set([...nodes.values()].flatMap(({ witness }) => witness ?? []));
  const written = await applyUpserts(run, possible, witnesses);
  const seen = written.map((one) =>
    one.outcome === 'lost' && mayExist(one.change) ? { ...one, outcome: 'hidden' as const } : one,
  );
  const impossible = changes.flatMap((change) => {
    const outcome = obstacleOf(change);
    return outcome === undefined ? [] : [{ change, outcome }];
  });
  return told(run, [...seen, ...impossible]);
}

/**
 * Deletes, or pretends to in a dry run. The extension data of services goes before they do; a service whose data has to
 * stay for now stays as well.
 * @param staying gives the services that are still there
 */
async function deregister(
  run: Run,
  changes: readonly Change[],
  staying: () => Registered[],
): Promise<{ settled: Settled[]; failures: FailureEntry[] }> {
  if (changes.length === 0) return { settled: [], failures: [] };
  if (run.dryRun) return { settled: told(run, changes.map(settledAs(() => 'done'))), failures: [] };
  const leaving = changes.flatMap((change) => {
    const service = keptService(change.pair);
    return service === undefined ? [] : [{ change, place: change.place, service }];
  });
  const { kept, failures } = await removeExtensionData(run, leaving, staying());
  const stays = new Set(kept.map(({ change }) => change));
  const gone = await applyDeletions(
    run,
    changes.filter((change) => !stays.has(change)),
  );
  return {
    settled: told(run, [...gone, ...kept.map(({ change }) => ({ change, outcome: 'kept' as const }))]),
    failures,
  };
}

function settledAs(outcome: (change: Change) => Outcome): (change: Change) => Settled {
  return (change) => ({ change, outcome: outcome(change) });
}

/** Tells the observer of the run what was changed. */
function told(run: Run, settled: Settled[]): Settled[] {
  for (const { change, outcome } of settled) {
    const { action, service, arn, fields, reason } = change;
    if (outcome === 'done') run.onChange({ action, service, arn, fields, reason });
  }
  return settled;
}

/** Learns what some pending changes rest on: first who else uses their names, then the tags of their functions. */
async function confirm(
  run: Run,
  snapshot: Snapshot,
  pending: readonly Change[],
): Promise<{ snapshot: Snapshot; failed: Settled[] }> {
  const unknown = pending.filter((change) => needsOthers(change, snapshot.observed));
  if (unknown.length === 0) {
    const arns = pending.slice(0, confirmedAtOnce).flatMap(({ restsOn }) => restsOn);
    const unread = arns.filter((arn) => !isSettled(snapshot.functions.get(arn)));
    return { snapshot: withFacts(snapshot, await readFunctions(run, unread)), failed: [] };
  }
  try {
    return { snapshot: withFacts(snapshot, new Map(), await useByOthers(run, unknown)), failed: [] };
  } catch (error) {
    if (!isAppError(error)) throw error;
    return { snapshot, failed: unknown.map(settledAs(() => error)) };
  }
}

function warningsOf(nodes: NodeStates): WarningEntry[] {
  return [...nodes.values()].flatMap(({ warning }) => warning ?? []);
}
