import { AppError, isAppError } from '../../core/errors.ts';
import { applyDeletions, applyUpserts, type Outcome } from './apply.ts';
import type { Applier } from './applier.ts';
import type { Change } from '../model/change.ts';
import { failureOf } from '../report/findings.ts';
import { confirmFunctions } from '../read/read-functions.ts';
import { judgeDeletions } from '../plan/deletion-limit.ts';
import { lookAgain, type View } from './reread.ts';
import { ensureNode } from './node.ts';
import { observeElsewhere } from '../read/observe.ts';
import { isConfirmed, type Plan, planChanges } from '../plan/plan.ts';
import type { ChangeEntry, FailureEntry } from '../model/report.ts';

/** Functions confirmed between two rounds of writes: at 8 reads a second each round takes some seconds. */
const confirmedAtOnce = 32;

export interface Reconciliation extends View {
  applier: Applier;
  dryRun: boolean;
  /** Share of the owned services that may be deleted; undefined where no limit applies. */
  maxDeletePercent: number | undefined;
  onChange: (change: ChangeEntry) => void;
}

export interface Reconciled {
  changes: ChangeEntry[];
  failures: FailureEntry[];
  /** Deletions that were due, but too many at once. */
  refused: Change[];
  /** What remains to be said of names that were not changed. */
  plan: Plan;
}

interface Progress extends Omit<Reconciled, 'plan'> {
  /** Names that have been dealt with. */
  done: Set<string>;
  deleted: number;
  owned: number | undefined;
  /** What became of our node, once it was created or corrected. */
  node?: { problem: AppError | undefined };
}

/**
 * Makes Consul what the functions ask for. Creations and updates come first, deletions last; each rests on tags that
 * were read after Consul was. What another writer overtook is read and planned once more.
 * @param keys the names to deal with; all of them by default
 */
export async function reconcile(run: Reconciliation, keys?: ReadonlySet<string>): Promise<Reconciled> {
  const progress: Progress = {
    changes: [],
    failures: [],
    refused: [],
    done: new Set(),
    deleted: 0,
    owned: undefined,
  };
  const overtaken = await settle(run, progress, keys);
  if (overtaken.length > 0) await settleAgain(run, progress, overtaken);
  const plan = planChanges(run.world, run.settings, keys, progress.done);
  return { changes: progress.changes, failures: progress.failures, refused: progress.refused, plan };
}

/** Plans once more, from fresh reads, what other writers overtook. */
async function settleAgain(
  run: Reconciliation,
  progress: Progress,
  overtaken: readonly Change[],
): Promise<void> {
  try {
    await lookAgain(run, overtaken);
  } catch (error) {
    return fail(progress, overtaken, error);
  }
  const keys = new Set(overtaken.map((change) => change.key));
  for (const key of keys) progress.done.delete(key);
  delete progress.node;
  for (const change of await settle(run, progress, keys)) fail(progress, [change], lostRace(change));
}

/** Leaves changes for a later run, as failures of this one. */
function fail(progress: Progress, changes: readonly Change[], error: unknown): void {
  if (!isAppError(error)) throw error;
  for (const change of changes) {
    progress.done.add(change.key);
    progress.failures.push(failureOf(change.name, change.arn, error));
  }
}

/** Plans and writes until nothing is left to do; returns what other writers overtook. */
async function settle(
  run: Reconciliation,
  progress: Progress,
  keys?: ReadonlySet<string>,
): Promise<Change[]> {
  const upserts = await settleUpserts(run, progress, keys);
  const deletions = await settleDeletions(run, progress, keys);
  return [...upserts, ...deletions];
}

async function settleUpserts(
  run: Reconciliation,
  progress: Progress,
  keys?: ReadonlySet<string>,
): Promise<Change[]> {
  const overtaken: Change[] = [];
  for (;;) {
    const plan = planChanges(run.world, run.settings, keys, progress.done);
    progress.owned ??= plan.owned;
    if (await lookElsewhere(run, progress, plan)) continue;
    const { ready, pending } = partition(run, plan.upserts);
    const problem = await prepareNode(run, progress, ready);
    const write = async (changes: Change[]): Promise<Map<Change, Outcome>> =>
      problem
        ? new Map(changes.map((change) => [change, problem]))
        : applyUpserts(run.applier, changes, run.deadline);
    overtaken.push(...(await execute(run, progress, ready, write)));
    if (pending.length === 0) return overtaken;
    await confirm(run, pending);
  }
}

