/** What to look at: everything, or a few functions by unqualified ARN. */
export type Task = FullTask | { kind: 'functions'; arns: string[]; dryRun: boolean };

interface FullTask {
  kind: 'full';
  dryRun: boolean;
  /** So many deletions are let through the limit of deletions, this once; none without it. */
  allowDeletes?: number;
}
