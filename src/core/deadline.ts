import type { Clock } from './clock.ts';
import { AppError } from './errors.ts';

/** The moment by which a piece of work must have ended, on the clock that measures it. */
export interface Deadline {
  readonly clock: Clock;
  /** Milliseconds left; negative once it has passed. */
  remaining(): number;
}

/** A deadline `ms` milliseconds from now; `Infinity` for none. */
export function deadlineIn(clock: Clock, ms: number): Deadline {
  const end = clock.now() + ms;
  return { clock, remaining: () => end - clock.now() };
}

/**
 * Runs `work` with a signal that aborts after `ms` milliseconds or at the deadline, whichever is first.
 * @throws AppError UPSTREAM_TIMEOUT (`what` did not answer) or DEADLINE_EXCEEDED
 */
export async function withTimeout<Result>(
  deadline: Deadline,
  ms: number,
  what: string,
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const remaining = deadline.remaining();
  if (remaining <= 0) throw new AppError('DEADLINE_EXCEEDED', `No time left to ask ${what}.`);
  const limit = Math.min(ms, remaining);
  const timeout = limit < ms ? outOfTime(what) : noAnswer(what, ms);
  const call = new AbortController();
  const timer = new AbortController();
  const expired = deadline.clock.sleep(limit, timer.signal).then(
    () => {
      call.abort(timeout);
      throw timeout;
    },
    () => new Promise<never>(() => {}),
  );
  try {
    return await Promise.race([work(call.signal), expired]);
  } catch (error) {
    throw call.signal.aborted ? timeout : error;
  } finally {
    timer.abort(noLongerNeeded);
  }
}

/** Spares the exception that every abort without a reason makes. */
const noLongerNeeded = 'The call has ended.';

function noAnswer(what: string, ms: number): AppError {
  return new AppError('UPSTREAM_TIMEOUT', `${what} did not answer within ${ms} ms.`);
}

function outOfTime(what: string): AppError {
  return new AppError('DEADLINE_EXCEEDED', `Time ran out while waiting for ${what}.`);
}
