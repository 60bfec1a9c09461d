import { isAppError } from '../../core/errors.ts';
import { parseFunctionArn } from '../../lambda-service/arn.ts';
import type { Scope } from '../model/ownership.ts';
import type { Action, ChangeEntry, FailureEntry, Report, SkipEntry, WarningEntry } from '../model/report.ts';
import type { PlanSettings } from '../plan/case.ts';
import { refusedDeletion, withheld } from '../plan/skips.ts';
import type { Reconciled } from '../reconcile.ts';
import type { FirstLook } from '../read/look.ts';
import type { ExtensionReport } from '../extension-data/findings.ts';
import type { Run } from '../run.ts';
import type { Settled } from '../write/outcomes.ts';
import { type DeniedLink, deniedGateways } from '../gateways/warnings.ts';
import type { ClosedLink } from '../plan/case.ts';
import { failureOf, findingsOf } from './findings.ts';

/** All that a report is made of. */
export interface Summary {
  run: Run;
  settings: PlanSettings;
  reconciled: Reconciled;
  look: Pick<FirstLook, 'failure' | 'warnings'>;
  /** What became of the functions' certificates. */
  data: ExtensionReport;
  warnings: readonly WarningEntry[];
  /** ARNs that were asked for and are not of this account and region. */
  elsewhere: readonly string[];
  durationMs: number;
}

/** The report of a run. */
export function summarise(summary: Summary): Report {
  const { run, settings, reconciled, look, data, elsewhere, durationMs } = summary;
  const { snapshot, plan, settled } = reconciled;
  const { nodes, closed, silent } = snapshot.observed;
  const findings = findingsOf(snapshot.functions, { ...settings, closed });
  const isWhole = [...nodes.values()].every((view) => view.isWhole);
  const isAway = [...closed.values()].some(({ retryable }) => retryable);
  const registered = settled.flatMap(changeOf);
  const given = data.changes.filter((change) => !registered.some((other) => isOfSame(change, other)));
  const changes = [...registered, ...given];
  const skips = [
    ...findings.skips,
    ...plan.skips,
    ...skipsOf(settled),
    ...elsewhere.map((arn) => outOfScope(arn, run.scope)),
  ];
  const failures = [
    ...(look.failure ? [failureOf('', '', look.failure)] : []),
    ...findings.failures,
    ...settled.flatMap(failed),
    ...plan.closedLinks.flatMap(unseenGateway),
    ...reconciled.failures,
    ...data.failures,
  ];
  const count = (...actions: Action[]): number =>
    changes.filter(({ action }) => actions.includes(action)).length;
  return {
    complete:
      look.failure === undefined &&
      isWhole &&
      !isAway &&
      !settled.some(({ outcome }) => outcome === 'refused'),
    dryRun: run.dryRun,
    counts: {
      created: count('create'),
      updated: count('update', 'adopt'),
      deleted: count('delete'),
      unchanged: plan.unchanged - given.length,
      skipped: skips.length,
      failed: failures.length,
    },
    changes,
    skips,
    warnings: [
      ...(isWhole ? [] : [hiddenNode(run)]),
      ...(silent.size === 0 ? [] : [silentDatacenters(silent)]),
      ...look.warnings,
      ...data.warnings,
      ...reconciled.warnings,
      ...deniedGateways(deniedLinks(reconciled)),
      ...summary.warnings,
      ...findings.warnings,
    ],
    failures,
    durationMs,
  };
}

/** Whether two changes are of the same service of a function: what is created is given its certificate at once. */
function isOfSame(one: ChangeEntry, other: ChangeEntry): boolean {
  return one.service === other.service && one.arn === other.arn;
}

function changeOf({ change, outcome }: Settled): ChangeEntry[] {
  const { action, service, arn, fields, reason } = change;
  return outcome === 'done' ? [{ action, service, arn, fields, reason }] : [];
}

function skipsOf(settled: readonly Settled[]): SkipEntry[] {
  const refused = settled.filter(({ outcome }) => outcome === 'refused').length;
  return settled.flatMap(({ change, outcome }) => {
    if (outcome === 'refused') return [refusedDeletion(change, refused)];
    return outcome === 'hidden' || outcome === 'held' ? [withheld(change, 'unconfirmed')] : [];
  });
}

function failed({ change, outcome }: Settled): FailureEntry[] {
  return isAppError(outcome) ? [failureOf(change.service, change.arn, outcome)] : [];
}

/** Links that could not be looked at, or made or removed, since the token may not. */
function deniedLinks({ plan, settled }: Reconciled): DeniedLink[] {
  const unread = plan.closedLinks.filter(({ error }) => isAppError(error, 'UPSTREAM_AUTH'));
  const unwritten = settled.flatMap(({ change, deniedGateway: gateway, outcome }) => {
    if (gateway === undefined) return [];
    return [{ gateway, service: change.service, isGone: change.action === 'delete' && outcome === 'done' }];
  });
  return [...unread, ...unwritten];
}

/** What keeps a gateway from being read, other than the token, is a failure of the functions that name it. */
function unseenGateway({ service, arn, error }: ClosedLink): FailureEntry[] {
  return isAppError(error, 'UPSTREAM_AUTH') ? [] : [failureOf(service, arn, error)];
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

function silentDatacenters(silent: ReadonlySet<string>): WarningEntry {
  const datacenters = [...silent].toSorted().join(', ');
  return {
    service: '',
    arn: '',
    tag: '',
    message: `Datacenter ${datacenters} did not say which of the names it uses; what was created was created without its answer, and service-defaults stay until it comes.`,
    hint: 'Check that its servers run and are joined over the WAN; a later full sync asks again.',
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
