import type { Clock } from '../../core/clock.ts';
import type { QueueLimits } from '../config.ts';
import { Failure } from '../failures.ts';
import { areOpen, Endpoint, leastBusy, type Waiter, without } from './endpoint.ts';
import type { Admission, Cancellation, Outcome, Slot, Slots, Usage } from './target.ts';

/** Longer than a connection may take to be made. */
const longestConnectMs = 6_000;

/** Places for the calls of one target. */
export interface PoolSpec {
  /** Whose calls they are. */
  readonly route: string;
  /** What is called, each with places of its own, shared with every other pool that has the same endpoint. */
  readonly endpoints: readonly string[];
  /** Calls at once, for each endpoint; of several pools the smallest counts. */
  readonly concurrency: number;
  readonly queue: QueueLimits;
}

/** Who has the places of all endpoints. */
export interface SlotKeeper {
  pool(spec: PoolSpec): Slots;
}

/** The calls of one target: to the least busy of its endpoints, or into its queue. */
class Pool implements Slots {
  readonly concurrency: number;
  readonly #spec: PoolSpec;
  readonly #endpointOf: (name: string) => Endpoint;
  readonly #clock: Clock;
  #endpoints: readonly Endpoint[] = [];
  #isOpen = false;
  #queued = 0;
  #inUse = 0;

  constructor(spec: PoolSpec, endpointOf: (name: string) => Endpoint, clock: Clock) {
    this.concurrency = spec.concurrency;
    this.#spec = spec;
    this.#endpointOf = endpointOf;
    this.#clock = clock;
    this.#open();
  }

  #open(): void {
    this.#isOpen = true;
    this.#endpoints = this.#spec.endpoints.map(this.#endpointOf);
    for (const endpoint of this.#endpoints) endpoint.join(this);
  }

  usage(): Usage {
    const slots = this.#endpoints.reduce((sum, { concurrency }) => sum + concurrency, 0);
    return { slots, inUse: this.#inUse, queued: this.#queued };
  }

  close(): void {
    this.#isOpen = false;
    for (const endpoint of this.#endpoints) endpoint.leave(this);
  }

  admit(cancellation: Cancellation, admission: Admission = {}): Promise<Slot> | Slot {
    if (cancellation.reason) throw cancellation.reason;
    if (this.#isOpen) return this.#place(cancellation, admission);
    this.#open();
    try {
      return this.#place(cancellation, admission);
    } finally {
      this.close();
    }
  }

  #place(cancellation: Cancellation, { onQueued, except = [] }: Admission): Promise<Slot> | Slot {
    const endpoints = without(except, this.#endpoints);
    if (areOpen(endpoints)) throw areOpen(this.#endpoints) ? circuitOpen(endpoints) : noOther(except);
    const free = leastBusy(endpoints);
    if (free) free.inUse += 1;
    else if (except.length === 0) this.#expectRoom();
    const placed = free
      ? this.#slotOf(free)
      : this.#wait(endpoints, cancellation).then((endpoint) => this.#slotOf(endpoint));
    onQueued?.();
    return placed;
  }

  #expectRoom(): void {
    const { size } = this.#spec.queue;
    if (this.#queued < size) return;
    throw new Failure('queue_full', `${size} requests wait already`, { retryAfterS: 1 });
  }

  #wait(endpoints: readonly Endpoint[], cancellation: Cancellation): Promise<Endpoint> {
    const { timeoutMs } = this.#spec.queue;
    return new Promise((resolve, reject) => {
      const settle = (result: Endpoint | Failure): void => {
        ring();
        stopWatching();
        this.#queued -= 1;
        for (const { waiting } of endpoints) waiting.delete(waiter);
        if (result instanceof Failure) reject(result);
        else resolve(result);
      };
      const waiter: Waiter = { endpoints, settle };
      const ring = this.#clock.after(timeoutMs, () => settle(waitedOut(timeoutMs)));
      const stopWatching = cancellation.onCancel(() => {
        if (cancellation.reason) settle(cancellation.reason);
      });
      this.#queued += 1;
      for (const { waiting } of endpoints) waiting.add(waiter);
    });
  }

  #slotOf(endpoint: Endpoint): Slot {
    this.#inUse += 1;
    let released = false;
    const callOff = endpoint.breaker.isOnTrial ? this.#believe(endpoint) : () => undefined;
    return {
      endpoint: endpoint.name,
      release: (outcome) => {
        if (released) return;
        released = true;
        callOff();
        this.#inUse -= 1;
        endpoint.inUse -= 1;
        this.#learn(endpoint, outcome);
        endpoint.serveNext();
      },
    };
  }

  /** A trial that lasts has its connection, so that others need not wait for its end. */
  #believe(endpoint: Endpoint): () => void {
    return this.#clock.after(longestConnectMs, () => {
      endpoint.breaker.reached();
      endpoint.serveNext();
    });
  }

  /** Timers ring a little early now and then, and more failures may have made the pause longer. */
  #serveAfter(ms: number, endpoint: Endpoint): void {
    this.#clock.after(ms, () => {
      const { openMs } = endpoint.breaker;
      if (openMs > 0) this.#serveAfter(openMs, endpoint);
      else endpoint.serveNext();
    });
  }

  #learn(endpoint: Endpoint, outcome: Outcome): void {
    if (outcome === 'free') endpoint.breaker.reached();
    const pauseMs = outcome === 'unreached' ? endpoint.breaker.unreached() : 0;
    if (pauseMs === 0) return;
    for (const { endpoints, settle } of endpoint.waiting) {
      if (areOpen(endpoints)) settle(circuitOpen(endpoints));
    }
    this.#serveAfter(pauseMs, endpoint);
  }
}

function waitedOut(ms: number): Failure {
  return new Failure('queue_timeout', `waited ${ms} ms for a free place`, { retryAfterS: 1 });
}

function circuitOpen(endpoints: readonly Endpoint[]): Failure {
  const names = endpoints.map(({ name }) => name).join(', ');
  return new Failure('circuit_open', `no connection could be made to ${names} again and again`);
}

function noOther(except: readonly string[]): Failure {
  return new Failure(
    'connect',
    `no connection could be made to ${except.join(', ')}, and others are no better`,
  );
}

/** Keeps the places of every endpoint that pools of this process, or of those who ask it, call. */
export function createSlotKeeper(clock: Clock): SlotKeeper {
  const known = new Map<string, Endpoint>();
  const endpointOf = (name: string): Endpoint => {
    const endpoint = known.get(name) ?? new Endpoint(name, clock);
    known.set(name, endpoint);
    return endpoint;
  };
  return {
    pool: (spec) => {
      for (const [name, endpoint] of known) if (endpoint.isForgotten) known.delete(name);
      return new Pool(spec, endpointOf, clock);
    },
  };
}
