import { AppError } from '../../core/errors.ts';
import type { FailureEntry, SkipEntry, WarningEntry } from '../model/report.ts';
import { type FunctionStates, isUnsupported, isOfOtherDatacenter } from '../model/snapshot.ts';

export interface Findings {
  skips: SkipEntry[];
  warnings: WarningEntry[];
  failures: FailureEntry[];
}

/** What is to be said of functions themselves, whatever Consul holds: unreadable or bad tags, features not supported. */
export function findingsOf(functions: FunctionStates, datacenter: string | undefined): Findings {
  const findings: Findings = { skips: [], warnings: [], failures: [] };
  for (const [arn, state] of functions) {
    const service = arn.split(':').at(-1) ?? arn;
    if (state.kind === 'unreadable') findings.failures.push(failureOf(service, arn, state.error));
    if (state.kind !== 'tagged') continue;
    const { tags } = state;
    findings.warnings.push(...tags.warnings.map((warning) => ({ service, arn, ...warning })));
    if (isUnsupported(tags)) findings.skips.push(unsupported(service, arn, []));
    if (!tags.enabled) continue;
    for (const problem of tags.problems) {
      findings.failures.push(failureOf(problem.service, arn, new AppError('TAG_INVALID', problem.message)));
    }
    if (!isUnsupported(tags) && isOfOtherDatacenter(tags, datacenter))
      findings.skips.push(ofOtherDatacenter(service, arn, tags.place.datacenter, datacenter));
  }
  return findings;
}

export function failureOf(service: string, arn: string, error: AppError): FailureEntry {
  return { service, arn, code: error.code, message: error.message, retryable: error.retryable };
}

function unsupported(service: string, arn: string, tags: readonly string[]): SkipEntry {
  return {
    service,
    arn,
    reason: 'unsupported',
    message: `${service} has tags that are not supported yet: ${tags.join(', ')}. What is registered for it stays as it is.`,
    hint: 'Remove these tags to register the function in the default namespace and partition.',
  };
}

function ofOtherDatacenter(
  service: string,
  arn: string,
  wanted: string | undefined,
  managed: string | undefined,
): SkipEntry {
  if (managed === undefined) {
    return {
      service,
      arn,
      reason: 'unconfirmed',
      message: `${service} belongs to datacenter ${wanted}, and Consul did not tell which one it is. What is registered for it stays as it is.`,
      hint: 'Set DATACENTER to the name of the datacenter that this registrator manages.',
    };
  }
  return {
    service,
    arn,
    reason: 'other-datacenter',
    message: `${service} belongs to datacenter ${wanted}; this registrator manages ${managed}.`,
    hint: `Run a registrator with DATACENTER=${wanted}, or remove the datacenter tag.`,
  };
}
