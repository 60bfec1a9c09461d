import { describe, expect, it } from 'vitest';
import * as fc from 'fast-check';
import { asFailure, Failure } from '../../../src/proxy/failures.ts';
import { createSlotKeeper, type PoolSpec } from '../../../src/proxy/targets/slots.ts';
import type { Admission, Cancellation, Slot, Slots } from '../../../src/proxy/targets/target.ts';
import { createSharedKeeper, type SharedKeeper } from '../../../src/proxy/workers/shared-slots.ts';
import { SlotDesk } from '../../../src/proxy/workers/slot-desk.ts';
import { tries } from '../../support/explorations.ts';
import { createManualClock } from '../../support/clock/manual-clock.ts';

const patient: Cancellation = { cancelled: false, reason: undefined, onCancel: () => () => undefined };
const lostMs = 60_000;

function specOf(parts: Partial<PoolSpec> = {}): PoolSpec {
  return { route: 'r', endpoints: ['a'], concurrency: 1, queue: { size: 10, timeoutMs: 600_000 }, ...parts };
}

/** Two workers and the process that keeps their places; messages take a while and keep their order. */
function given() {
  const clock = createManualClock();
  const keeper = createSlotKeeper(clock);
  const desk = new SlotDesk(keeper, (act) => void clock.after(lostMs, act));
  const alive = new Set([1, 2]);
  const workerOf = (id: number): SharedKeeper => {
    const line = <Message>(take: (message: Message) => void) => {
      const onTheWay: Message[] = [];
      return (message: Message): void => {
        onTheWay.push(structuredClone(message));
        clock.after(1, () => {
          const [next] = onTheWay.splice(0, 1);
          if (next !== undefined && alive.has(id)) take(next);
        });
      };
    };
    const back = line<Parameters<SharedKeeper['receive']>[0]>((answer) => shared.receive(answer));
    const shared = createSharedKeeper(
      line((request) => desk.receive(id, request, back)),
      createSlotKeeper(clock),
    );
    return shared;
  };
  const kill = (id: number): void => {
    alive.delete(id);
    desk.lost(id);
  };
  return { clock, keeper, desk, kill, workers: [workerOf(1), workerOf(2)] as const };
}

interface Caller {
  slot?: Slot;
  failed?: string;
  cancel(): void;
}

function calling(pool: Slots, admission?: Admission): Caller {
  let act = (): void => undefined;
  let reason: Failure | undefined;
  const caller: Caller = {
    cancel: () => {
      reason ??= new Failure('client_closed', 'gone');
      act();
    },
  };
  const cancellation: Cancellation = {
    cancelled: false,
    get reason() {
      return reason;
    },
    onCancel: (work) => {
      act = work;
      return () => (act = () => undefined);
    },
  };
  (async () => pool.admit(cancellation, admission))().then(
    (slot) => (caller.slot = slot),
    (error: unknown) => (caller.failed = asFailure(error).kind),
  );
  return caller;
}

describe('places that workers share', () => {
  it('are taken by one worker at a time, in the order of arrival', async () => {
    const { clock, workers } = given();
    const [left, right] = workers.map((worker) => worker.pool(specOf()));
    if (!left || !right) throw new Error('two workers');
    const first = calling(left);
    await clock.advance(5);
    const second = calling(right);
    await clock.advance(5);
    const third = calling(left);
    await clock.advance(5);
    expect([first.slot?.endpoint, second.slot, third.slot]).toEqual(['a', undefined, undefined]);
    expect([left.usage(), right.usage()]).toEqual([
      { slots: 1, inUse: 1, queued: 1 },
      { slots: 1, inUse: 0, queued: 1 },
    ]);
    first.slot?.release('free');
    first.slot?.release('free');
    await clock.advance(5);
    expect([second.slot?.endpoint, third.slot]).toEqual(['a', undefined]);
    second.slot?.release('free');
    await clock.advance(5);
    expect(third.slot?.endpoint).toBe('a');
  });

  it('come back when nobody wants them any more, whenever that is', async () => {
    for (const after of [0, 1, 2, 3, 4]) {
      const { clock, workers } = given();
      const [pool] = [workers[0].pool(specOf())];
      const leaving = calling(pool);
      await clock.advance(after);
      leaving.cancel();
      leaving.slot?.release('unused');
      await clock.advance(0);
      expect(leaving.failed).toBe(leaving.slot ? undefined : 'client_closed');
      const next = calling(pool);
      await clock.advance(10);
      expect(next.slot?.endpoint).toBe('a');
      expect(pool.usage()).toEqual({ slots: 1, inUse: 1, queued: 0 });
    }
  });

  it('are refused with the reason', async () => {
    const { clock, workers } = given();
    const pool = workers[0].pool(specOf({ queue: { size: 0, timeoutMs: 10 } }));
    const [first, second] = [calling(pool), calling(pool)];
    await clock.advance(5);
    expect([first.slot?.endpoint, second.failed]).toEqual(['a', 'queue_full']);
    const [refused] = await Promise.allSettled([(async () => pool.admit(patient))(), clock.advance(5)]);
    expect(refused).toMatchObject({ reason: { kind: 'queue_full', retryAfterS: 1 } });
  });

  it('without a limit are not asked for', async () => {
    const { workers } = given();
    const pool = workers[0].pool(specOf({ concurrency: Infinity }));
    const slots = await Promise.all(Array.from({ length: 50 }, async () => pool.admit(patient)));
    expect(slots.length).toBe(50);
    expect(pool.usage()).toEqual({ slots: Infinity, inUse: 50, queued: 0 });
  });

  it('stay when routes change otherwise, or others alike go', async () => {
    const { clock, workers } = given();
    const [worker] = workers;
    const before = worker.pool(specOf());
    const alike = worker.pool(specOf());
    before.close();
    const other = worker.pool(specOf({ route: 'other' }));
    other.close();
    const call = calling(alike);
    const late = calling(before);
    await clock.advance(10);
    expect([call.slot?.endpoint, call.failed, late.slot, late.failed]).toEqual([
      'a',
      undefined,
      undefined,
      undefined,
    ]);
    call.slot?.release('free');
    await clock.advance(10);
    expect(late.slot?.endpoint).toBe('a');
  });

  it('are told of calls that wait, and of endpoints to leave out', async () => {
    const { clock, workers } = given();
    const pool = workers[0].pool(specOf({ endpoints: ['a', 'b'] }));
    let queued = 0;
    const admission = { onQueued: () => (queued += 1), except: ['a'] };
    const [first, second] = [calling(pool, admission), calling(pool, admission)];
    await clock.advance(5);
    expect([first.slot?.endpoint, second.slot, second.failed]).toEqual(['b', undefined, undefined]);
    expect(queued).toBe(2);
  });
});

