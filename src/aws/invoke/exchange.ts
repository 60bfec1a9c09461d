import type { IncomingHttpHeaders } from 'node:http';
import type { Dispatcher } from 'undici';
import type { CallOff } from '../../core/deadline.ts';
import { AppError, isAppError } from '../../core/errors.ts';
import type { Pairs } from '../../http/pairs.ts';
import { type AwsRequest, awsError, describe } from '../errors.ts';

import type { AnswerStream } from './answer-stream.ts';

/** An answer of Lambda, whole, or with a payload that is still coming. */
export interface Answer {
  readonly status: number;
  /** End to end, names in lower case. */
  readonly headers: Pairs;
  readonly body: Buffer;
  readonly stream: AnswerStream | undefined;
}

/** Takes the payload of a good answer as it comes, in place of its being kept until it is whole. */
export type OpenStream = (controller: Dispatcher.DispatchController) => AnswerStream;

/** What an exchange is about, beside the bytes. */
export interface Circumstances {
  /** For messages. */
  readonly request: AwsRequest;
  readonly callOff: CallOff;
  readonly openStream: OpenStream | undefined;
}

/** More than Lambda ever answers at once, 6 MiB and an envelope. */
const largestBody = 16 * 1024 * 1024;
const noBody = Buffer.alloc(0);

/**
 * Sends one request once.
 * @throws AppError UPSTREAM_UNAVAILABLE or UPSTREAM_TLS, retryable when no byte was sent; UPSTREAM_TIMEOUT;
 *   DEADLINE_EXCEEDED when called off; UPSTREAM_REJECTED for an answer that is too large
 */
export function exchange(
  pool: Dispatcher,
  options: Dispatcher.DispatchOptions,
  circumstances: Circumstances,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const handler = new Exchange(circumstances, resolve, reject);
    if (handler.begin()) pool.dispatch(options, handler);
  });
}

/** A class, not closures, since one is made for every request that the proxy forwards. */
class Exchange implements Dispatcher.DispatchHandler {
  readonly #circumstances: Circumstances;
  readonly #resolve: (answer: Answer) => void;
  readonly #reject: (error: AppError) => void;
  #controller: Dispatcher.DispatchController | undefined;
  #forget: (() => void) | undefined;
  #ended = false;
  #status = 0;
  #headers: Pairs = [];
  #stream: AnswerStream | undefined;
  readonly #chunks: Buffer[] = [];
  #size = 0;

  constructor(
    circumstances: Circumstances,
    resolve: (answer: Answer) => void,
    reject: (error: AppError) => void,
  ) {
    this.#circumstances = circumstances;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  /** Whether there is still anything to send. */
  begin(): boolean {
    const { callOff } = this.#circumstances;
    if (callOff.cancelled) this.#fail(calledOff(this.#circumstances.request));
    else this.#forget = callOff.onCancel(() => this.#callOff());
    return !this.#ended;
  }

  /** The next thing that happens is that bytes are written: before it, none were. */
  onRequestStart(controller: Dispatcher.DispatchController): void {
    if (this.#ended) controller.abort(calledOff(this.#circumstances.request));
    else this.#controller = controller;
  }

  onResponseStart(
    controller: Dispatcher.DispatchController,
    status: number,
    headers: IncomingHttpHeaders,
  ): void {
    if (status < 200) return;
    this.#status = status;
    this.#headers = endToEnd(headers);
    if (status !== 200 || !this.#circumstances.openStream) return;
    this.#stream = this.#circumstances.openStream(controller);
    this.#answer();
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#stream) {
      this.#stream.receive(chunk);
      return;
    }
    this.#size += chunk.length;
    if (this.#size > largestBody) throw this.#tooLarge();
    this.#chunks.push(chunk);
  }

  onResponseEnd(): void {
    this.#end();
    if (this.#stream) this.#stream.finish();
    else this.#answer();
  }

  onResponseError(_controller: Dispatcher.DispatchController | null, cause: Error): void {
    this.#fail(this.#explain(cause));
  }

  #answer(): void {
    const [first = noBody] = this.#chunks;
    this.#resolve({
      status: this.#status,
      headers: this.#headers,
      body: this.#chunks.length > 1 ? Buffer.concat(this.#chunks, this.#size) : first,
      stream: this.#stream,
    });
  }

  #end(): void {
    this.#ended = true;
    this.#forget?.();
  }

  #fail(error: AppError): void {
    if (this.#ended) return;
    this.#end();
    if (this.#stream) this.#stream.fail(error);
    else this.#reject(error);
  }

  #callOff(): void {
    if (this.#controller) this.#controller.abort(calledOff(this.#circumstances.request));
    else this.#fail(calledOff(this.#circumstances.request));
  }

  #explain(cause: Error): AppError {
    if (isAppError(cause)) return cause;
    const { request } = this.#circumstances;
    if (!this.#controller) return awsError(cause, request);
    const code = 'code' in cause ? cause.code : undefined;
    const timedOut = code === 'UND_ERR_HEADERS_TIMEOUT' || code === 'UND_ERR_BODY_TIMEOUT';
    const what = describe(request);
    const message = timedOut
      ? `${what} did not answer in time.`
      : `The connection for ${what} broke before the answer was complete, after the function may have run: ${cause.message}`;
    return new AppError(timedOut ? 'UPSTREAM_TIMEOUT' : 'UPSTREAM_UNAVAILABLE', message, {
      cause,
      final: true,
    });
  }

  #tooLarge(): AppError {
    const what = describe(this.#circumstances.request);
    return new AppError('UPSTREAM_REJECTED', `The answer to ${what} has more than ${largestBody} bytes.`);
  }
}

/** A call that its caller does not wait for any more. */
export function calledOff(request: AwsRequest): AppError {
  const message = `${describe(request)} was called off: nobody waits for it any more.`;
  return new AppError('DEADLINE_EXCEEDED', message, { final: true });
}

/** Headers of the connection (RFC 9110 section 7.6.1), and the length, which is that of the payload. */
const ofConnection = new Set([
  'connection',
  'content-length',
  'keep-alive',
  'proxy-authenticate',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

function endToEnd(headers: IncomingHttpHeaders): Pairs {
  const pairs: Pairs = [];
  for (const name in headers) {
    const values = headers[name];
    if (values === undefined || ofConnection.has(name)) continue;
    if (typeof values === 'string') pairs.push([name, values]);
    else for (const value of values) pairs.push([name, value]);
  }
  return pairs;
}
