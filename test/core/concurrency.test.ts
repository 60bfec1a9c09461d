import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mapConcurrent } from '../../src/core/concurrency.ts';
import { createManualClock } from '../support/clock/manual-clock.ts';
import { tries } from '../support/explorations.ts';

describe('mapConcurrent', () => {
  it('returns the results in the order of the items and never exceeds its limit', async () => {
    const durations = fc.array(fc.nat({ max: 50 }), { maxLength: 30 });
    const property = fc.asyncProperty(durations, fc.integer({ min: 1, max: 8 }), async (durations, limit) => {
      const clock = createManualClock();
      let running = 0;
      let most = 0;
      const mapped = mapConcurrent(durations, limit, async (ms) => {
        running += 1;
        most = Math.max(most, running);
        await clock.sleep(ms);
        running -= 1;
        return ms * 2;
      });
      await clock.advance(10_000);
      expect(await mapped).toEqual(durations.map((ms) => ms * 2));
      expect(most).toBeLessThanOrEqual(limit);
      expect(most).toBe(Math.min(limit, durations.length));
    });
    await fc.assert(property, tries(50));
  });

  it('starts nothing more after a failure and waits for what runs', async () => {
    const clock = createManualClock();
    const started: number[] = [];
    const ended: number[] = [];
    const failure = new Error('item 2');
    const mapped = mapConcurrent([1, 2, 3, 4, 5], 2, async (item) => {
      started.push(item);
      await clock.sleep(item === 2 ? 10 : 100);
      if (item === 2) throw failure;
      ended.push(item);
    }).catch((error: unknown) => error);
    await clock.advance(1000);
    expect(await mapped).toBe(failure);
    expect(started).toEqual([1, 2]);
    expect(ended).toEqual([1]);
  });

  it('throws the failure that came first, not the one of the first item', async () => {
    const clock = createManualClock();
    const mapped = mapConcurrent([100, 10], 2, async (ms) => {
      await clock.sleep(ms);
      throw new Error(`after ${ms} ms`);
    }).catch((error: unknown) => error);
    await clock.advance(1000);
    expect(await mapped).toEqual(new Error('after 10 ms'));
  });
});
