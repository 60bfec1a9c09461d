import { EventEmitter } from 'node:events';
import type { Agent, IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { Writable } from 'node:stream';
import ConsulClient from 'consul';

/** Larger answers are nobody's catalog: 50,000 service-defaults take about 50 MB. */
const maxAnswerBytes = 256 * 1024 * 1024;

export interface WireRequest {
  method: 'GET' | 'PUT' | 'DELETE';
  /** Below `/v1`; `{name}` takes `params.name`, encoded. */
  path: string;
  params: Readonly<Record<string, string>>;
  query: Readonly<Record<string, string>>;
  headers: Readonly<Record<string, string>>;
  body: string | undefined;
}

export interface WireAnswer {
  status: number;
  headers: IncomingHttpHeaders;
  text: string;
}

/** What the `consul` package inherits from papi (https://github.com/silas/node-papi) and leaves out of its types. */
interface RequestCore {
  _request(options: object, afterwards: Afterwards): Promise<Exchange>;
}
interface Exchange {
  res?: IncomingMessage;
  err?: Error;
}
/** A last step of papi's pipeline; `next(false, result)` ends it with a result of our choice. */
type Afterwards = (exchange: Exchange, next: (go: false, result: Exchange) => void) => void;

const whateverTheStatus: Afterwards = (exchange, next) => next(false, exchange);

/** Sends one request and collects the answer, whatever its status; rejects when there is no whole answer. */
export type Send = (request: WireRequest, signal: AbortSignal) => Promise<WireAnswer>;

/** One Consul behind the `consul` package, over the connections of `agent`. */
export function createSend(baseUrl: string, agent: Agent): Send {
  const options = { baseUrl: `${baseUrl}/v1`, agent };
  const core = new ConsulClient(options) as unknown as RequestCore;
  return async ({ body, ...request }, signal) => {
    const ctx = new EventEmitter();
    let stopped: Error | undefined;
    const stop = (reason: Error): void => {
      stopped ??= reason;
      ctx.emit('cancel');
    };
    const onAbort = (): void => stop(signal.reason as Error);
    signal.throwIfAborted();
    signal.addEventListener('abort', onAbort, { once: true });
    const answer = new AnswerBody(stop);
    try {
      const content = body === undefined ? {} : { body: Buffer.from(body), type: 'json' };
      const { res, err } = await core._request(
        { ...request, ...content, ctx, pipe: answer },
        whateverTheStatus,
      );
      if (stopped) throw stopped;
      if (!res) throw err ?? new Error('no answer');
      return { status: res.statusCode ?? 0, headers: res.headers, text: answer.text() };
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  };
}

/** Collects a body, and calls the request off when it grows too large or the connection closes before its end. */
class AnswerBody extends Writable {
  readonly #stop: (reason: Error) => void;
  readonly #chunks: Buffer[] = [];
  #bytes = 0;

  constructor(stop: (reason: Error) => void) {
    super();
    this.#stop = stop;
    this.on('pipe', (source: IncomingMessage) => {
      source.once('close', () => {
        if (!source.complete) stop(new Error('the connection closed before the end of the answer'));
      });
    });
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.#bytes += chunk.length;
    if (this.#bytes > maxAnswerBytes)
      this.#stop(new Error(`the answer is larger than ${maxAnswerBytes} bytes`));
    else this.#chunks.push(chunk);
    done();
  }

  text(): string {
    return Buffer.concat(this.#chunks).toString('utf8');
  }
}
