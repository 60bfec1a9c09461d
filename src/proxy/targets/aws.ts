import { finished } from 'node:stream';
import type { Lambda, LambdaFunction } from '../../aws/invoke/api.ts';
import { whileWanted } from '../../core/deadline.ts';
import { type AppError, type ErrorCode, isAppError, messageOf } from '../../core/errors.ts';
import type { Invoked } from '../../http/message.ts';
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
      if (call.mode === 'async') return enqueue(target, slot, call, cancellation);
      if (streaming) return stream(target, slot, call, cancellation);
      try {
        const answer = await target.invoke(call, cancellation);
        slot.release('free');
        return answer;
      } catch (error) {
        throw failed(error, slot, cancellation);
      }
    },
  };
}

/** An event is sent whole, also when its sender has left or does not want to wait. */
async function enqueue(
  target: LambdaFunction,
  slot: Slot,
  call: Call,
  cancellation: Cancellation,
): Promise<Invoked> {
  const sent = target.enqueue(call, never).then(
    (answer) => {
      slot.release('free');
      return answer;
    },
    (error: unknown) => {
      throw failed(error, slot, never);
    },
  );
  return whileWanted(cancellation, sent, () => cancellation.reason ?? failureOf('nobody waits'));
}

const never: Cancellation = { cancelled: false, reason: undefined, onCancel: () => () => {} };

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

/** What a payload ends with before it is complete. */
function brokenStream(cause: AppError, { reason }: Cancellation): Failure {
  if (reason) return reason;
  const { functionError: errorType, functionDetails: errorMessage } = cause.details;
  if (errorType === undefined) return new Failure('stream_broken', cause.message, { cause });
  const payload = Buffer.from(JSON.stringify({ errorType, errorMessage }));
  return new Failure('function_error', cause.message, { cause, payload });
}
