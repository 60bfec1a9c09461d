import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Failure } from '../failures.ts';
import type { Route } from '../routes/route.ts';
import type { Cancellation } from '../targets/target.ts';
import { traceIdOf } from './trace-id.ts';

/** One request and its answer, with what is known of them so far. */
export class Exchange implements Cancellation {
  readonly incoming: IncomingMessage;
  readonly outgoing: ServerResponse;
  readonly requestId = randomUUID();
  /** As `X-Amzn-Trace-Id` has it, the client's or one of our own. */
  readonly traceId: string;
  /** On the clock of `performance`. */
  readonly started = performance.now();
  host = '';
  path = '';
  peer = '';
  sourceIp = '';
  route: Route | undefined;
  queueMs = 0;
  invokeMs: number | undefined;
  bytesIn = 0;
  bytesOut = 0;
  failure: Failure | undefined;
  #reason: Failure | undefined;
  #act: (() => void) | undefined;

  constructor(incoming: IncomingMessage, outgoing: ServerResponse) {
    this.incoming = incoming;
    this.outgoing = outgoing;
    this.traceId = traceIdOf(incoming.headers['x-amzn-trace-id'], this.requestId, Date.now());
  }

  get cancelled(): boolean {
    return this.#reason !== undefined;
  }

  get reason(): Failure | undefined {
    return this.#reason;
  }

  /** Ends what is going on for it, unless it was cancelled before. */
  cancel(reason: Failure): void {
    if (this.#reason) return;
    this.#reason = reason;
    this.#act?.();
  }

  /** One act at a time: a request waits for its body, then for a place, then for its function. */
  onCancel(act: () => void): () => void {
    if (this.#reason) act();
    this.#act = act;
    return () => {
      if (this.#act === act) this.#act = undefined;
    };
  }
}
