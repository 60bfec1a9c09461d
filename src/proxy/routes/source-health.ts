import { logMessages } from '../../config/log-messages.ts';
import type { Clock } from '../../core/clock.ts';
import { messageOf } from '../../core/errors.ts';
import type { Logger } from '../../core/logger.ts';

export interface SourceState {
  /** Whether the last question was answered. */
  readonly up: boolean;
  /** When the last answer was, in milliseconds since 1970; 0 before the first. */
  readonly lastSuccess: number;
  /** Whole seconds since the last answer, or since the start. */
  readonly ageS: number;
}

/** Knows how long ago a source answered. */
export interface SourceHealth {
  state: () => SourceState;
  answered: () => void;
  failed: (error: unknown) => void;
}

const staleMs = 60_000;

/**
 * Keeps the state of a source until the signal aborts. The log is told when the source fails and when it is back, and
 * once a minute while it has said nothing for a minute.
 */
export function createSourceHealth(
  source: string,
  logger: Logger,
  clock: Clock,
  signal: AbortSignal,
): SourceHealth {
  let answeredAt = clock.now();
  let lastSuccess = 0;
  let up = false;
  let problem: { error?: string } = {};
  const ageMs = (): number => clock.now() - answeredAt;
  const ageS = (): number => Math.floor(ageMs() / 1000);

  async function tellOfAge(): Promise<void> {
    for (let wait = staleMs; ;) {
      await clock.sleep(wait, signal);
      const isStale = ageMs() >= staleMs;
      if (isStale) logger.warn({ source, age_s: ageS(), ...problem }, logMessages.staleSource);
      wait = isStale ? staleMs : staleMs - ageMs();
    }
  }
  // Only the signal ends it.
  tellOfAge().catch(() => {});

  return {
    state: () => ({ up, lastSuccess, ageS: ageS() }),
    answered: () => {
      if (problem.error !== undefined) logger.info({ source }, 'source back');
      [up, problem, answeredAt, lastSuccess] = [true, {}, clock.now(), Date.now()];
    },
    failed: (cause) => {
      const error = messageOf(cause);
      if (problem.error === undefined) logger.warn({ source, error }, 'source failed');
      [up, problem] = [false, { error }];
    },
  };
}
