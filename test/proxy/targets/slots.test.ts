import { describe, expect, it } from 'vitest';
import { asFailure, Failure } from '../../../src/proxy/failures.ts';
import { createSlotKeeper, type PoolSpec } from '../../../src/proxy/targets/slots.ts';
import type { Admission, Cancellation, Slot, Slots } from '../../../src/proxy/targets/target.ts';
import { createManualClock } from '../../support/clock/manual-clock.ts';

const patient: Cancellation = { cancelled: false, reason: undefined, onCancel: () => () => undefined };

function specOf(parts: Partial<PoolSpec> = {}): PoolSpec {
  return { route: 'r', endpoints: ['a'], concurrency: 1, queue: { size: 10, timeoutMs: 60_000 }, ...parts };
}

function given(parts: Partial<PoolSpec> = {}) {
  const clock = createManualClock();
  const keeper = createSlotKeeper(clock);
  return { clock, keeper, pool: keeper.pool(specOf(parts)) };
}

/** The call's endpoint once it has one, or the kind of its failure. */
function calling(pool: Slots, admission?: Admission) {
  const call: { slot?: Slot; failed?: string } = {};
  (async () => pool.admit(patient, admission))().then(
    (slot) => (call.slot = slot),
    (error: unknown) => (call.failed = asFailure(error).kind),
  );
  return call;
}

async function unreached(pool: Slots, times: number): Promise<void> {
  for (let turn = 0; turn < times; turn += 1) (await pool.admit(patient)).release('unreached');
}

describe('places after a change of routes', () => {
  it('are not more because calls of before are there', async () => {
    const { clock, keeper, pool } = given();
    const before = await pool.admit(patient);
    const after = keeper.pool(specOf({ queue: { size: 5, timeoutMs: 60_000 } }));
    pool.close();
    const next = calling(after);
    await clock.advance(0);
    expect(next).toEqual({});
    before.release('free');
    await clock.advance(0);
    expect(next.slot?.endpoint).toBe('a');
  });

  it('are more at once for those who wait', async () => {
    const { clock, keeper, pool } = given();
    await pool.admit(patient);
    const waiting = [calling(pool), calling(pool), calling(pool)];
    await clock.advance(0);
    keeper.pool(specOf({ concurrency: 3 }));
    pool.close();
    await clock.advance(0);
    expect(waiting.map(({ slot }) => slot?.endpoint)).toEqual(['a', 'a', undefined]);
  });

  it('are fewer once calls of before have ended', async () => {
    const { clock, keeper, pool } = given({ concurrency: 3 });
    const slots = [await pool.admit(patient), await pool.admit(patient), await pool.admit(patient)];
    const fewer = keeper.pool(specOf());
    pool.close();
    const next = calling(fewer);
    for (const slot of slots.slice(0, 2)) slot.release('free');
    await clock.advance(0);
    expect(next.slot).toBeUndefined();
    slots[2]?.release('free');
    await clock.advance(0);
    expect(next.slot).toBeDefined();
  });

  it('count for requests that took their route before it went', async () => {
    const { clock, keeper, pool } = given();
    pool.close();
    keeper.pool(specOf({ endpoints: ['other'] }));
    const late = calling(pool);
    await clock.advance(0);
    expect(late.slot).toBeDefined();
    const again = keeper.pool(specOf({ concurrency: 1, route: 'again' }));
    const next = calling(again);
    const later = calling(pool);
    await clock.advance(0);
    expect([next, later]).toEqual([{}, {}]);
    late.slot?.release('free');
    await clock.advance(0);
    next.slot?.release('free');
    await clock.advance(0);
    expect(later.slot).toBeDefined();
  });
});

