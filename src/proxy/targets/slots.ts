import type { Clock } from '../../core/clock.ts';
import type { QueueLimits } from '../config.ts';
import { Failure } from '../failures.ts';
import { Breaker } from './breaker.ts';
import type { Cancellation, Slot, Slots, Usage } from './target.ts';

/** Places for the calls of one target. */
export interface PoolSpec {
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

/** A call that waits for a place. */
interface Waiter {
  readonly pool: Pool;
  readonly settle: (result: Endpoint | Failure) => void;
}

/** What is called: its places, whether it can be reached, and who waits for it. */
class Endpoint {
  readonly name: string;
  readonly breaker: Breaker;
  inUse = 0;
  /** In the order of arrival; who waits at several endpoints is in all of these sets. */
  readonly waiting = new Set<Waiter>();
  readonly #pools = new Set<Pool>();
  #concurrency = Infinity;

  constructor(name: string, clock: Clock) {
    this.name = name;
    this.breaker = new Breaker(clock);
  }

  /** What its pools agree on; it stays when the last of them has gone, for the calls that are left. */
  get concurrency(): number {
    return this.#concurrency;
  }

  get isFree(): boolean {
    const places = this.breaker.isOnTrial ? 1 : this.#concurrency;
    return this.inUse < places && !this.breaker.isOpen;
  }

  get isForgotten(): boolean {
    return this.#pools.size === 0 && this.inUse === 0 && this.waiting.size === 0;
  }

  join(pool: Pool): void {
    this.#pools.add(pool);
    this.#agree();
  }

  leave(pool: Pool): void {
    this.#pools.delete(pool);
    if (this.#pools.size > 0) this.#agree();
  }

  #agree(): void {
    this.#concurrency = Math.min(...[...this.#pools].map(({ concurrency }) => concurrency));
  }
}

/** The calls of one target: to the least busy of its endpoints, or into its queue. */
class Pool implements Slots {
  readonly endpoints: readonly Endpoint[];
  readonly concurrency: number;
  readonly #queue: QueueLimits;
  readonly #clock: Clock;
  #queued = 0;
  #inUse = 0;

  constructor(endpoints: readonly Endpoint[], { concurrency, queue }: PoolSpec, clock: Clock) {
    this.endpoints = endpoints;
    this.concurrency = concurrency;
    this.#queue = queue;
    this.#clock = clock;
    for (const endpoint of endpoints) endpoint.join(this);
  }

  usage(): Usage {
    const slots = this.endpoints.reduce((sum, { concurrency }) => sum + concurrency, 0);
    return { slots, inUse: this.#inUse, queued: this.#queued };
  }

  close(): void {
    for (const endpoint of this.endpoints) endpoint.leave(this);
  }

  get isBroken(): boolean {
    return this.endpoints.every(({ breaker }) => breaker.isOpen);
  }

  async admit(cancellation: Cancellation, onQueued?: () => void): Promise<Slot> {
    if (cancellation.reason) throw cancellation.reason;
    if (this.isBroken) throw circuitOpen(this);
    const free = this.#leastBusy();
    const waited = free ?? this.#wait(cancellation);
    onQueued?.();
    return this.#slotOf(await waited);
  }

  /** Of those that can be reached the least busy; those that lately could not only while the others are busy. */
  #leastBusy(): Endpoint | undefined {
    let least: Endpoint | undefined;
    for (const endpoint of this.endpoints) {
      if (endpoint.isFree && (least === undefined || isBetter(endpoint, least))) least = endpoint;
    }
    if (least) least.inUse += 1;
    return least;
  }

  #wait(cancellation: Cancellation): Promise<Endpoint> {
    const { size, timeoutMs } = this.#queue;
    if (this.#queued >= size)
      throw new Failure('queue_full', `${size} requests wait already`, { retryAfterS: 1 });
    return new Promise((resolve, reject) => {
      const settle = (result: Endpoint | Failure): void => {
        ring();
        stopWatching();
        this.#queued -= 1;
        for (const { waiting } of this.endpoints) waiting.delete(waiter);
        if (result instanceof Failure) reject(result);
        else resolve(result);
      };
      const waiter: Waiter = { pool: this, settle };
      const ring = this.#clock.after(timeoutMs, () => settle(waitedOut(timeoutMs)));
      const stopWatching = cancellation.onCancel(() => {
        if (cancellation.reason) settle(cancellation.reason);
      });
      this.#queued += 1;
      for (const { waiting } of this.endpoints) waiting.add(waiter);
    });
  }

  #slotOf(endpoint: Endpoint): Slot {
    this.#inUse += 1;
    let released = false;
    return {
      endpoint: endpoint.name,
      release: (outcome) => {
        if (released) return;
        released = true;
        this.#inUse -= 1;
        endpoint.inUse -= 1;
        if (outcome === 'unreached') this.#unreached(endpoint);
        else endpoint.breaker.reached();
        serveNext(endpoint);
      },
    };
  }

  #unreached(endpoint: Endpoint): void {
    const pauseMs = endpoint.breaker.unreached();
    if (pauseMs === 0) return;
    for (const { pool, settle } of endpoint.waiting) if (pool.isBroken) settle(circuitOpen(pool));
    if (endpoint.waiting.size > 0) this.#clock.after(pauseMs, () => serveNext(endpoint));
  }
}

function isBetter(left: Endpoint, right: Endpoint): boolean {
  const [leftFails, rightFails] = [left.breaker.isSuspect, right.breaker.isSuspect];
  return leftFails === rightFails ? left.inUse < right.inUse : rightFails;
}

/** Gives free places of an endpoint to those who wait longest. */
function serveNext(endpoint: Endpoint): void {
  for (const waiter of endpoint.waiting) {
    if (!endpoint.isFree) return;
    endpoint.inUse += 1;
    waiter.settle(endpoint);
  }
}

function waitedOut(ms: number): Failure {
  return new Failure('queue_timeout', `waited ${ms} ms for a free place`, { retryAfterS: 1 });
}

function circuitOpen({ endpoints }: Pool): Failure {
  const names = endpoints.map(({ name }) => name).join(', ');
  return new Failure('circuit_open', `no connection could be made to ${names} again and again`);
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
      return new Pool(spec.endpoints.map(endpointOf), spec, clock);
    },
  };
}
