import type { Readable } from 'node:stream';
import type { CallOff } from '../../core/deadline.ts';
import type { AppError } from '../../core/errors.ts';
import type { Invoked } from '../../http/message.ts';

/** Which function, and how it is reached; an ARN's region wins. */
export interface FunctionAddress {
  /** A name, partial ARN or ARN, without its qualifier. */
  readonly functionName: string;
  /** Version or alias. */
  readonly qualifier: string | undefined;
  readonly region: string;
  /** URL without a slash at the end; the region's own without it. */
  readonly endpoint: string | undefined;
  /** The role that may invoke it, when the caller's own credentials may not. */
  readonly assumeRoleArn: string | undefined;
  readonly externalId: string | undefined;
  /** Milliseconds until the function's answer begins, and between two parts of it. */
  readonly timeoutMs: number;
}

export interface FunctionCall {
  /** The event. */
  readonly payload: Buffer;
  /** Sent as `X-Amzn-Trace-Id`. */
  readonly traceId: string;
}

/** An answer whose payload is still coming. */
export interface StreamedAnswer {
  /** The type that the function gave its answer. */
  readonly contentType: string | undefined;
  /** Destroying it ends the call. */
  readonly payload: Readable;
}

/**
 * One function of Lambda. All calls throw AppError: UPSTREAM_THROTTLED after repeats, TOO_LARGE, UPSTREAM_AUTH,
 * UPSTREAM_TLS, UPSTREAM_TIMEOUT, UPSTREAM_REJECTED for what else Lambda refuses, UPSTREAM_UNAVAILABLE without a
 * connection, DEADLINE_EXCEEDED when called off. One that is `retryable` did not run the function.
 */
export interface LambdaFunction {
  /** Waits for the function's answer; sent again only when it certainly did not run. */
  invoke(call: FunctionCall, callOff: CallOff): Promise<Invoked>;
  /** Hands the event over; the function runs later. */
  enqueue(call: FunctionCall, callOff: CallOff): Promise<Invoked>;
  /**
   * Waits for the beginning of the function's answer.
   * @param failure what the payload is destroyed with when the function or the connection fails
   */
  stream(call: FunctionCall, callOff: CallOff, failure: (error: AppError) => Error): Promise<StreamedAnswer>;
}

/** Invokes functions over connections and with credentials that all of them share. */
export interface Lambda {
  functionAt(address: FunctionAddress): LambdaFunction;
  /** Ends what is under way, and all connections. */
  close(): Promise<void>;
}
