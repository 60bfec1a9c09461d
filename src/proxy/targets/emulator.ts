import { Agent, type Dispatcher } from 'undici';
import type { Invoked } from '../../http/message.ts';
import type { LocalRoute } from '../config.ts';
import { Failure } from '../failures.ts';
import { endOfFunction, isFunctionError } from './in-band-errors.ts';
import type { Call, Slot, Slots, Target } from './target.ts';

/** A little longer than any function runs. */
const longestCallMs = 16 * 60_000;
/** More than Lambda lets a function answer (6 MiB). */
const largestAnswer = 16 * 1024 * 1024;

/** Connections to emulators, kept alive; slots limit how many there are. */
export function createEmulatorConnections(): Dispatcher {
  return new Agent({
    headersTimeout: longestCallMs,
    bodyTimeout: longestCallMs,
    connect: { timeout: 5_000 },
  });
}

/**
 * A function behind emulators of the Invoke API, such as AWS's runtime interface emulator, which takes one call at a time,
 * runs on when its caller has left, and answers nearly everything with 200
 * (https://github.com/aws/aws-lambda-runtime-interface-emulator). So a slot is held until the emulator has answered, whoever
 * still waits.
 */
export function createEmulator(
  { endpoints, functionName }: LocalRoute,
  slots: Slots,
  connections: Dispatcher,
): Target {
  const path = `/2015-03-31/functions/${encodeURIComponent(functionName)}/invocations`;
  return {
    name: endpoints.join(','),
    endpoints: endpoints.length,
    slots,
    runsEventsInline: true,
    invoke: (slot, call, cancellation) =>
      new Promise<Invoked>((resolve, reject) => {
        if (cancellation.reason) {
          slot.release('free');
          reject(cancellation.reason);
          return;
        }
        const stopWatching = cancellation.onCancel(() =>
          reject(cancellation.reason ?? new Error('cancelled')),
        );
        const request = requestTo(slot.endpoint, path, call);
        const answered = (answer: Answer): void => {
          stopWatching();
          slot.release('free');
          const failure = call.mode === 'sync' ? failureIn(answer, slot) : undefined;
          if (failure) reject(failure);
          else resolve(invokedBy(answer));
        };
        const failed = (error: Error): void => {
          stopWatching();
          slot.release(isUnreached(error) ? 'unreached' : 'free');
          reject(connectionFailure(error, slot));
        };
        connections.dispatch(request, collecting(answered, failed));
      }),
  };
}

function requestTo(
  origin: string,
  path: string,
  { payload, traceId, mode }: Call,
): Dispatcher.DispatchOptions {
  const headers = ['content-type', 'application/json', 'x-amzn-trace-id', traceId];
  if (mode === 'async') headers.push('x-amz-invocation-type', 'Event');
  return { origin, path, method: 'POST', headers, body: payload };
}

interface Answer {
  readonly status: number;
  readonly functionError: string | undefined;
  readonly payload: Buffer;
}

/** Collects an answer, whatever its status. */
function collecting(
  answered: (answer: Answer) => void,
  failed: (error: Error) => void,
): Dispatcher.DispatchHandler {
  let status = 0;
  let functionError: string | undefined;
  let chunks: Buffer[] = [];
  let bytes = 0;
  return {
    onRequestStart: () => undefined,
    onResponseStart: (_controller, statusCode, headers) => {
      status = statusCode;
      functionError = headers['x-amz-function-error']?.toString();
      chunks = [];
    },
    onResponseData: (controller, chunk) => {
      bytes += chunk.length;
      chunks.push(chunk);
      if (bytes > largestAnswer)
        controller.abort(new Error(`the answer is larger than ${largestAnswer} bytes`));
    },
    onResponseEnd: () => {
      const [only] = chunks;
      const payload = chunks.length === 1 && only ? only : Buffer.concat(chunks);
      answered({ status, functionError, payload });
    },
    onResponseError: (_controller, error) => failed(error),
  };
}

/** What Lambda says of every payload; emulators guess at a type, which means nothing. */
const lambdaHeaders: Invoked['headers'] = [['content-type', 'application/json']];

function invokedBy({ status, functionError: told, payload }: Answer): Invoked {
  const functionError = told ?? (isFunctionError(payload) ? 'Unhandled' : undefined);
  if (functionError === undefined) return { status, headers: lambdaHeaders, functionError, payload };
  return {
    status,
    headers: [...lambdaHeaders, ['x-amz-function-error', functionError]],
    functionError,
    payload,
  };
}

function failureIn({ status, functionError, payload }: Answer, { endpoint }: Slot): Failure | undefined {
  const end = functionError === undefined ? endOfFunction(status, payload) : undefined;
  if (end || (status >= 200 && status < 300)) return end;
  const told = `${endpoint} answered ${status}: ${payload.toString('latin1', 0, 500)}`;
  if (status === 429) return new Failure('throttled', told, { retryAfterS: 1 });
  if (status === 413) return new Failure('too_large', told);
  return new Failure('invoke_rejected', told);
}

/** Codes of errors before a byte was sent. */
const unreachedCodes = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ETIMEDOUT',
  'UND_ERR_CONNECT_TIMEOUT',
]);

function isUnreached(error: NodeJS.ErrnoException): boolean {
  return unreachedCodes.has(error.code ?? '');
}

function connectionFailure(error: Error, { endpoint }: Slot): Failure {
  const kind = isUnreached(error) ? 'connect' : 'function_exit';
  return new Failure(kind, `${endpoint}: ${error.message || String(error)}`, { cause: error });
}