describe('a worker that is lost', () => {
  it('gives back its places once its calls may have ended, and waits no more at once', async () => {
    const { clock, workers, kill } = given();
    const [lost, other] = workers.map((worker) => worker.pool(specOf()));
    if (!lost || !other) throw new Error('two workers');
    calling(lost);
    calling(lost);
    await clock.advance(5);
    const next = calling(other);
    await clock.advance(5);
    kill(1);
    await clock.advance(lostMs - 100);
    expect(next.slot).toBeUndefined();
    await clock.advance(200);
    expect(next.slot?.endpoint).toBe('a');
  });

  it('has its pools closed, and no other worker those', async () => {
    const { clock, workers, kill } = given();
    workers[0].pool(specOf());
    const pool = workers[1].pool(specOf());
    await clock.advance(5);
    kill(1);
    const call = calling(pool);
    await clock.advance(5);
    expect(call.slot?.endpoint).toBe('a');
  });
});

it('never grants more places than there are, and none for ever to those who left', async () => {
  const step = fc.record({
    worker: fc.constantFrom(0 as const, 1 as const),
    act: fc.constantFrom('admit', 'admit', 'release', 'release', 'cancel', 'wait', 'reload'),
    pick: fc.nat(),
  });
  const property = fc.asyncProperty(
    fc.array(step, { maxLength: 60 }),
    fc.integer({ min: 1, max: 3 }),
    async (steps, concurrency) => {
      const { clock, workers } = given();
      const spec = specOf({ concurrency, endpoints: ['a', 'b'], queue: { size: 100, timeoutMs: 600_000 } });
      const pools = workers.map((worker) => worker.pool(spec));
      const callers: Caller[] = [];
      const most = 2 * concurrency;
      const running = () => callers.filter(({ slot }) => slot !== undefined);
      const end = (caller: Caller) => {
        caller.slot?.release('free');
        callers.splice(callers.indexOf(caller), 1);
      };
      for (const { worker, act, pick } of steps) {
        const pool = pools[worker];
        if (act === 'admit' && pool) callers.push(calling(pool));
        if (act === 'wait') await clock.advance(pick % 4);
        if (act === 'reload') {
          const before = pools[worker];
          pools[worker] = workers[worker].pool({ ...spec, queue: { size: 100 + pick, timeoutMs: 600_000 } });
          before?.close();
        }
        const caller =
          act === 'release'
            ? running()[pick % Math.max(1, running().length)]
            : callers[pick % Math.max(1, callers.length)];
        if (caller && act === 'release') end(caller);
        if (caller && act === 'cancel') {
          caller.cancel();
          end(caller);
        }
        expect(running().length).toBeLessThanOrEqual(most);
      }
      for (let turn = 0; turn < 200 && callers.length > 0; turn += 1) {
        await clock.advance(5);
        expect(running().length).toBeLessThanOrEqual(most);
        for (const caller of running()) end(caller);
      }
      expect(callers).toEqual([]);
      await clock.advance(10);
      for (const pool of pools) expect(pool.usage()).toMatchObject({ inUse: 0, queued: 0 });
    },
  );
  await fc.assert(property, tries(100));
});