describe('an endpoint that cannot be reached', () => {
  it('is closed after five failures in a row, for a time that doubles up to 15 s', async () => {
    const { clock, pool } = given();
    await unreached(pool, 4);
    (await pool.admit(patient)).release('free');
    await unreached(pool, 5);
    for (const seconds of [1, 2, 4, 8, 15, 15]) {
      await clock.advance(seconds * 1000 - 1);
      await expect((async () => pool.admit(patient))()).rejects.toMatchObject({ kind: 'circuit_open' });
      await clock.advance(1);
      await unreached(pool, 1);
    }
    await clock.advance(15_000);
    (await pool.admit(patient)).release('free');
    await unreached(pool, 4);
    expect((await pool.admit(patient)).endpoint).toBe('a');
  });

  it('is tried by one call at a time, which says nothing when nobody made it', async () => {
    const { clock, pool } = given({ concurrency: 3 });
    await unreached(pool, 5);
    await clock.advance(1000);
    const trial = await pool.admit(patient);
    const others = [calling(pool), calling(pool), calling(pool)];
    await clock.advance(0);
    trial.release('unused');
    await clock.advance(0);
    expect(others.map(({ slot }) => slot !== undefined)).toEqual([true, false, false]);
    others[0]?.slot?.release('free');
    await clock.advance(0);
    expect(others.map(({ slot }) => slot !== undefined)).toEqual([true, true, true]);
  });

  it('is taken to be back when a trial lasts', async () => {
    const { clock, pool } = given({ concurrency: 3 });
    await unreached(pool, 5);
    await clock.advance(1000);
    const trial = await pool.admit(patient);
    const others = [calling(pool), calling(pool), calling(pool)];
    await clock.advance(5_999);
    expect(others.map(({ slot }) => slot !== undefined)).toEqual([false, false, false]);
    await clock.advance(1);
    expect(others.map(({ slot }) => slot !== undefined)).toEqual([true, true, false]);
    trial.release('free');
    await clock.advance(0);
    expect(others[2]?.slot).toBeDefined();
  });

  it('fails those who wait for it alone when it closes again, and serves others when it opens', async () => {
    const { clock, keeper, pool } = given();
    const wide = keeper.pool(specOf({ endpoints: ['a', 'b'], route: 'wide' }));
    await unreached(pool, 5);
    expect((await wide.admit(patient)).endpoint).toBe('b');
    await clock.advance(1000);
    const trial = await pool.admit(patient);
    const [alone, choosing] = [calling(pool), calling(wide)];
    await clock.advance(0);
    trial.release('unreached');
    await clock.advance(0);
    expect([alone, choosing]).toEqual([{ failed: 'circuit_open' }, {}]);
    const later = calling(wide);
    await clock.advance(2000);
    expect([choosing.slot?.endpoint, later.slot]).toEqual(['a', undefined]);
  });

  it('serves who waits when its time is over, though timers ring a little early', async () => {
    const clock = createManualClock();
    const early = {
      ...clock,
      after: (ms: number, act: () => void) => clock.after(ms > 1 ? ms - 0.5 : ms, act),
    };
    const pool = createSlotKeeper(early).pool(specOf({ endpoints: ['a', 'b'] }));
    const busy = await pool.admit(patient);
    expect(busy.endpoint).toBe('a');
    await unreached(pool, 5);
    const waiting = calling(pool);
    await clock.advance(1_001);
    expect(waiting.slot?.endpoint).toBe('b');
  });

  it('is left to others by calls that could not reach it, even in a full queue', async () => {
    const { clock, pool } = given({ endpoints: ['a', 'b'], queue: { size: 0, timeoutMs: 60_000 } });
    const [first, second] = [await pool.admit(patient), await pool.admit(patient)];
    expect([first.endpoint, second.endpoint]).toEqual(['a', 'b']);
    first.release('unreached');
    const again = calling(pool, { except: ['a'] });
    await clock.advance(0);
    expect(again).toEqual({});
    second.release('free');
    await clock.advance(0);
    expect(again.slot?.endpoint).toBe('b');
  });

  it('does not make a whole pool closed', async () => {
    const { pool, keeper } = given({ endpoints: ['a', 'b'] });
    await unreached(keeper.pool(specOf({ endpoints: ['b'], route: 'b' })), 5);
    expect((await pool.admit(patient)).endpoint).toBe('a');
    await expect((async () => pool.admit(patient, { except: ['a'] }))()).rejects.toMatchObject({
      kind: 'connect',
    });
  });
});

describe('a call that is cancelled', () => {
  it('before it waits takes no place', async () => {
    const { pool } = given();
    const reason = new Failure('client_closed', 'gone');
    await expect((async () => pool.admit({ ...patient, reason }))()).rejects.toBe(reason);
    expect(pool.usage()).toEqual({ slots: 1, inUse: 0, queued: 0 });
  });
});

it('tells that a call is not refused, before it has its place', async () => {
  const { clock, pool } = given({ queue: { size: 1, timeoutMs: 1000 } });
  const told: string[] = [];
  for (const name of ['runs', 'waits', 'is refused']) {
    calling(pool, { onQueued: () => told.push(name) });
    await clock.advance(0);
  }
  expect(told).toEqual(['runs', 'waits']);
});
