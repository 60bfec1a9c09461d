import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { asFailure, Failure } from '../../../src/proxy/failures.ts';
import { createSlotKeeper, type PoolSpec } from '../../../src/proxy/targets/slots.ts';
import type { Outcome, Slot, Slots } from '../../../src/proxy/targets/target.ts';
import { tries } from '../../support/explorations.ts';
import { createManualClock, type ManualClock } from '../../support/manual-clock.ts';

/** A call as the model sees it. */
interface ModelCall {
  readonly number: number;
  readonly pool: number;
  readonly due: number;
  cancel(reason: Failure): void;
  slot?: Slot | undefined;
  failure?: Failure;
}

type Step =
  | { readonly kind: 'admit'; readonly pool: number }
  | { readonly kind: 'release'; readonly pick: number; readonly outcome: Outcome }
  | { readonly kind: 'cancel'; readonly pick: number }
  | { readonly kind: 'wait'; readonly ms: number };

const steps = fc.array(
  fc.oneof(
    { weight: 5, arbitrary: fc.record({ kind: fc.constant('admit' as const), pool: fc.nat(1) }) },
    {
      weight: 4,
      arbitrary: fc.record({
        kind: fc.constant('release' as const),
        pick: fc.nat(),
        outcome: fc.constantFrom<Outcome>('free', 'free', 'free', 'unused'),
      }),
    },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('cancel' as const), pick: fc.nat() }) },
    {
      weight: 1,
      arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 700 }) }),
    },
  ),
  { maxLength: 60 },
);

/** Two pools; `shared` says whether they have the same endpoints. */
interface Given {
  readonly concurrency: readonly [number, number];
  readonly size: readonly [number, number];
  readonly shared: boolean;
  readonly endpoints: number;
}

const specs: fc.Arbitrary<Given> = fc.record({
  concurrency: fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 })),
  size: fc.tuple(fc.nat(3), fc.nat(3)),
  shared: fc.boolean(),
  endpoints: fc.integer({ min: 1, max: 3 }),
});

const queueMs = 1000;

/** Pools that call one and the same endpoints, or endpoints of their own. */
class World {
  readonly clock: ManualClock = createManualClock();
  readonly specs: readonly PoolSpec[];
  readonly pools: readonly Slots[];
  readonly waiting: ModelCall[] = [];
  readonly running: ModelCall[] = [];
  #calls = 0;

  constructor({ concurrency, size, shared, endpoints }: Given) {
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
      expect(call.slot).toBeDefined();
      this.running.push(call);
    } else if (isFull) expect(call.failure?.kind).toBe('queue_full');
    else {
      expect([call.slot, call.failure]).toEqual([undefined, undefined]);
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
    expect(next?.slot?.endpoint).toBe(next && endpoint);
    if (next) {
      this.waiting.splice(this.waiting.indexOf(next), 1);
      this.running.push(next);
    }
  }

  async cancel(call: ModelCall): Promise<void> {
    const reason = new Failure('client_closed', 'gone');
    call.cancel(reason);
    await this.clock.advance(0);
    expect(call.failure).toBe(reason);
    this.waiting.splice(this.waiting.indexOf(call), 1);
  }

  async wait(ms: number): Promise<void> {
    await this.clock.advance(ms);
    for (const call of this.waiting.filter(({ due }) => due <= this.clock.now())) {
      expect(call.failure?.kind).toBe('queue_timeout');
      this.waiting.splice(this.waiting.indexOf(call), 1);
    }
  }

  /** What holds after every step. */
  check(): void {
    for (const [at, pool] of this.pools.entries()) {
      const { endpoints = [] } = this.specs[at] ?? {};
      const ours = (calls: readonly ModelCall[]) => calls.filter((call) => call.pool === at).length;
      const slots = endpoints.reduce((sum, endpoint) => sum + this.places(endpoint), 0);
      expect(pool.usage()).toEqual({ slots, inUse: ours(this.running), queued: ours(this.waiting) });
    }
    for (const { slot, failure, pool } of this.waiting) {
      expect([slot, failure]).toEqual([undefined, undefined]);
      expect(this.specs[pool]?.endpoints.some((endpoint) => this.isFree(endpoint))).toBe(false);
    }
  }
}

async function take(world: World, step: Step): Promise<void> {
  const pick = (calls: readonly ModelCall[], at: number) => calls[at % Math.max(1, calls.length)];
  if (step.kind === 'admit') await world.admit(step.pool);
  else if (step.kind === 'wait') await world.wait(step.ms);
  else {
    const call = pick(step.kind === 'cancel' ? world.waiting : world.running, step.pick);
    if (!call) return;
    if (step.kind === 'cancel') await world.cancel(call);
    else await world.release(call, step.outcome);
  }
}

it('gives places to those who wait longest, never too many, and forgets nobody', async () => {
  const property = fc.asyncProperty(specs, steps, async (spec, taken) => {
    const world = new World(spec);
    for (const step of taken) {
      await take(world, step);
      world.check();
    }
    for (let call = world.running[0]; call; call = world.running[0]) await world.release(call, 'free');
    expect(world.waiting).toEqual([]);
  });
  await fc.assert(property, tries(300));
});
