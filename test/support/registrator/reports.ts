import type { Result } from '../../../src/registrator/app.ts';
import type {
  Action,
  ChangeEntry,
  FailureEntry,
  Report,
  SkipEntry,
  SkipReason,
  WarningEntry,
} from '../../../src/registrator/model/report.ts';

export const emptyReport: Report = {
  complete: true,
  dryRun: false,
  counts: { created: 0, updated: 0, deleted: 0, unchanged: 0, skipped: 0, failed: 0 },
  changes: [],
  skips: [],
  warnings: [],
  failures: [],
  durationMs: 7,
};

export function arnOf(service: string): string {
  return `arn:aws:lambda:eu-west-1:123456789012:function:${service}`;
}

export function change(action: Action, service: string, fields: string[] = []): ChangeEntry {
  return { action, service, arn: arnOf(service), fields, reason: `reason of ${service}` };
}

export function skip(reason: SkipReason, service: string): SkipEntry {
  return {
    service,
    arn: arnOf(service),
    reason,
    message: `message of ${service}`,
    hint: `hint of ${service}`,
  };
}

export function warning(service: string, tag: string): WarningEntry {
  return { service, arn: arnOf(service), tag, message: `message of ${service}`, hint: `hint of ${service}` };
}

export function failure(service: string, retryable: boolean): FailureEntry {
  const code = retryable ? 'UPSTREAM_THROTTLED' : 'TAG_INVALID';
  return { service, arn: arnOf(service), code, message: `message of ${service}`, retryable };
}

/** A report as a run gives it that was permitted to see everything. */
export function resultOf(report: Report, denials: Partial<Result['denials']> = {}): Result {
  return { report, managedServices: undefined, denials: { consul: false, aws: 'none', ...denials } };
}
