import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Failure } from '../failures.ts';
import type { Route } from '../routes/route.ts';
import type { Cancellation } from '../targets/target.ts';

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
  readonly #acts = new Set<() => void>();

  constructor(incoming: IncomingMessage, outgoing: ServerResponse) {
    this.incoming = incoming;
    this.outgoing = outgoing;
    this.traceId = traceIdOf(incoming, this.requestId);
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
    for (const act of this.#acts) act();
    this.#acts.clear();
  }

  onCancel(act: () => void): () => void {
    if (this.#reason) act();
    else this.#acts.add(act);
    return () => void this.#acts.delete(act);
  }
}

/**
 * The trace that the client is in, or a new one (https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-tracingheader).
 * @param requestId a UUID, whose digits become those of the trace
 */
function traceIdOf({ headers }: IncomingMessage, requestId: string): string {
  const given = headers['x-amzn-trace-id'];
  if (typeof given === 'string' && /^[\x21-\x7e][\x20-\x7e]{0,1023}$/.test(given)) return given;
  const seconds = Math.floor(Date.now() / 1000).toString(16);
  return `Root=1-${seconds}-${requestId.replaceAll('-', '').slice(0, 24)}`;
}
