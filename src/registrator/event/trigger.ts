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
 * which are left out beside them: a dry run neither writes nor keeps others from writing.
 */
export function mergedTask(triggers: readonly Trigger[]): Task | undefined {
  const asked = triggers.filter((trigger) => trigger.kind !== 'ignored');
  const dryRun = asked.every((task) => task.dryRun);
  const merged = asked.filter((task) => task.dryRun === dryRun);
  if (merged.some(({ kind }) => kind === 'full')) return { kind: 'full', dryRun };
  const arns = merged.flatMap((task) => (task.kind === 'functions' ? task.arns : []));
  return arns.length > 0 ? { kind: 'functions', arns: [...new Set(arns)], dryRun } : undefined;
}
