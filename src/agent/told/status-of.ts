import type { Clock } from '../../core/clock.ts';
import type { AppliedChange, AppliedState, HaproxyState } from '../apply/api.ts';
import type { SourceState } from '../beliefs/api.ts';
import type { AgentModel } from '../model/agent-model.ts';
import { type Healths, servicesOf } from './services.ts';
import { sharedQuestion } from './shared-question.ts';
import type { ChangeStatus, ConflictStatus, ProblemStatus, SourceStatus, Status } from './status.ts';
import { secondsBetween, type Subject } from './subject.ts';
import { withoutSecrets } from '../../haproxy-process/without-secrets.ts';

/** HAProxy is asked for its servers no more often than this. */
const keepServersMs = 1_000;

/** What asks HAProxy how its servers do, once for all who want to know within a second. */
export function serversQuestion(
  { applier }: Pick<Subject, 'applier'>,
  clock: Pick<Clock, 'now'>,
): () => Promise<Healths> {
  return sharedQuestion(clock, keepServersMs, () => applier.servers());
}

/** Everything of an agent at this moment. */
export function statusOf(subject: Subject, healths: Healths): Status {
  const { version, startedAt, beliefs, applier } = subject;
  const model = subject.model();
  const now = subject.now();
  return {
    version,
    started_at: timeText(startedAt),
    haproxy: haproxyOf(applier.haproxy()),
    config: configOf(applier.applied()),
    sources: beliefs.states().map((state) => sourceOf(state, now)),
    services: model === undefined ? [] : servicesOf(model, healths),
    conflicts: (model?.conflicts ?? []).map(conflictOf),
    problems: (model?.problems ?? []).map(problemOf),
    changes: subject.changes().map(changeOf),
  };
}

function haproxyOf({ state, version, mode, pid, reloads, oldWorkers }: HaproxyState): Status['haproxy'] {
  return {
    up: state === 'up',
    version: version ?? null,
    mode,
    pid: pid ?? null,
    reloads,
    old_workers: oldWorkers,
  };
}

function configOf({ revision, appliedAt, how, pending, rejected }: AppliedState): Status['config'] {
  return {
    revision: revision ?? null,
    applied_at: appliedAt === undefined ? null : timeText(appliedAt),
    how: how ?? null,
    pending,
    rejected: rejected ? { at: timeText(rejected.at), error: withoutSecrets(rejected.error) } : null,
  };
}

function sourceOf(state: SourceState, now: number): SourceStatus {
  const { name, ok, services, servers, lastSuccess, failures, error, held } = state;
  return {
    name,
    ok,
    services,
    servers,
    last_success: lastSuccess === undefined ? null : timeText(lastSuccess),
    age_s: secondsBetween(lastSuccess, now),
    failures,
    error: error ?? null,
    held: held.map(({ service, reason, since, reads }) => ({
      service,
      reason,
      since: timeText(since),
      reads,
    })),
  };
}

function conflictOf({ host, path, winner, losers }: AgentModel['conflicts'][number]): ConflictStatus {
  return { host: host ?? null, path: path ?? null, winner, losers };
}

function problemOf({ source, service, instance, message }: AgentModel['problems'][number]): ProblemStatus {
  return { source, service: service ?? null, instance: instance ?? null, message };
}

function changeOf({ at, how, reason, service, detail }: AppliedChange): ChangeStatus {
  return { at: timeText(at), how, reason, service: service ?? null, detail: withoutSecrets(detail) };
}

/** @param ms since 1970 */
function timeText(ms: number): string {
  return new Date(ms).toISOString();
}
