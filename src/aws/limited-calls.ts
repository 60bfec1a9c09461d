import { type Deadline, withTimeout } from '../core/deadline.ts';
import { AppError, isAppError } from '../core/errors.ts';
import type { Random } from '../core/random.ts';
import { retry, type RetryPolicy } from '../core/retry.ts';
import type { TokenBucket } from '../core/token-bucket.ts';
import { type AwsRequest, awsError, describe } from './errors.ts';

/** Sends requests to one AWS API. */
export interface Caller {
  /**
   * Runs `send` within the rate limit and the time limit of `request`, and again while AWS throttles or fails.
   * @throws AppError as `awsError` says, UPSTREAM_TIMEOUT or DEADLINE_EXCEEDED; the reason of the deadline's signal
   */
  call<Answer>(
    request: AwsRequest,
    deadline: Deadline,
    send: (signal: AbortSignal) => Promise<Answer>,
  ): Promise<Answer>;
  /** Requests sent so far, repeated ones included. */
  sent(): number;
}

const policy: RetryPolicy = { attempts: 5, baseMs: 200, maxMs: 5_000 };
const defaultTimeoutMs = 5_000;

/**
 * A caller that draws on `bucket`, where the API has a rate limit worth keeping.
 * @param random gives numbers in [0, 1) for the waits between attempts
 */
export function createCaller(random: Random, bucket?: TokenBucket): Caller {
  let sent = 0;

  async function once<Answer>(
    request: AwsRequest,
    deadline: Deadline,
    send: (signal: AbortSignal) => Promise<Answer>,
  ): Promise<Answer> {
    if (bucket && bucket.waitMs() >= deadline.remaining()) {
      throw new AppError('DEADLINE_EXCEEDED', `No time left for ${describe(request)} within its rate limit.`);
    }
    await bucket?.take(deadline.signal);
    const { timeoutMs = defaultTimeoutMs } = request;
    return withTimeout(deadline, timeoutMs, describe(request), async (signal) => {
      sent += 1;
      try {
        const answer = await send(signal);
        bucket?.succeeded();
        return answer;
      } catch (cause) {
        const error = awsError(cause, request);
        if (isAppError(error, 'UPSTREAM_THROTTLED')) bucket?.throttled();
        throw error;
      }
    });
  }

  return {
    call: (request, deadline, send) => retry(policy, deadline, random, () => once(request, deadline, send)),
    sent: () => sent,
  };
}
