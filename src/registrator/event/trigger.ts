import type { Task } from '../model/task.ts';

/** An event that asks for nothing: `warn` where something that should be looked at may hide behind it. */
export interface Ignored {
  kind: 'ignored';
  reason: string;
  level: 'info' | 'warn';
}

/** What an event asks for: it only says where to look, the state of the world decides what is done. */
export type Trigger = Task | Ignored;

/**
 * What several events ask for together; undefined when all are ignored. Those that change something outweigh dry runs,
 * which are left out beside them: a dry run neither writes nor keeps others from writing. Of the deletions that full syncs
 * allow the largest number holds, as it would if they ran one after the other; they are never added up.
 */
export function mergedTask(triggers: readonly Trigger[]): Task | undefined {
  const asked = triggers.filter((trigger) => trigger.kind !== 'ignored');
  const dryRun = asked.every((task) => task.dryRun);
  const merged = asked.filter((task) => task.dryRun === dryRun);
  const full = merged.filter((task) => task.kind === 'full');
  if (full.length > 0) return fullTask(dryRun, Math.max(...full.map(({ allowDeletes = 0 }) => allowDeletes)));
  const arns = merged.flatMap((task) => (task.kind === 'functions' ? task.arns : []));
  return arns.length > 0 ? { kind: 'functions', arns: [...new Set(arns)], dryRun } : undefined;
}

function fullTask(dryRun: boolean, allowDeletes: number): Task {
  return { kind: 'full', dryRun, ...(allowDeletes > 0 ? { allowDeletes } : {}) };
}
