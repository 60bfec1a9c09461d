import { mapConcurrent } from '../../core/concurrency.ts';
import type { Secret } from '../../core/secret.ts';
import type { WarningEntry } from '../model/report.ts';
import type { Run } from '../run.ts';
import { isIntact, trustOf } from './content.ts';
import { reasonToWrite, sliceAt } from './due.ts';
import { type ExtensionReport, Findings, nobody } from './findings.ts';
import { parameterPath } from './path.ts';
import type { Registered } from './registered.ts';
import { type Job, type Phase, subjectOf, writeParameter } from './write.ts';
import { writtenOf } from './written.ts';

/** Names of one GetParameters (https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameters.html). */
const namesInCall = 10;

const connectIsOff: WarningEntry = {
  ...nobody,
  tag: '',
  message:
    'Connect is off in this Consul, so that no function was given a certificate for calls into the mesh.',
  hint: 'Set connect { enabled = true } on the servers, or unset CONSUL_EXTENSION_DATA_PREFIX.',
};

/** More would wait for Parameter Store, which takes three a second. */
const writesAtOnce = 4;

/**
 * Gives functions the certificates with which they call into the mesh: what is due is written to Parameter Store, then
 * kept in the Meta of the service. To be called after services were registered: what does not fit the time left is told
 * as retryable, and nothing is undone.
 * @param registered in a full sync all of them, else those that the run is about
 */
export async function renewExtensionData(
  run: Run,
  registered: readonly Registered[],
): Promise<ExtensionReport> {
  const { extension } = run.config;
  const findings = new Findings();
  const asked = run.isFull ? registered : registered.filter(({ service }) => !writtenOf(service));
  if (extension === undefined || asked.length === 0) return findings.report();
  await findings.attempt(nobody, async () => {
    const roots = await run.consul.roots(run.deadline);
    if (roots === undefined) return void findings.warnings.push(connectIsOff);
    const trust = trustOf(roots);
    await writeWhatIsDue({ run, extension, findings, registered, trust, refused: new Set() }, asked);
  });
  return findings.report();
}

async function writeWhatIsDue(phase: Phase, asked: readonly Registered[]): Promise<void> {
  const { run, extension, findings, trust } = phase;
  const now = run.wallClock() / 1000;
  const due: Job[] = [];
  const written: Job[] = [];
  for (const one of asked) {
    const path = parameterPath(extension.prefix, one);
    const before = writtenOf(one.service);
    const reason = reasonToWrite(before, { path, roots: trust.fingerprint, now }, run.isFull);
    const job = { registered: one, path, written: before, reason: reason ?? 'lost' } as const;
    if (reason) due.push(job);
    // A renewal may not come for long, and until then the parameter must be there.
    if (!reason || reason === 'renewal') written.push({ ...job, reason: 'lost' });
  }
  const lost = run.isFull && !run.dryRun ? await lostOnes(phase, written) : [];
  const again = new Set(lost.map(({ registered }) => registered));
  const jobs = [...due.filter(({ registered }) => !again.has(registered)), ...lost];
  await mapConcurrent(jobs, writesAtOnce, (job) =>
    findings.attempt(subjectOf(job), () => writeParameter(phase, job)),
  );
}

/** Those of `candidates` in the slice of this sync whose parameters are missing or are not what was written. */
async function lostOnes({ run, findings, registered }: Phase, candidates: readonly Job[]): Promise<Job[]> {
  const arns = registered.map(({ functionArn }) => functionArn);
  const slice = sliceAt(arns, run.wallClock(), run.config.syncPeriod);
  const looked = candidates.filter((job) => slice.has(job.registered.functionArn));
  const lost: Job[] = [];
  for (let at = 0; at < looked.length; at += namesInCall) {
    const some = looked.slice(at, at + namesInCall);
    await findings.attempt(nobody, async () => {
      // A function that moves between datacenters is there twice, and its parameter once.
      const names = [...new Set(some.map(({ path }) => path))];
      const values = await run.parameters.values(names, run.deadline);
      lost.push(...some.filter((job) => isLost(job, values.get(job.path))));
    });
  }
  return lost;
}

function isLost({ registered, written }: Job, value: Secret | undefined): boolean {
  const isThere = value !== undefined && written !== undefined;
  return !isThere || !isIntact(value, registered.service.Service, written);
}
