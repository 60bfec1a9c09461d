import { finished } from 'node:stream';
import type { Lambda, LambdaFunction } from '../../aws/invoke/api.ts';
import { type AppError, type ErrorCode, isAppError, messageOf } from '../../core/errors.ts';
import type { AwsRoute } from '../config.ts';
import { Failure, type FailureKind } from '../failures.ts';
import type { Call, Cancellation, InvokedStream, Slot, Target } from './target.ts';

/** How many calls may be under way: the route's own places and queue. */
export type Slots = Pick<Target, 'admit' | 'usage'>;

/** Invokes a function of AWS. The answer to an asynchronous call is Lambda's 202. */
export function createAwsTarget(route: AwsRoute, lambda: Lambda, slots: Slots): Target {
  const { functionName, qualifier, streaming } = route;
  const target = lambda.functionAt(route);
  return {
    name: qualifier === undefined ? functionName : `${functionName}:${qualifier}`,
    admit: (cancellation) => slots.admit(cancellation),
    usage: () => slots.usage(),
    invoke: async (slot, call, cancellation) => {
      if (streaming && call.mode === 'sync') return stream(target, slot, call, cancellation);
      try {
        // Whoever sent an event and left still wants it to arrive.
        if (call.mode === 'async') return await target.enqueue(call, never);
        return await target.invoke(call, cancellation);
      } catch (error) {
        throw failureOf(error, cancellation);
      } finally {
        slot.release();
      }
    },
  };
}

/** The slot is free again once the payload has ended, or nobody reads it any more. */
async function stream(
  target: LambdaFunction,
  slot: Slot,
  call: Call,
  cancellation: Cancellation,
): Promise<InvokedStream> {
  try {
    const answer = await target.stream(call, cancellation, (error) => brokenStream(error, cancellation));
    finished(answer.payload, () => slot.release());
    return answer;
  } catch (error) {
    slot.release();
    throw failureOf(error, cancellation);
  }
}

/** Any number of calls at once, for which nobody ever waits. */
export function unlimitedSlots(): Slots {
  let inUse = 0;
  const slot: Slot = {
    release: () => {
      inUse -= 1;
    },
  };
  return {
    admit: async () => {
      inUse += 1;
      return slot;
    },
    usage: () => ({ slots: 0, inUse, queued: 0 }),
  };
}

const never: Cancellation = { cancelled: false, onCancel: () => () => {} };

function failureOf(cause: unknown, { cancelled }: Cancellation): Failure {
  if (cancelled) return new Failure('client_closed', messageOf(cause), { cause });
  if (!isAppError(cause)) return new Failure('internal', messageOf(cause), { cause });
  if (cause.code !== 'UPSTREAM_THROTTLED') return new Failure(kindOf(cause), cause.message, { cause });
  const retryAfterS = Math.max(1, Math.ceil((cause.retryAfterMs ?? 0) / 1000));
  return new Failure('throttled', cause.message, { cause, retryAfterS });
}

const kinds: Partial<Record<ErrorCode, FailureKind>> = {
  TOO_LARGE: 'too_large',
  UPSTREAM_TLS: 'connect',
  UPSTREAM_TIMEOUT: 'timeout',
  DEADLINE_EXCEEDED: 'timeout',
};

function kindOf(error: AppError): FailureKind {
  if (error.code === 'UPSTREAM_UNAVAILABLE') return error.retryable ? 'connect' : 'stream_broken';
  return kinds[error.code] ?? 'invoke_rejected';
}

/** What a payload ends with that has begun. */
function brokenStream(cause: AppError, { cancelled }: Cancellation): Failure {
  const failed = cause.details['functionError'] !== undefined;
  const kind = cancelled ? 'client_closed' : failed ? 'function_error' : 'stream_broken';
  return new Failure(kind, cause.message, { cause });
}
