import { findingsOf } from './findings.ts';
import type { World } from '../plan/plan.ts';
import type { Reconciled } from '../write/reconcile.ts';
import type { Action, FailureEntry, Report, SkipEntry, WarningEntry } from '../model/report.ts';
import { withheld } from '../plan/skips.ts';

export interface Summary {
  world: World;
  reconciled: Reconciled;
  dryRun: boolean;
  datacenter: string | undefined;
  warnings: WarningEntry[];
  /** Beside those of functions and changes. */
  failures?: FailureEntry[];
  skips?: SkipEntry[];
  durationMs: number;
}

/** The report of a run. */
export function summarise({ world, reconciled, dryRun, datacenter, ...further }: Summary): Report {
  const { changes, plan, refused } = reconciled;
  const findings = findingsOf(world.functions, datacenter);
  const skips = [
    ...findings.skips,
    ...plan.skips,
    ...refused.map((change) => withheld(change, 'delete-guard')),
    ...(further.skips ?? []),
  ];
  const failures = [...(further.failures ?? []), ...findings.failures, ...reconciled.failures];
  const warnings = [
    ...(world.observed.complete ? [] : [hiddenNode]),
    ...further.warnings,
    ...findings.warnings,
  ];
  const count = (...actions: Action[]): number =>
    changes.filter(({ action }) => actions.includes(action)).length;
  return {
    complete: world.listed && world.observed.complete && refused.length === 0,
    dryRun,
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
    warnings,
    failures,
    durationMs: further.durationMs,
  };
}

const hiddenNode: WarningEntry = {
  service: '',
  arn: '',
  tag: '',
  message:
    'Service-defaults carry our owner id, but the node of the services cannot be seen: it is gone, or the token lacks node:read. Nothing was deleted or overwritten.',
  hint: 'Give the registrator a token whose policy allows node:read (node_prefix "" { policy = "read" }).',
};