async function settleDeletions(
  run: Reconciliation,
  progress: Progress,
  keys?: ReadonlySet<string>,
): Promise<Change[]> {
  const overtaken: Change[] = [];
  for (;;) {
    const { deletions } = planChanges(run.world, run.settings, keys, progress.done);
    const { ready, pending } = partition(run, deletions);
    const verdict = judge(run, progress, ready.length, pending.length);
    if (verdict === 'refused') {
      progress.refused.push(...deletions);
      for (const change of deletions) progress.done.add(change.key);
      return overtaken;
    }
    if (verdict === 'allowed') {
      progress.deleted += ready.length;
      const write = (changes: Change[]): Promise<Map<Change, Outcome>> =>
        applyDeletions(run.applier, changes, run.deadline);
      overtaken.push(...(await execute(run, progress, ready, write)));
    }
    if (pending.length === 0) return overtaken;
    await confirm(run, pending);
  }
}

function judge(
  run: Reconciliation,
  progress: Progress,
  ready: number,
  pending: number,
): ReturnType<typeof judgeDeletions> {
  if (run.maxDeletePercent === undefined) return 'allowed';
  const count = { certain: progress.deleted + ready, possible: pending, owned: progress.owned ?? 0 };
  return judgeDeletions(count, run.maxDeletePercent);
}

function partition(run: Reconciliation, changes: readonly Change[]): { ready: Change[]; pending: Change[] } {
  const ready = changes.filter((change) => isConfirmed(change, run.world.functions));
  return { ready, pending: changes.filter((change) => !isConfirmed(change, run.world.functions)) };
}

async function confirm(run: Reconciliation, changes: readonly Change[]): Promise<void> {
  const arns = changes.slice(0, confirmedAtOnce).flatMap((change) => change.restsOn);
  await confirmFunctions(run.reader, arns, run.world.functions, run.deadline);
}

/** Before names are created: are they in use on other nodes? Returns whether the plan must be made anew. */
async function lookElsewhere(run: Reconciliation, progress: Progress, plan: Plan): Promise<boolean> {
  const { elsewhere } = run.world.observed;
  const unknown = plan.upserts.filter((change) => change.action === 'create' && !elsewhere.has(change.key));
  if (unknown.length === 0) return false;
  const names = unknown.map((change) => change.name);
  try {
    for (const [key, standing] of await observeElsewhere(run.observer, names, run.deadline))
      elsewhere.set(key, standing);
  } catch (error) {
    fail(progress, unknown, error);
  }
  return true;
}

/** Creates or corrects our node, once, when it is to carry services of ours; returns why nothing can be registered. */
async function prepareNode(
  run: Reconciliation,
  progress: Progress,
  changes: readonly Change[],
): Promise<AppError | undefined> {
  const registers = changes.some((change) => change.service !== undefined);
  const carries = registers || (run.world.observed.node !== undefined && (progress.owned ?? 0) > 0);
  if (!carries) return undefined;
  progress.node ??= { problem: await ensureNode(run.applier, run.world.observed, run.dryRun, run.deadline) };
  return progress.node.problem;
}

/** Writes, or pretends to in a dry run, and keeps account; returns what was overtaken. */
async function execute(
  run: Reconciliation,
  progress: Progress,
  changes: Change[],
  write: (changes: Change[]) => Promise<Map<Change, Outcome>>,
): Promise<Change[]> {
  if (changes.length === 0) return [];
  const outcomes = run.dryRun
    ? new Map(changes.map((change) => [change, 'done' as const]))
    : await write(changes);
  const overtaken: Change[] = [];
  for (const [change, outcome] of outcomes) {
    progress.done.add(change.key);
    if (outcome === 'done') record(run, progress, change);
    else if (outcome === 'lost' || outcome === 'half') overtaken.push(change);
    else fail(progress, [change], outcome);
  }
  return overtaken;
}

function record(
  run: Reconciliation,
  progress: Progress,
  { action, name, arn, fields, reason }: Change,
): void {
  const entry = { action, service: name, arn, fields, reason };
  progress.changes.push(entry);
  run.onChange(entry);
}

function lostRace(change: Change): AppError {
  return new AppError(
    'REVISION_CONFLICT',
    `Another writer changed ${change.name} in Consul twice before the ${change.action} could be made; the next run tries again.`,
  );
}
