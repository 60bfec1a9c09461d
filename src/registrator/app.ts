import { AppError, isAppError } from '../core/errors.ts';
import type { Deadline } from '../core/deadline.ts';
import type { Report } from './model/report.ts';
import { inScope, type Scope, standingOf } from './model/ownership.ts';
import type { Task } from './model/task.ts';
import type { PlanSettings } from './plan/case.ts';
import { giveExtensionData } from './extension-data/phase.ts';
import { withGateways } from './gateways/read.ts';
import { forgetOldServer, serviceDefaultsFormat } from './read/defaults-format.ts';
import { type FirstLook, lookAtEverything } from './read/look.ts';
import { lookAtFunctions } from './read/look-at-functions.ts';
import { reread } from './read/reread.ts';
import { forgetEmptyPlaces } from './write/forget.ts';
import { type Reconciled, reconcile } from './reconcile.ts';
import { withOutages } from './outages.ts';
import { summarise } from './report/summary.ts';
import { type Denials, denialsOf } from './report/denials.ts';
import type { Registrator, Run } from './run.ts';
import type { Settled } from './write/outcomes.ts';

/** What a run came to. */
export interface Result {
  report: Report;
  /** Services of ours in Consul after a full sync. */
  managedServices: number | undefined;
  denials: Denials;
}

/**
 * Makes Consul equal to the tags of the functions that `task` names: observed ← Consul, desired ← AWS, plan, apply,
 * report. What other writers overtook is read, planned and written once more.
 * @throws AppError when Consul cannot be read at all, or NODE_NAME is a real agent's
 */
export async function synchronise(registrator: Registrator, task: Task, deadline: Deadline): Promise<Result> {
  const started = registrator.clock.now();
  const run = runOf(registrator, task, deadline);
  if (run.isFull) forgetOldServer(run.memory);
  const named = task.kind === 'full' ? [] : task.arns;
  const own = named.filter((arn) => inScope(arn, run.scope));
  const seen = await (run.isFull ? lookAtEverything(run) : lookAtFunctions(run, own));
  const look = { ...seen, snapshot: await withGateways(run, seen.snapshot, seen.territory) };
  const settings = await settingsFor(run, look);
  const first = await reconcile(run, settings, { ...look, settled: [] });
  const last = await repeatOvertaken(run, settings, first);
  const data = await giveExtensionData(run, settings, last);
  const forgotten = await forgetEmptyPlaces(run, settings, last);
  const elsewhere = named.filter((arn) => !inScope(arn, run.scope));
  const durationMs = Math.round(run.clock.now() - started);
  return {
    report: summarise({
      run,
      settings,
      look,
      reconciled: last,
      data,
      warnings: forgotten,
      elsewhere,
      durationMs,
    }),
    managedServices: run.isFull ? managedAfter(last, run.scope) : undefined,
    denials: denialsOf(last.snapshot, look.failure),
  };
}

function runOf(registrator: Registrator, task: Task, deadline: Deadline): Run {
  const isFull = task.kind === 'full';
  const allowDeletes = isFull ? task.allowDeletes : undefined;
  const consul = withOutages(registrator.consul, registrator.home);
  return { ...registrator, consul, deadline, dryRun: task.dryRun, isFull, allowDeletes };
}

async function settingsFor(run: Run, { snapshot, territory }: FirstLook): Promise<PlanSettings> {
  const { scope, config } = run;
  return {
    ...territory,
    scope,
    format: await serviceDefaultsFormat(run, snapshot.observed),
    policy: config.policy,
    adoptUnowned: config.adoptUnowned,
  };
}

/** Plans once more, from fresh reads, what other writers overtook; what they overtake again is left to a later run. */
async function repeatOvertaken(run: Run, settings: PlanSettings, first: Reconciled): Promise<Reconciled> {
  const overtaken = first.settled.filter(isOvertaken).map(({ change }) => change);
  if (overtaken.length === 0) return first;
  const settled = first.settled.filter((one) => !isOvertaken(one));
  try {
    const seen = await reread(run, first.snapshot, settings, overtaken);
    const snapshot = await withGateways(run, seen, settings);
    const second = await reconcile(run, settings, { snapshot, keys: first.keys, settled });
    return {
      ...second,
      settled: second.settled.map((one) => (isOvertaken(one) ? lostTwice(one) : one)),
      failures: [...first.failures, ...second.failures],
      warnings: [...first.warnings, ...second.warnings],
    };
  } catch (error) {
    if (!isAppError(error)) throw error;
    return { ...first, settled: [...settled, ...overtaken.map((change) => ({ change, outcome: error }))] };
  }
}

function isOvertaken({ outcome }: Settled): boolean {
  return outcome === 'lost' || outcome === 'half';
}

function lostTwice({ change }: Settled): Settled {
  const message = `Another writer changed ${change.service} in Consul twice before the ${change.action} could be made; the next run tries again.`;
  return { change, outcome: new AppError('REVISION_CONFLICT', message) };
}

/** What was ours already is among those that the plan counts. */
function managedAfter({ plan, settled }: Reconciled, scope: Scope): number {
  const made = settled.filter(({ outcome }) => outcome === 'done').map(({ change }) => change);
  const gone = made.filter(({ action }) => action === 'delete');
  const added = made.filter(
    ({ action, pair }) => action !== 'delete' && standingOf(pair, scope).kind !== 'ours',
  );
  return plan.owned + added.length - gone.length;
}
