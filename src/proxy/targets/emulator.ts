import type { IncomingHttpHeaders } from 'node:http';
import type { Dispatcher } from 'undici';
import type { Connections } from '../../aws/invoke/connections.ts';
import type { Invoked } from '../../http/message.ts';
import type { LocalRoute } from '../config.ts';
import { Failure } from '../failures.ts';
import { endOfFunction, isFunctionError } from './in-band-errors.ts';
import type { Call, Slot, Slots, Target } from './target.ts';

/** A little longer than any function runs. */
const longestCallMs = 16 * 60_000;
/** More than Lambda lets a function answer (6 MiB). */
const largestAnswer = 16 * 1024 * 1024;

/**
 * A function behind emulators of the Invoke API, such as AWS's runtime interface emulator, which takes one call at a time,
 * runs on when its caller has left, and answers nearly everything with 200
 * (https://github.com/aws/aws-lambda-runtime-interface-emulator). So a slot is held until the emulator has answered, whoever
 * still waits.
 */
export function createEmulator(
  { endpoints, functionName }: LocalRoute,
  slots: Slots,
  connections: Connections,
): Target {
  const path = `/2015-03-31/functions/${encodeURIComponent(functionName)}/invocations`;
  const ways = new Map(endpoints.map((endpoint) => [endpoint, wayTo(endpoint + path, connections)]));
  return {
    name: endpoints.join(','),
    endpoints: endpoints.length,
    slots,
    runsEventsInline: true,
    invoke: (slot, call, cancellation) =>
      new Promise<Invoked>((resolve, reject) => {
        if (cancellation.reason) {
          slot.release('unused');
          reject(cancellation.reason);
          return;
        }
        const stopWatching = cancellation.onCancel(() =>
          reject(cancellation.reason ?? new Error('cancelled')),
        );
        const reply = new Reply({ slot, stopWatching, resolve, reject });
        const { pool, path: way } = ways.get(slot.endpoint) ?? wayTo(slot.endpoint + path, connections);
        pool.dispatch(requestOn(way, call), reply);
      }),
  };
}

function wayTo(url: string, connections: Connections): { pool: Dispatcher; path: string } {
  const { origin, pathname: path } = new URL(url);
  return { pool: connections.to(origin, false), path };
}

function requestOn(path: string, { payload, traceId, mode }: Call): Dispatcher.DispatchOptions {
  const headers = ['content-type', 'application/json', 'x-amzn-trace-id', traceId];
  if (mode === 'async') headers.push('x-amz-invocation-type', 'Event');
  return {
    path,
    method: 'POST',
    headers,
    body: payload,
    headersTimeout: longestCallMs,
    bodyTimeout: longestCallMs,
  };
}

/** Who waits for a reply. */
interface Waiting {
  readonly slot: Slot;
  readonly stopWatching: () => void;
  readonly resolve: (invoked: Invoked) => void;
  readonly reject: (failure: Failure) => void;
}

interface Answer {
  readonly status: number;
  readonly functionError: string | undefined;
  readonly payload: Buffer;
}

/** Collects what an emulator says, whatever its status, and frees the slot then. */
class Reply implements Dispatcher.DispatchHandler {
  readonly #waiting: Waiting;
  readonly #chunks: Buffer[] = [];
  #isSent = false;
  #status = 0;
  #functionError: string | undefined;
  #bytes = 0;

  constructor(waiting: Waiting) {
    this.#waiting = waiting;
  }

  onRequestStart(): void {
    this.#isSent = true;
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: IncomingHttpHeaders,
  ): void {
    this.#status = status;
    this.#functionError = headers['x-amz-function-error']?.toString();
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#bytes += chunk.length;
    this.#chunks.push(chunk);
    if (this.#bytes > largestAnswer)
      controller.abort(new Failure('bad_response', `the answer has more than ${largestAnswer} bytes`));
  }

  onResponseEnd(): void {
    const [first = nothing] = this.#chunks;
    const payload = this.#chunks.length > 1 ? Buffer.concat(this.#chunks) : first;
    const answer = { status: this.#status, functionError: this.#functionError, payload };
    const { slot, resolve, reject } = this.#waiting;
    this.#end('free');
    const failure = failureIn(answer, slot);
    if (failure) reject(failure);
    else resolve(invokedBy(answer));
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    const { slot, reject } = this.#waiting;
    const message = `${slot.endpoint}: ${error.message || String(error)}`;
    this.#end(this.#isSent ? 'free' : 'unreached');
    if (error instanceof Failure) reject(error);
    else reject(new Failure(this.#isSent ? 'function_exit' : 'connect', message, { cause: error }));
  }

  #end(outcome: 'free' | 'unreached'): void {
    this.#waiting.stopWatching();
    this.#waiting.slot.release(outcome);
  }
}

const nothing = Buffer.alloc(0);

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
