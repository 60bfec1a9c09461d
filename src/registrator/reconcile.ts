import { isAppError } from '../core/errors.ts';
import type { Change } from './model/change.ts';
import { byPlace } from './model/change.ts';
import { type Key, placeKey } from './model/key.ts';
import type { WarningEntry } from './model/report.ts';
import { isSettled, type Observed, seesWhole, type Snapshot, withFacts } from './model/snapshot.ts';
import type { PlanSettings } from './plan/decide.ts';
import { deletionsAllowed } from './plan/deletion-limit.ts';
import { isConfirmed, type Plan, planChanges } from './plan/plan.ts';
import { useByOthers } from './read/other-nodes.ts';
import { readFunctions } from './read/read-functions.ts';
import type { Run } from './run.ts';
import { applyDeletions, applyUpserts } from './write/apply.ts';
import { ensureNode, type NodeState } from './write/node.ts';
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
  warnings: WarningEntry[];
}

/** What one round does, and what has to be learnt before the next. */
interface Round {
  upserts: Change[];
  deletions: Change[];
  /** Deletions that are due, but too many at once. */
  refused: Change[];
  pending: Change[];
}

type NodeStates = ReadonlyMap<string, NodeState>;

/**
 * Makes Consul what the functions ask for, in rounds of planning, writing and confirming. Creations and updates come
 * first, deletions last; each rests on tags that were read after Consul was, so that a run which ends at its deadline has
 * made progress.
 */
export async function reconcile(run: Run, settings: PlanSettings, start: Start): Promise<Reconciled> {
  const settled = [...start.settled];
  let { snapshot } = start;
  let nodes: NodeStates = new Map();
  for (;;) {
    const done = new Set(settled.map(({ change }) => change.key));
    const plan = planChanges(snapshot, settings, start.keys, done);
    const round = roundOf(run, snapshot, plan, settled);
    nodes = await preparedNodes(run, snapshot, plan, round, nodes);
    settled.push(...(await register(run, snapshot, nodes, round.upserts)));
    settled.push(...(await deregister(run, round.deletions)));
    settled.push(...round.refused.map(settledAs(() => 'refused')));
    if (round.pending.length === 0) {
      return { snapshot, keys: start.keys, settled, plan, warnings: warningsOf(nodes) };
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
  if (pending.length > 0) return { upserts, deletions: [], refused: [], pending };
  const ready = plan.deletions.filter(isReady);
  const unconfirmed = plan.deletions.filter((change) => !isReady(change));
  const made = settled.filter(({ change, outcome }) => change.action === 'delete' && outcome !== 'refused');
  const count = {
    certain: made.length + ready.length,
    possible: unconfirmed.length,
    owned: plan.owned,
  };
  switch (deletionsAllowed(count, run.isFull ? run.config.maxDeletePercent : undefined, run.allowDeletes)) {
    case 'no':
      return { upserts, deletions: [], refused: plan.deletions, pending: [] };
    case 'yes':
      return { upserts, deletions: ready, refused: [], pending: unconfirmed };
    case 'undecided':
      return { upserts, deletions: [], refused: [], pending: unconfirmed };
  }
}

/** Whether it must be asked who else uses the name before it is created. */
function needsOthers({ action, key }: Change, { others }: Observed): boolean {
  return action === 'create' && !others.has(key);
}

/** Creates or corrects our node, once a run, wherever it is to carry services of ours. */
async function preparedNodes(
  run: Run,
  { observed }: Snapshot,
  { owned }: Plan,
  { upserts }: Round,
  prepared: NodeStates,
): Promise<NodeStates> {
  const registers = byPlace(upserts.filter(({ writes }) => writes.service)).map(({ place }) => place);
  const carries = observed.nodes.get(placeKey(run.home))?.node !== undefined && owned > 0;
  const places = carries ? [run.home, ...registers] : registers;
  const states = new Map(prepared);
  for (const place of places) {
    const key = placeKey(place);
    if (!states.has(key)) states.set(key, await ensureNode(run, place, observed.nodes.get(key)));
  }
  return states;
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
  const problemOf = ({ place }: Change) => nodes.get(placeKey(place))?.problem;
  const possible = changes.filter((change) => problemOf(change) === undefined);
  const written = await applyUpserts(run, possible);
  const seen = written.map(({ change, outcome }) =>
    outcome === 'lost' && mayExist(change) ? { change, outcome: 'hidden' as const } : { change, outcome },
  );
  const impossible = changes.flatMap((change) => {
    const outcome = problemOf(change);
    return outcome === undefined ? [] : [{ change, outcome }];
  });
  return told(run, [...seen, ...impossible]);
}

/** Deletes, or pretends to in a dry run. */
async function deregister(run: Run, changes: readonly Change[]): Promise<Settled[]> {
  if (changes.length === 0) return [];
  return told(run, run.dryRun ? changes.map(settledAs(() => 'done')) : await applyDeletions(run, changes));
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
    const others = await useByOthers(run, unknown);
    return { snapshot: withFacts(snapshot, new Map(), others), failed: [] };
  } catch (error) {
    if (!isAppError(error)) throw error;
    return { snapshot, failed: unknown.map(settledAs(() => error)) };
  }
}

function warningsOf(nodes: NodeStates): WarningEntry[] {
  return [...nodes.values()].flatMap(({ warning }) => warning ?? []);
}
