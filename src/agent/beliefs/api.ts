import type { Held } from './guard.ts';
import type { SourceName } from '../model/agent-model.ts';
import type { SourceView } from '../model/merge.ts';

/** How a source does, and what is believed of it. Times are in milliseconds since 1970. */
export interface SourceState {
  /** `registry`: one whose answer is the configuration. */
  readonly name: SourceName | 'registry';
  /** Whether its last read succeeded. */
  readonly ok: boolean;
  /** Whether any read succeeded since the agent began, whatever the snapshot knows. */
  readonly hasAnswered: boolean;
  readonly lastSuccess: number | undefined;
  /** Failed reads in a row. */
  readonly failures: number;
  /** Why the last read failed; undefined where it did not. */
  readonly error: string | undefined;
  /** All reads since the agent began. */
  readonly reads: { readonly succeeded: number; readonly failed: number };
  readonly services: number;
  readonly servers: number;
  readonly held: readonly HeldService[];
}

/** A service of which something is kept that its source does not tell of any more. */
interface HeldService extends Omit<Held, 'since'> {
  /** Milliseconds since 1970. */
  readonly since: number;
}

/** All sources that are followed, each behind its guard. */
export interface Beliefs {
  /** What is believed of each, in the order of precedence: the same array as long as nothing is believed otherwise. */
  views(): readonly SourceView[];
  /** How each does, in the same order. */
  states(): readonly SourceState[];
  /** Resolves when every source was read since the agent began, or after `ms` milliseconds; undefined: no sooner. */
  known(ms: number | undefined): Promise<void>;
  /** Reads every source anew. */
  refresh(): void;
  close(): void;
}

/** What whoever follows sources tells of it, as it happens. */
export interface BeliefsListener {
  /** Something is believed otherwise, or something else is wrong: `views()` is another array. */
  onChange(): void;
  /** A source was read, or could not be: `error` says why, and is undefined for a read that succeeded. */
  onRead(source: SourceName, error: unknown): void;
}
