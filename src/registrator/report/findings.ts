import { AppError } from '../../core/errors.ts';
import type { FailureEntry, SkipEntry, WarningEntry } from '../model/report.ts';
import type { Place } from '../../lambda-service/place.ts';
import type { FunctionTags } from '../../lambda-service/tags.ts';
import { linkOf } from '../gateways/entry.ts';
import { outOfReach } from '../gateways/warnings.ts';
import type { FunctionStates } from '../model/snapshot.ts';
import { type Ground, whereabouts, type Whereabouts } from '../model/territory.ts';

export interface Findings {
  skips: SkipEntry[];
  warnings: WarningEntry[];
  failures: FailureEntry[];
}

/**
 * What is to be said of functions themselves, whatever Consul holds: unreadable or bad tags, places that are not managed or
 * cannot be looked at.
 */
export function findingsOf(functions: FunctionStates, ground: Ground): Findings {
  const findings: Findings = { skips: [], warnings: [], failures: [] };
  for (const [arn, state] of functions) {
    const service = arn.split(':').at(-1) ?? arn;
    if (state.kind === 'unreadable') findings.failures.push(failureOf(service, arn, state.error));
    if (state.kind !== 'tagged') continue;
    const { tags } = state;
    const where = whereabouts(tags, ground);
    findings.warnings.push(...tags.warnings.map((warning) => ({ service, arn, ...warning })));
    if (where.kind === 'unsupported') findings.skips.push(unsupported(service, arn, tags.place));
    if (!tags.enabled) continue;
    for (const problem of tags.problems) {
      findings.failures.push(failureOf(problem.service, arn, new AppError('TAG_INVALID', problem.message)));
    }
    if (where.kind === 'closed') findings.failures.push(failureOf(service, arn, where.error));
    if (where.kind === 'here') findings.warnings.push(...unreachable(arn, tags, where.place));
    const skip = skipFor(service, arn, tags.place, where, ground);
    if (skip) findings.skips.push(skip);
  }
  return findings;
}

/** Services that the gateway they name cannot list. */
function unreachable(arn: string, { services }: FunctionTags, place: Place): WarningEntry[] {
  return services.flatMap(({ name, gateway }) =>
    gateway === undefined || linkOf(place, name) !== undefined
      ? []
      : outOfReach(name, arn, place.partition ?? '', gateway),
  );
}

function skipFor(
  service: string,
  arn: string,
  named: Place,
  { kind }: Whereabouts,
  ground: Ground,
): SkipEntry | undefined {
  switch (kind) {
    case 'other-datacenter':
      return ofOtherDatacenter(service, arn, named.datacenter, ground.datacenter);
    case 'unknown-home':
      return ofUnknownDatacenter(service, arn, named.datacenter);
    case 'other-partition':
      return ofOtherPartition(service, arn, named.partition ?? 'default', ground.partitions ?? []);
    case 'here':
    case 'closed':
    case 'unsupported':
      return undefined;
  }
}

export function failureOf(service: string, arn: string, error: AppError): FailureEntry {
  return { service, arn, code: error.code, message: error.message, retryable: error.retryable };
}

function unsupported(service: string, arn: string, { partition, namespace }: Place): SkipEntry {
  const tags = [partition && 'partition', namespace && 'namespace'].filter(Boolean).join(' and ');
  return {
    service,
    arn,
    reason: 'unsupported',
    message: `${service} names its ${tags}, which Consul Community has not. What is registered for it stays as it is.`,
    hint: 'Set ENTERPRISE=true where Consul is Enterprise, or remove these tags.',
  };
}

function ofUnknownDatacenter(service: string, arn: string, wanted: string | undefined): SkipEntry {
  return {
    service,
    arn,
    reason: 'unconfirmed',
    message: `${service} belongs to datacenter ${wanted}, and Consul did not tell which one it is. What is registered for it stays as it is.`,
    hint: 'Set DATACENTER to the name of the datacenter that this registrator manages.',
  };
}

function ofOtherDatacenter(
  service: string,
  arn: string,
  wanted: string | undefined,
  managed: string | undefined,
): SkipEntry {
  return {
    service,
    arn,
    reason: 'other-datacenter',
    message: `${service} belongs to datacenter ${wanted}; this registrator manages ${managed} alone.`,
    hint: `Unset DATACENTER to let this registrator manage all, run another one with DATACENTER=${wanted}, or remove the datacenter tag.`,
  };
}

function ofOtherPartition(
  service: string,
  arn: string,
  wanted: string,
  managed: readonly string[],
): SkipEntry {
  return {
    service,
    arn,
    reason: 'other-partition',
    message: `${service} belongs to partition ${wanted}; this registrator manages ${managed.join(', ')}.`,
    hint: `Add ${wanted} to PARTITIONS, or change the partition tag.`,
  };
}
