import { finished } from 'node:stream';
import type { Lambda, LambdaFunction } from '../../aws/invoke/api.ts';
import { type AppError, type ErrorCode, isAppError, messageOf } from '../../core/errors.ts';
import type { AwsRoute } from '../config.ts';
import { Failure, type FailureKind } from '../failures.ts';
import type { Call, Cancellation, InvokedStream, Slot, Slots, Target } from './target.ts';

/** Invokes a function of AWS. An asynchronous call is over with Lambda's 202; the function runs later. */
export function createAwsTarget(route: AwsRoute, slots: Slots, lambda: Lambda): Target {
  const { functionName, qualifier, streaming } = route;
  const target = lambda.functionAt(route);
  return {
    name: qualifier === undefined ? functionName : `${functionName}:${qualifier}`,
    endpoints: 1,
    slots,
    runsEventsInline: false,
    invoke: async (slot, call, cancellation) => {
      if (streaming && call.mode === 'sync') return stream(target, slot, call, cancellation);
      try {
        // An event whose sender has left is still to arrive.
        const answer = await (call.mode === 'async'
          ? target.enqueue(call, never)
          : target.invoke(call, cancellation));
        slot.release('free');
        return answer;
      } catch (error) {
        throw failed(error, slot, cancellation);
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
    finished(answer.payload, () => slot.release('free'));
    return answer;
  } catch (error) {
    throw failed(error, slot, cancellation);
  }
}

const never = { cancelled: false, onCancel: () => () => {} };

function failed(cause: unknown, slot: Slot, { reason }: Cancellation): Failure {
  const failure = reason ?? failureOf(cause);
  slot.release(failure.kind === 'connect' ? 'unreached' : 'free');
  return failure;
}

function failureOf(cause: unknown): Failure {
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

/** A connection that breaks once the call was sent is no reason to doubt that there are others. */
function kindOf(error: AppError): FailureKind {
  if (error.code === 'UPSTREAM_UNAVAILABLE') return error.retryable ? 'connect' : 'stream_broken';
  return kinds[error.code] ?? 'invoke_rejected';
}

/** What a payload ends with that has begun. */
function brokenStream(cause: AppError, { reason }: Cancellation): Failure {
  const kind = cause.details['functionError'] === undefined ? 'stream_broken' : 'function_error';
  return reason ?? new Failure(kind, cause.message, { cause });
}
