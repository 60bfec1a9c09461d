import type { Clock } from './clock.ts';
import { AppError } from './errors.ts';

/** The moment by which a piece of work must have ended, on the clock that measures it. */
export interface Deadline {
  readonly clock: Clock;
  /** Ends the work earlier when it aborts: a client went away, the program stops. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds left; negative once it has passed. */
  remaining(): number;
}

/** A deadline `ms` milliseconds from now, `Infinity` for none, or when `signal` aborts. */
export function deadlineIn(clock: Clock, ms: number, signal?: AbortSignal): Deadline {
  const end = clock.now() + ms;
  return { clock, signal, remaining: () => end - clock.now() };
}

/**
 * Runs `work` with a signal that aborts after `ms` milliseconds, at the deadline, or with the deadline's own signal,
 * whichever is first.
 * @param what whom the work asks, for messages
 * @throws AppError UPSTREAM_TIMEOUT (`what` did not answer) or DEADLINE_EXCEEDED; the reason of the deadline's signal
 */
export async function withTimeout<Result>(
  deadline: Deadline,
  ms: number,
  what: string,
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  deadline.signal?.throwIfAborted();
  const remaining = deadline.remaining();
  if (remaining <= 0) throw new AppError('DEADLINE_EXCEEDED', `No time left to ask ${what}.`);
  const limit = Math.min(ms, remaining);
  const call = new AbortController();
  const calledOff = (): void => call.abort(deadline.signal?.reason);
  deadline.signal?.addEventListener('abort', calledOff, { once: true });
  const expired = (): void => call.abort(limit < ms ? outOfTime(what) : noAnswer(what, ms));
  const inTime = deadline.clock.after(limit, expired);
  try {
    return await Promise.race([work(call.signal), abortion(call.signal)]);
  } catch (error) {
    throw call.signal.aborted ? call.signal.reason : error;
  } finally {
    inTime();
    deadline.signal?.removeEventListener('abort', calledOff);
  }
}

/** Rejects when the signal aborts, for work that does not heed it. */
function abortion(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
}

function noAnswer(what: string, ms: number): AppError {
  return new AppError('UPSTREAM_TIMEOUT', `${what} did not answer within ${ms} ms.`);
}

function outOfTime(what: string): AppError {
  return new AppError('DEADLINE_EXCEEDED', `Time ran out while waiting for ${what}.`);
}

/** Waits for `work`, but not for longer than `ms` milliseconds. */
export async function within(clock: Clock, ms: number, work: Promise<unknown>): Promise<void> {
  const time = new AbortController();
  await Promise.race([work, clock.sleep(ms, time.signal).catch(() => undefined)]);
  time.abort();
}

/** Whether anybody still waits for a call; lighter than a signal, since one is made for each request of a busy program. */
export interface CallOff {
  readonly cancelled: boolean;
  /** Calls `act` once nobody does, at once when that is so already, unless what is returned was called before. */
  onCancel(act: () => void): () => void;
}

/**
 * Waits for a result for no longer than anybody wants it.
 * @param reason what to reject with then
 */
export async function whileWanted<Result>(
  callOff: CallOff,
  result: Promise<Result>,
  reason: () => Error,
): Promise<Result> {
  let forget = (): void => {};
  const unwanted = new Promise<never>((_resolve, reject) => {
    forget = callOff.onCancel(() => reject(reason()));
  });
  try {
    return await Promise.race([result, unwanted]);
  } finally {
    forget();
  }
}
