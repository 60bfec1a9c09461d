import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../src/core/clock.ts';
import { deadlineIn, withTimeout } from '../../src/core/deadline.ts';
import { createManualClock } from '../support/clock/manual-clock.ts';

/** Work that goes on until its signal aborts, and throws the reason then. */
function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error));
  });
}

const never = (): Promise<never> => new Promise(() => {});
const caught = (work: Promise<unknown>): Promise<unknown> => work.catch((error: unknown) => error);

describe('a deadline', () => {
  it('counts down, also past its end', async () => {
    const clock = createManualClock();
    const deadline = deadlineIn(clock, 1000);
    expect(deadline.remaining()).toBe(1000);
    await clock.advance(1500);
    expect(deadline.remaining()).toBe(-500);
    expect(deadlineIn(clock, Number.POSITIVE_INFINITY).remaining()).toBe(Number.POSITIVE_INFINITY);
  });
});

describe('withTimeout', () => {
  it('returns what the work returns and throws what it throws', async () => {
    const deadline = deadlineIn(createManualClock(), 1000);
    expect(await withTimeout(deadline, 100, 'Consul', async () => 7)).toBe(7);
    const failure = new Error('refused');
    expect(await caught(withTimeout(deadline, 100, 'Consul', () => Promise.reject(failure)))).toBe(failure);
  });

  it.each([
    ['stops when its signal aborts', untilAborted],
    ['never ends', never],
  ])('says who did not answer in time when the work %s', async (_how, work) => {
    const clock = createManualClock();
    const outcome = caught(withTimeout(deadlineIn(clock, 1000), 100, 'Consul', work));
    await clock.advance(100);
    expect(await outcome).toMatchObject({
      code: 'UPSTREAM_TIMEOUT',
      message: 'Consul did not answer within 100 ms.',
    });
  });

  it('says that time ran out when the deadline comes first', async () => {
    const clock = createManualClock();
    const outcome = caught(withTimeout(deadlineIn(clock, 50), 100, 'Consul', untilAborted));
    await clock.advance(50);
    expect(await outcome).toMatchObject({ code: 'DEADLINE_EXCEEDED' });
  });

  it('does not begin without time', async () => {
    const clock = createManualClock();
    const deadline = deadlineIn(clock, 50);
    await clock.advance(50);
    let begun = false;
    const work = async (): Promise<void> => {
      begun = true;
    };
    expect(await caught(withTimeout(deadline, 100, 'Consul', work))).toMatchObject({
      code: 'DEADLINE_EXCEEDED',
    });
    expect(begun).toBe(false);
  });

  it.each([
    ['heeds it', untilAborted],
    ['does not', never],
  ])("ends with the reason of the deadline's signal, whether the work %s", async (_how, work) => {
    const stop = new AbortController();
    const deadline = deadlineIn(createManualClock(), 1000, stop.signal);
    const outcome = caught(withTimeout(deadline, 100, 'Consul', work));
    const reason = new Error('the client went away');
    stop.abort(reason);
    expect(await outcome).toBe(reason);
    let begun = false;
    const late = withTimeout(deadline, 100, 'Consul', async () => {
      begun = true;
    });
    expect(await caught(late)).toBe(reason);
    expect(begun).toBe(false);
  });

  it("leaves nothing behind at the deadline's signal, which may live as long as the program", async () => {
    const { signal } = new AbortController();
    const deadline = deadlineIn(systemClock, 60_000, signal);
    await withTimeout(deadline, 60_000, 'Consul', async () => {});
    await caught(withTimeout(deadline, 60_000, 'Consul', () => Promise.reject(new Error('refused'))));
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });

  it('leaves no timer behind that would keep a process alive', async () => {
    const before = process.getActiveResourcesInfo().filter((resource) => resource === 'Timeout').length;
    await withTimeout(deadlineIn(systemClock, 60_000), 60_000, 'Consul', async () => {});
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
    const after = process.getActiveResourcesInfo().filter((resource) => resource === 'Timeout').length;
    expect(after).toBe(before);
  });
});

describe('the system clock', () => {
  it('ends a sleep with the reason of the signal', async () => {
    const abort = new AbortController();
    const sleep = systemClock.sleep(60_000, abort.signal);
    const reason = new Error('enough');
    abort.abort(reason);
    await expect(sleep).rejects.toBe(reason);
    await expect(systemClock.sleep(60_000, abort.signal)).rejects.toBe(reason);
  });
});
