/** What to look at: everything, or a few functions by unqualified ARN. */
export type Task = { kind: 'full'; dryRun: boolean } | { kind: 'functions'; arns: string[]; dryRun: boolean };
