import type { Readable } from 'node:stream';
import type { Invoked } from '../../http/message.ts';

/** One invocation of a function. */
export interface Call {
  /** The event. */
  readonly payload: Buffer;
  /** Sent as `X-Amzn-Trace-Id`. */
  readonly traceId: string;
  readonly mode: 'sync' | 'async';
}

/** An answer whose payload is still coming (`InvokeWithResponseStream`). */
export interface InvokedStream {
  /** The type that the function gave its answer. */
  readonly contentType: string | undefined;
  /** The payload; destroying it ends the call. It fails with a Failure when the function or the connection does. */
  readonly payload: Readable;
}

/** Ends a call whose answer nobody waits for any more. */
export interface Cancellation {
  readonly cancelled: boolean;
  /** Calls `act` once it is cancelled, unless what is returned was called before. */
  onCancel(act: () => void): () => void;
}

/** Leave to send one call; given back when the function is free again. */
export interface Slot {
  release(): void;
}

/** What invokes one function, wherever it runs. */
export interface Target {
  /** For logs and `/routes`. */
  readonly name: string;
  /**
   * Waits for a free place.
   * @throws Failure queue_full at once; rejects with queue_timeout, circuit_open, or client_closed when cancelled
   */
  admit(cancellation: Cancellation): Promise<Slot>;
  /**
   * Sends the call and releases the slot when the function is free again, which may be after the answer.
   * @throws Failure
   */
  invoke(slot: Slot, call: Call, cancellation: Cancellation): Promise<Invoked | InvokedStream>;
  usage(): { readonly slots: number; readonly inUse: number; readonly queued: number };
}
