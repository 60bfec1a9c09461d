import { expect } from 'vitest';
import { asFailure, Failure } from '../../../src/proxy/failures.ts';
import { createSlotKeeper, type PoolSpec } from '../../../src/proxy/targets/slots.ts';
import type { Outcome, Slot, Slots } from '../../../src/proxy/targets/target.ts';
import { createManualClock, type ManualClock } from '../clock/manual-clock.ts';

/** A call as the model sees it. */
export interface ModelCall {
  readonly number: number;
  readonly pool: number;
  readonly due: number;
  cancel(reason: Failure): void;
  slot?: Slot | undefined;
  failure?: Failure;
}

/** Two pools; `shared` says whether they have the same endpoints. */
export interface TwoPools {
  readonly concurrency: readonly [number, number];
  readonly size: readonly [number, number];
  readonly shared: boolean;
  readonly endpoints: number;
}

const queueMs = 1000;

function expectSame(actual: unknown, expected: unknown): void {
  expect(actual).toEqual(expected);
}

/** Pools that call one and the same endpoints, or endpoints of their own. */
export class SlotWorld {
  readonly clock: ManualClock = createManualClock();
  readonly specs: readonly PoolSpec[];
  readonly pools: readonly Slots[];
  readonly waiting: ModelCall[] = [];
  readonly running: ModelCall[] = [];
  #calls = 0;

  constructor({ concurrency, size, shared, endpoints }: TwoPools) {
    const names = (pool: number) =>
      Array.from({ length: endpoints }, (_, at) => `http://${shared ? '' : `pool${pool}-`}endpoint${at}`);
    this.specs = [0, 1].map((pool) => ({
      route: `route${pool}`,
      endpoints: names(pool),
      concurrency: concurrency[pool] ?? 1,
      queue: { size: size[pool] ?? 0, timeoutMs: queueMs },
    }));
    const keeper = createSlotKeeper(this.clock);
    this.pools = this.specs.map((spec) => keeper.pool(spec));
  }

  places(endpoint: string): number {
    return Math.min(
      ...this.specs.filter((spec) => spec.endpoints.includes(endpoint)).map((spec) => spec.concurrency),
    );
  }

  isFree(endpoint: string): boolean {
    return this.running.filter(({ slot }) => slot?.endpoint === endpoint).length < this.places(endpoint);
  }

  async admit(pool: number): Promise<void> {
    const { endpoints = [], queue } = this.specs[pool] ?? {};
    const finds = endpoints.some((endpoint) => this.isFree(endpoint));
    const isFull = this.waiting.filter((call) => call.pool === pool).length >= (queue?.size ?? 0);
    let act = (): void => undefined;
    let reason: Failure | undefined;
    const call: ModelCall = {
      number: (this.#calls += 1),
      pool,
      due: this.clock.now() + queueMs,
      cancel: (why) => {
        reason = why;
        act();
      },
    };
    const cancellation = {
      cancelled: false,
      get reason() {
        return reason;
      },
      onCancel: (work: () => void) => {
        act = work;
        return () => (act = () => undefined);
      },
    };
    (async () => this.pools[pool]?.admit(cancellation))().then(
      (slot) => (call.slot = slot),
      (error: unknown) => (call.failure = asFailure(error)),
    );
    await this.clock.advance(0);
    if (finds) {
      expectSame(call.slot !== undefined, true);
      this.running.push(call);
    } else if (isFull) expectSame(call.failure?.kind, 'queue_full');
    else {
      expectSame([call.slot, call.failure], [undefined, undefined]);
      this.waiting.push(call);
    }
  }

  async release(call: ModelCall, outcome: Outcome): Promise<void> {
    const endpoint = call.slot?.endpoint ?? '';
    this.running.splice(this.running.indexOf(call), 1);
    const next = this.waiting.find(({ pool }) => this.specs[pool]?.endpoints.includes(endpoint));
    call.slot?.release(outcome);
    call.slot?.release(outcome);
    await this.clock.advance(0);
    expectSame(next?.slot?.endpoint, next && endpoint);
    if (next) {
      this.waiting.splice(this.waiting.indexOf(next), 1);
      this.running.push(next);
    }
  }

  async cancel(call: ModelCall): Promise<void> {
    const reason = new Failure('client_closed', 'gone');
    call.cancel(reason);
    await this.clock.advance(0);
    expectSame(call.failure, reason);
    this.waiting.splice(this.waiting.indexOf(call), 1);
  }

  async wait(ms: number): Promise<void> {
    await this.clock.advance(ms);
    for (const call of this.waiting.filter(({ due }) => due <= this.clock.now())) {
      expectSame(call.failure?.kind, 'queue_timeout');
      this.waiting.splice(this.waiting.indexOf(call), 1);
    }
  }

  /** What holds after every step. */
  check(): void {
    for (const [at, pool] of this.pools.entries()) {
      const { endpoints = [] } = this.specs[at] ?? {};
      const ours = (calls: readonly ModelCall[]) => calls.filter((call) => call.pool === at).length;
      const slots = endpoints.reduce((sum, endpoint) => sum + this.places(endpoint), 0);
      expectSame(pool.usage(), { slots, inUse: ours(this.running), queued: ours(this.waiting) });
    }
    for (const { slot, failure, pool } of this.waiting) {
      expectSame([slot, failure], [undefined, undefined]);
      const isFree = this.specs[pool]?.endpoints.some((endpoint) => this.isFree(endpoint));
      expectSame(isFree, false);
    }
  }
}
