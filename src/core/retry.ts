import type { Deadline } from './deadline.ts';
import { type AppError, isAppError } from './errors.ts';
import type { Random } from './random.ts';

/** How often to try, and how long to wait in between. */
export interface RetryPolicy {
  /** Calls in all, the first included. */
  attempts: number;
  /** Ceiling of the first wait in milliseconds; it doubles with every attempt. */
  baseMs: number;
  /** Ceiling of any wait in milliseconds. */
  maxMs: number;
  /** Which failures that may pass are worth another attempt; all without it. */
  repeats?: (failure: AppError) => boolean;
}

/** What {@link backoffMs} needs of a policy. */
export type Backoff = Pick<RetryPolicy, 'baseMs' | 'maxMs'>;

/**
 * How long to wait after the `failures`-th failure in a row, in milliseconds. Waits are "full jitter": uniform below an
 * exponentially growing ceiling (https://aws.amazon.com/builders-library/timeouts-retries-and-backoff-with-jitter/).
 * @param random gives numbers in [0, 1)
 */
export function backoffMs({ baseMs, maxMs }: Backoff, failures: number, random: Random): number {
  return random() * Math.min(maxMs, baseMs * 2 ** (failures - 1));
}

/**
 * Calls `work` until it succeeds, fails for good, or attempts or time are used up.
 * Waits are those of {@link backoffMs}, and as long as the other side asks for at least.
 * @param random gives numbers in [0, 1)
 * @throws what `work` threw last; the reason of the deadline's signal when that aborts
 */
export async function retry<Result>(
  policy: RetryPolicy,
  deadline: Deadline,
  random: Random,
  work: () => Promise<Result>,
): Promise<Result> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      const hopeless = !isAppError(error) || !error.retryable || error.code === 'DEADLINE_EXCEEDED';
      if (hopeless || attempt >= policy.attempts || policy.repeats?.(error) === false) throw error;
      const wait = Math.max(backoffMs(policy, attempt, random), error.retryAfterMs ?? 0);
      if (wait >= deadline.remaining()) throw error;
      await deadline.clock.sleep(wait, deadline.signal);
    }
  }
}
