import type { Readable } from 'node:stream';
import type { CallOff } from '../../core/deadline.ts';
import type { Invoked } from '../../http/message.ts';
import type { Failure } from '../failures.ts';

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
export interface Cancellation extends CallOff {
  /** Why, once it is cancelled: what the call is to fail with. */
  readonly reason: Failure | undefined;
}

/** What became of a call. */
export type Outcome = 'free' | 'unreached' | 'unused';

/** How a call waits for its place. */
export interface Admission {
  /** Called when a place is free or the call waits for one, so that it is not refused for want of room. */
  readonly onQueued?: (() => void) | undefined;
  /** Endpoints that the call could not reach. It goes to another, for which it may wait even in a full queue. */
  readonly except?: readonly string[];
}

/** Leave to send one call. */
export interface Slot {
  /** Which of the target's endpoints it is for. */
  readonly endpoint: string;
  /**
   * Gives it back when the function is free again. `unreached` says that no connection could be made, which a breaker
   * counts; `unused`, that nobody tried.
   */
  release(outcome: Outcome): void;
}

/** How many places there are, how many are taken, and how many requests wait for one. */
export interface Usage {
  /** `Infinity` where nothing limits them. */
  readonly slots: number;
  readonly inUse: number;
  readonly queued: number;
}

/** Where a target's calls wait for their turn. */
export interface Slots {
  /**
   * Waits for a free place.
   * @returns the place itself where one is free at once
   * @throws Failure queue_full, queue_timeout, circuit_open, or the cancellation's reason
   */
  admit(cancellation: Cancellation, admission?: Admission): Promise<Slot> | Slot;
  usage(): Usage;
  /** No route leads here any more; only requests that took it before may still come. */
  close(): void;
}

/** What invokes one function, wherever it runs. */
export interface Target {
  /** For logs and `/routes`. */
  readonly name: string;
  /** How many there are to choose from. */
  readonly endpoints: number;
  readonly slots: Slots;
  /** Whether an asynchronous call is answered after the function has run. */
  readonly runsEventsInline: boolean;
  /**
   * Sends the call and releases the slot when the function is free again, which may be long after nobody waits any more.
   * @throws Failure, the cancellation's reason among them
   */
  invoke(slot: Slot, call: Call, cancellation: Cancellation): Promise<Invoked | InvokedStream>;
}
