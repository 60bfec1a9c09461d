import type { Clock } from '../../core/clock.ts';
import type { Failure } from '../failures.ts';
import { Breaker } from './breaker.ts';

/** Who calls an endpoint, and how often at once. */
interface Sharer {
  readonly concurrency: number;
}

/** A call that waits for a place. */
export interface Waiter {
  readonly endpoints: readonly Endpoint[];
  readonly settle: (result: Endpoint | Failure) => void;
}

/** What is called: its places, whether it can be reached, and who waits for it. */
export class Endpoint {
  readonly name: string;
  readonly breaker: Breaker;
  inUse = 0;
  /** In the order of arrival; who waits at several endpoints is in all of these sets. */
  readonly waiting = new Set<Waiter>();
  readonly #pools = new Set<Sharer>();
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

  join(pool: Sharer): void {
    this.#pools.add(pool);
    this.#agree();
  }

  leave(pool: Sharer): void {
    this.#pools.delete(pool);
    if (this.#pools.size > 0) this.#agree();
  }

  #agree(): void {
    this.#concurrency = Math.min(...[...this.#pools].map(({ concurrency }) => concurrency));
    this.serveNext();
  }

  /** Gives free places to those who wait longest. */
  serveNext(): void {
    for (const waiter of this.waiting) {
      if (!this.isFree) return;
      this.inUse += 1;
      waiter.settle(this);
    }
  }
}

export function without(except: readonly string[], endpoints: readonly Endpoint[]): readonly Endpoint[] {
  return except.length === 0 ? endpoints : endpoints.filter(({ name }) => !except.includes(name));
}

export function areOpen(endpoints: readonly Endpoint[]): boolean {
  return endpoints.every(({ breaker }) => breaker.isOpen);
}

/** Of those that can be reached the least busy; those that lately could not only while the others are busy. */
export function leastBusy(endpoints: readonly Endpoint[]): Endpoint | undefined {
  let least: Endpoint | undefined;
  for (const endpoint of endpoints) {
    if (endpoint.isFree && (least === undefined || isBetter(endpoint, least))) least = endpoint;
  }
  return least;
}

function isBetter(left: Endpoint, right: Endpoint): boolean {
  const [leftFails, rightFails] = [left.breaker.isSuspect, right.breaker.isSuspect];
  return leftFails === rightFails ? left.inUse < right.inUse : rightFails;
}
