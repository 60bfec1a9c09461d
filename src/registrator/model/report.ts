import type { ErrorCode } from '../../core/errors.ts';

export type Action = 'create' | 'update' | 'delete' | 'adopt';

/** Why something wanted was left as it is. */
export type SkipReason =
  | 'conflict'
  | 'collision'
  | 'foreign-arn'
  | 'delete-guard'
  | 'policy'
  | 'unconfirmed'
  | 'other-datacenter'
  | 'other-partition'
  | 'unsupported';

/** A service and its service-defaults are one change. */
export interface ChangeEntry {
  action: Action;
  service: string;
  arn: string;
  /** What differs, as `Meta.lambda-arn` or `service-defaults.Protocol`; empty for creations and deletions. */
  fields: string[];
  reason: string;
}

export interface SkipEntry {
  service: string;
  arn: string;
  reason: SkipReason;
  message: string;
  hint: string;
}

export interface WarningEntry {
  service: string;
  arn: string;
  tag: string;
  message: string;
  hint: string;
}

export interface FailureEntry {
  service: string;
  arn: string;
  code: ErrorCode;
  message: string;
  retryable: boolean;
}

interface Counts {
  created: number;
  updated: number;
  deleted: number;
  unchanged: number;
  skipped: number;
  failed: number;
}

/** The answer to every event. Counts are whole; lists are bounded. */
export interface Report {
  /** Whether everything that was asked about was seen and every deletion allowed. */
  complete: boolean;
  dryRun: boolean;
  counts: Counts;
  changes: ChangeEntry[];
  skips: SkipEntry[];
  warnings: WarningEntry[];
  failures: FailureEntry[];
  durationMs: number;
  /** How many entries of each list were left out to keep the answer small; absent when none were. */
  truncated?: Partial<Record<'changes' | 'skips' | 'warnings' | 'failures', number>>;
}
