import type { AppError } from '../../core/errors.ts';
import { isAppError } from '../../core/errors.ts';
import { parseFunctionArn } from '../../lambda-service/arn.ts';
import type { Scope } from '../model/ownership.ts';
import type { Action, ChangeEntry, FailureEntry, Report, SkipEntry, WarningEntry } from '../model/report.ts';
import type { PlanSettings } from '../plan/decide.ts';
import { refusedDeletion, withheld } from '../plan/skips.ts';
import type { Reconciled } from '../reconcile.ts';
import type { Run } from '../run.ts';
import type { Settled } from '../write/outcomes.ts';
import { failureOf, findingsOf } from './findings.ts';

/** All that a report is made of. */
export interface Summary {
  run: Run;
  settings: PlanSettings;
  reconciled: Reconciled;
  /** Why functions could not be listed whole. */
  listing: AppError | undefined;
  /** ARNs that were asked for and are not of this account and region. */
  elsewhere: readonly string[];
  durationMs: number;
}

/** The report of a run. */
export function summarise(summary: Summary): Report {
  const { run, settings, reconciled, listing, elsewhere, durationMs } = summary;
  const { snapshot, plan, settled } = reconciled;
  const findings = findingsOf(snapshot.functions, settings.datacenter);
  const isWhole = [...snapshot.observed.nodes.values()].every((view) => view.isWhole);
  const changes = settled.flatMap(changeOf);
  const skips = [
    ...findings.skips,
    ...plan.skips,
    ...skipsOf(settled),
    ...elsewhere.map((arn) => outOfScope(arn, run.scope)),
  ];
  const failures = [
    ...(listing ? [failureOf('', '', listing)] : []),
    ...findings.failures,
    ...settled.flatMap(failed),
  ];
  const count = (...actions: Action[]): number =>
    changes.filter(({ action }) => actions.includes(action)).length;
  return {
    complete: snapshot.isListed && isWhole && !settled.some(({ outcome }) => outcome === 'refused'),
    dryRun: run.dryRun,
    counts: {
      created: count('create'),
      updated: count('update', 'adopt'),
      deleted: count('delete'),
      unchanged: plan.unchanged,
      skipped: skips.length,
      failed: failures.length,
    },
    changes,
    skips,
    warnings: [...(isWhole ? [] : [hiddenNode(run)]), ...reconciled.warnings, ...findings.warnings],
    failures,
    durationMs,
  };
}

function changeOf({ change, outcome }: Settled): ChangeEntry[] {
  const { action, service, arn, fields, reason } = change;
  return outcome === 'done' ? [{ action, service, arn, fields, reason }] : [];
}

function skipsOf(settled: readonly Settled[]): SkipEntry[] {
  const refused = settled.filter(({ outcome }) => outcome === 'refused').length;
  return settled.flatMap(({ change, outcome }) => {
    if (outcome === 'refused') return [refusedDeletion(change, refused)];
    return outcome === 'hidden' ? [withheld(change, 'unconfirmed')] : [];
  });
}

function failed({ change, outcome }: Settled): FailureEntry[] {
  return isAppError(outcome) ? [failureOf(change.service, change.arn, outcome)] : [];
}

function hiddenNode({ config }: Run): WarningEntry {
  const rule = `node "${config.nodeName}" { policy = "write" }`;
  return {
    service: '',
    arn: '',
    tag: '',
    message: `Node ${config.nodeName} may exist, but cannot be seen: the registrator sends no token, or one that lacks node:read. Nothing was deleted or overwritten, and what may be registered already is not said to be new.`,
    hint: `Give the registrator a token whose policy allows node:read, as ${rule}.`,
  };
}

function outOfScope(arn: string, scope: Scope): SkipEntry {
  return {
    service: parseFunctionArn(arn)?.functionName ?? '',
    arn,
    reason: 'foreign-arn',
    message: `${arn} is not of account ${scope.account} and region ${scope.region}, which this registrator looks after.`,
    hint: 'Ask the registrator of that account and region.',
  };
}
