import { noticing } from '../noticing.ts';
import { logMessages } from '../../config/log-messages.ts';
import { routeText } from '../../haproxy/routes.ts';
import type { Clock } from '../../core/clock.ts';
import type { Logger } from '../../core/logger.ts';
import type { SourceState } from '../beliefs/api.ts';
import type { AgentModel, Conflict } from '../model/agent-model.ts';
import type { Problem } from '../model/sighting.ts';
import { secondsBetween, type Subject } from './subject.ts';

const lookEveryMs = 2_000;
const staleEveryMs = 60_000;

/**
 * Logs what is wrong once when it appears, and once when it is over; of a source whose last read failed every minute.
 * @returns what ends it
 */
export function logNews(
  subject: Pick<Subject, 'beliefs' | 'model' | 'now' | 'startedAt'>,
  logger: Logger,
  clock: Clock,
): () => void {
  const seeModel = modelNews(logger);
  const seeSources = sourceNews(logger, clock, subject.startedAt);
  let callOff = (): void => undefined;
  const look = (): void => {
    seeModel(subject.model());
    seeSources(subject.beliefs.states(), subject.now());
    callOff = clock.after(lookEveryMs, look);
  };
  look();
  return () => callOff();
}

function modelNews(logger: Logger): (model: AgentModel | undefined) => void {
  const seeConflicts = noticing<Conflict>(JSON.stringify, {
    appeared: (conflict) => logger.warn(conflictFields(conflict), 'route conflict'),
    gone: (conflict) => logger.info(conflictFields(conflict), 'route conflict over'),
  });
  const seeProblems = noticing<Problem>(JSON.stringify, {
    appeared: (problem) => logger.warn(problemFields(problem), 'problem'),
    gone: (problem) => logger.info(problemFields(problem), 'problem over'),
  });
  let seen: AgentModel | undefined;
  return (model) => {
    if (model === undefined || model === seen) return;
    seen = model;
    seeConflicts(model.conflicts);
    seeProblems(model.problems);
  };
}

function conflictFields({ winner, losers, ...place }: Conflict): object {
  return { route: routeText(place), service: winner, losers };
}

function problemFields({ source, service, instance, message }: Problem): object {
  return { source, service, instance, error: message };
}

/** @param startedAt since when a source is stale that was never read */
function sourceNews(
  logger: Logger,
  clock: Clock,
  startedAt: number,
): (states: readonly SourceState[], now: number) => void {
  const seeHeld = noticing<{ source: string; service: string; reason: string }>(
    ({ source, service }) => JSON.stringify([source, service]),
    {
      appeared: (held) => logger.warn(held, 'service held'),
      gone: ({ source, service }) => logger.info({ source, service }, 'service held no more'),
    },
  );
  /** When it was said of sources that they are stale. */
  const saidAt = new Map<string, number>();
  return (states, now) => {
    for (const { name, ok, lastSuccess, failures, error } of states) {
      const said = saidAt.get(name);
      if (ok) {
        if (saidAt.delete(name)) logger.info({ source: name }, 'source recovered');
      } else if (failures > 0 && (said === undefined || clock.now() - said >= staleEveryMs)) {
        saidAt.set(name, clock.now());
        const fields = {
          source: name,
          age_s: secondsBetween(lastSuccess ?? startedAt, now),
          failures,
          error,
        };
        logger.warn(fields, logMessages.staleSource);
      }
    }
    seeHeld(
      states.flatMap(({ name, held }) =>
        held.map(({ service, reason }) => ({ source: name, service, reason })),
      ),
    );
  };
}
