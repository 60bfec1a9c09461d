import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Cancellation, Outcome, Slot } from '../../../src/proxy/targets/target.ts';
import { asFailure } from '../../../src/proxy/failures.ts';
import { createSlotKeeper } from '../../../src/proxy/targets/slots.ts';
import { tries } from '../../support/explorations.ts';
import { createManualClock } from '../../support/clock/manual-clock.ts';
import { type ModelCall, SlotWorld, type TwoPools } from '../../support/proxy/slot-world.ts';

const patient: Cancellation = { cancelled: false, reason: undefined, onCancel: () => () => undefined };

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

const specs: fc.Arbitrary<TwoPools> = fc.record({
  concurrency: fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 })),
  size: fc.tuple(fc.nat(3), fc.nat(3)),
  shared: fc.boolean(),
  endpoints: fc.integer({ min: 1, max: 3 }),
});

async function take(world: SlotWorld, step: Step): Promise<void> {
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
    const world = new SlotWorld(spec);
    for (const step of taken) {
      await take(world, step);
      world.check();
    }
    for (let call = world.running[0]; call; call = world.running[0]) await world.release(call, 'free');
    expect(world.waiting).toEqual([]);
  });
  await fc.assert(property, tries(300));
});

it('forgets nobody where endpoints come and go', async () => {
  const act = fc.record({
    kind: fc.constantFrom('call', 'call', 'free', 'unreached', 'unused', 'wait'),
    pick: fc.nat(4_000),
  });
  const property = fc.asyncProperty(
    fc.integer({ min: 1, max: 3 }),
    fc.integer({ min: 1, max: 3 }),
    fc.array(act, { maxLength: 80 }),
    async (endpoints, concurrency, acts) => {
      const clock = createManualClock();
      const names = Array.from({ length: endpoints }, (_, at) => `endpoint${at}`);
      const queue = { size: 100, timeoutMs: 3_600_000 };
      const pool = createSlotKeeper(clock).pool({ route: 'r', endpoints: names, concurrency, queue });
      const seen = { waiting: 0, failures: new Set<string>() };
      const running: Slot[] = [];
      const call = async (): Promise<void> => {
        seen.waiting += 1;
        try {
          running.push(await pool.admit(patient));
        } catch (error) {
          seen.failures.add(asFailure(error).kind);
        }
        seen.waiting -= 1;
      };
      for (const { kind, pick } of acts) {
        if (kind === 'call') void call();
        else if (kind === 'wait') await clock.advance(pick);
        else running.splice(pick % Math.max(1, running.length), 1)[0]?.release(kind);
        await clock.advance(0);
        for (const name of names) {
          expect(running.filter(({ endpoint }) => endpoint === name).length).toBeLessThanOrEqual(concurrency);
        }
        expect(pool.usage()).toMatchObject({ inUse: running.length, queued: seen.waiting });
      }
      for (let turn = 0; seen.waiting > 0 && turn < 200; turn += 1) {
        await clock.advance(15_000);
        running.splice(0, 1)[0]?.release('free');
      }
      await clock.advance(0);
      seen.failures.delete('circuit_open');
      expect(seen).toEqual({ waiting: 0, failures: new Set() });
    },
  );
  await fc.assert(property, tries(300));
});
