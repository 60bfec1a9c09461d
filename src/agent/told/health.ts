import type { Clock } from '../../core/clock.ts';
import { within } from '../../core/deadline.ts';
import type { SourceState } from '../beliefs/api.ts';
import { sharedQuestion } from './shared-question.ts';
import { secondsBetween, type Subject } from './subject.ts';

/** What orchestrators are answered, as the contract has it. */
interface HealthStatus {
  readonly down: boolean;
  /** Failed reads in a row of the source that does worst. */
  readonly numFailures: number;
  readonly haproxy: 'up' | 'down' | 'starting';
  readonly sources: Readonly<Record<string, SourceHealth>>;
  /** Why it is down, or what else there is to know; null where there is nothing to say. */
  readonly reason: string | null;
}

interface SourceHealth {
  readonly ok: boolean;
  readonly age_s: number | null;
  readonly failures: number;
}

/** Tells whether the agent is well, asking HAProxy at that moment. */
export interface Health {
  status(): Promise<HealthStatus>;
  /** Whether HAProxy serves a configuration, whatever sources do. */
  isReady(): Promise<boolean>;
}

/** Orchestrators that are not answered within some seconds take that for an answer. */
const answerMs = 1_000;

/** @param sourceFailures how many failed reads in a row make the agent unhealthy; 0: none do */
export function createHealth(subject: Subject, sourceFailures: number, clock: Clock): Health {
  const { applier } = subject;
  const answers = sharedQuestion(clock, 0, async () => {
    let isAnswered = false;
    const asked = applier.answers().then((answer) => (isAnswered = answer));
    await within(clock, answerMs, asked);
    return isAnswered;
  });
  return {
    status: async () => {
      const isOff = applier.haproxy().mode === 'off';
      return healthOf(subject, sourceFailures, isOff || (await answers()));
    },
    isReady: async () => {
      if (applier.haproxy().mode === 'off') return subject.model() !== undefined;
      return (await answers()) && applier.applied().revision !== undefined;
    },
  };
}

/** @param isServed whether HAProxy answers, or none is wanted */
function healthOf(subject: Subject, sourceFailures: number, isServed: boolean): HealthStatus {
  const states = subject.beliefs.states();
  const now = subject.now();
  const troubles = [
    ...haproxyTroubles(subject.applier, isServed),
    ...(sourceFailures === 0 ? [] : sourceTroubles(states, sourceFailures)),
  ];
  const { mode, state } = subject.applier.haproxy();
  const isOff = mode === 'off';
  const isStarting = isOff || (!isServed && state === 'starting');
  const reasons = [...troubles, ...(isOff ? ['apply.mode is off, so that no HAProxy is run'] : [])];
  return {
    down: troubles.length > 0,
    numFailures: Math.max(0, ...states.map(({ failures }) => failures)),
    haproxy: isStarting ? 'starting' : isServed ? 'up' : 'down',
    sources: Object.fromEntries(
      states.map(({ name, ok, lastSuccess, failures }) => [
        name,
        { ok, age_s: secondsBetween(lastSuccess, now), failures },
      ]),
    ),
    reason: reasons.length === 0 ? null : reasons.join('; '),
  };
}

function haproxyTroubles(applier: Subject['applier'], isServed: boolean): string[] {
  const { mode, state } = applier.haproxy();
  if (mode === 'off') return [];
  const silence = state === 'starting' ? 'HAProxy is being started' : 'HAProxy does not answer';
  const { revision, rejected } = applier.applied();
  const nothing = rejected === undefined ? '' : ': what should be was rejected, and the log says why';
  return [
    ...(isServed ? [] : [silence]),
    ...(revision === undefined ? [`nothing has been applied yet${nothing}`] : []),
  ];
}

function sourceTroubles(states: readonly SourceState[], most: number): string[] {
  return states
    .filter(({ failures }) => failures >= most)
    .map(({ name, failures }) => `${failures} reads in a row of the source ${name} failed`);
}
