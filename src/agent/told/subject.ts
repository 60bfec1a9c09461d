import type { Applier, AppliedChange } from '../apply/api.ts';
import type { Beliefs } from '../beliefs/api.ts';
import type { AgentModel } from '../model/agent-model.ts';

/** An agent, as far as it is told of: everything is asked when somebody wants to know. */
export interface Subject {
  readonly version: string;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly beliefs: Pick<Beliefs, 'states'>;
  /** What HAProxy shall serve; undefined before the first. The same object as long as nothing is other. */
  readonly model: () => AgentModel | undefined;
  readonly applier: Pick<Applier, 'haproxy' | 'applied' | 'answers' | 'servers'>;
  /** What became of changes lately, the newest first. */
  readonly changes: () => readonly AppliedChange[];
}

/** Seconds from one time to another, both in milliseconds; null where the first is not known. */
export function secondsBetween(from: number | undefined, to: number): number | null {
  return from === undefined ? null : Math.max(0, Math.round((to - from) / 1000));
}
