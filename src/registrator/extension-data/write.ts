import { AppError, isAppError } from '../../core/errors.ts';
import type { ChangeEntry } from '../model/report.ts';
import type { ExtensionSettings } from '../config.ts';
import type { Run } from '../run.ts';
import { extensionData, storageFor, type Trust, writtenWith } from './content.ts';
import { isRenewed, type Reason } from './due.ts';
import type { Findings, Subject } from './findings.ts';
import { markWritten } from './mark.ts';
import { isParameterPath, usesParameter } from './path.ts';
import type { Registered } from './registered.ts';
import type { Written } from './written.ts';

/** What all jobs of a run share. */
export interface Phase {
  run: Run;
  extension: ExtensionSettings;
  findings: Findings;
  /** All that the run knows of. */
  registered: readonly Registered[];
  trust: Trust;
  /** Partitions that the agent gives no leaves for, as far as that was seen. */
  refused: Set<string | undefined>;
}

/** One parameter that is due. */
export interface Job {
  registered: Registered;
  path: string;
  written: Written | undefined;
  reason: Reason;
}

const reasons: Readonly<Record<Reason, string>> = {
  missing: 'the function has none yet for this service',
  moved: 'CONSUL_EXTENSION_DATA_PREFIX changed',
  roots: 'the roots of the mesh changed',
  renewal: 'half of the life of its certificate is over',
  lost: 'the parameter was missing or changed',
};

export function subjectOf({ registered: { service, functionArn } }: Job): Subject {
  return { service: service.Service, arn: functionArn };
}

/**
 * Writes the parameter of one function, then what was written into the Meta of its service: a run that ends in between
 * leaves it due. A former parameter is removed before that, since the Meta is what remembers it.
 * @throws AppError saying what went wrong; the job is due again then
 */
export async function writeParameter(phase: Phase, job: Job): Promise<void> {
  const { run, extension, trust } = phase;
  const { place, service } = job.registered;
  if (phase.refused.has(place.partition)) return warnOfPartition(phase, job);
  // A leaf costs the servers a signature, and in a dry run it only matters where one may be there already.
  if (run.dryRun && job.reason !== 'renewal') return tell(phase, job);
  const leaf = await run.consul.leaf(place, service.Service, run.deadline);
  if (leaf === undefined) return warnOfPartition(phase, job);
  if (job.reason === 'renewal' && !isRenewed(job.written, leaf.validBefore)) return;
  if (run.dryRun) return tell(phase, job);
  const value = extensionData(leaf, trust);
  const storage = storageFor(value, extension, service.Service);
  await run.parameters.put(job.path, value, storage, run.deadline);
  await removeFormer(phase, job);
  const outcome = await markWritten(run, job.registered, writtenWith(leaf, trust, job.path));
  if (outcome === 'done') return tell(phase, job);
  // The service went while its parameter was written: nothing remembers it but this run.
  if (!isKept(phase, job)) await run.parameters.remove(job.path, run.deadline);
}

/** Removes the parameter that the Meta names, when that is another one and nobody else's. */
async function removeFormer(phase: Phase, job: Job): Promise<void> {
  const { run, findings } = phase;
  const former = job.written?.path;
  if (former === undefined || former === job.path || !isParameterPath(former, job.registered.place)) return;
  if (isUsedByOthers(phase, job, former)) return;
  try {
    await run.parameters.remove(former, run.deadline);
  } catch (error) {
    if (!isAppError(error) || error.retryable) throw error;
    findings.failed(subjectOf(job), leftBehind(former, error));
  }
}

/** For a parameter that could not be removed, and that nothing will remember. */
export function leftBehind(path: string, cause: AppError): AppError {
  const message = `${cause.message} Parameter ${path} is left behind: delete it by hand.`;
  return new AppError(cause.code, message, { cause, details: cause.details });
}

/** Whether another function has its data there. */
function isUsedByOthers({ registered, extension }: Phase, { registered: own }: Job, path: string): boolean {
  return registered.some(
    (one) => one.functionArn !== own.functionArn && usesParameter(path, one, extension.prefix),
  );
}

/** Whether the function has another service, as while it moves between datacenters. */
function isKept({ registered }: Phase, { registered: own }: Job): boolean {
  return registered.some((one) => one !== own && one.functionArn === own.functionArn);
}

function tell({ run, findings }: Phase, job: Job): void {
  const change: ChangeEntry = {
    action: 'update',
    ...subjectOf(job),
    fields: ['extension-data'],
    reason: `its certificate goes to ${job.path}: ${reasons[job.reason]}`,
  };
  findings.changes.push(change);
  if (!run.dryRun) run.onChange(change);
}

function warnOfPartition({ refused, findings }: Phase, job: Job): void {
  const { partition } = job.registered.place;
  refused.add(partition);
  const { service, arn } = subjectOf(job);
  findings.warnings.push({
    service,
    arn,
    tag: 'partition',
    message: `${service} is in partition ${partition ?? 'default'}, and the agent gives certificates of its own partition alone: the function was given none.`,
    hint: 'Run a registrator for this partition with a CONSUL_HTTP_ADDR that leads to an agent of it.',
  });
}
