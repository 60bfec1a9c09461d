import { describe, expect, it } from 'vitest';
import { ReloadPace } from '../../../src/agent/apply/pace.ts';
import { layoutOf } from '../../../src/haproxy/running/layout.ts';
import { createManualClock } from '../../support/clock/manual-clock.ts';
import { configuration } from '../../support/haproxy/models.ts';

const [wanted, other] = [1, 2].map(() => layoutOf(configuration(), '/routes.map'));

function paced(minIntervalMs = 2_000) {
  const clock = createManualClock();
  const pace = new ReloadPace(clock, () => minIntervalMs);
  const waits = (layout = wanted) => Math.max(0, (layout && pace.dueAt(layout) - clock.now()) ?? 0);
  return { clock, pace, waits };
}

describe('a reload', () => {
  it('may be at once, and again after the least interval', () => {
    const { pace, waits } = paced();
    expect(waits()).toBe(0);
    pace.succeeded();
    expect(waits()).toBe(2_000);
  });

  it('waits for what else may be wanted', () => {
    const { clock, pace, waits } = paced();
    pace.waitUntil(clock.now() + 50);
    expect(waits()).toBe(50);
    pace.succeeded();
    expect(waits()).toBe(2_000);
  });

  it('that failed is left alone for a second, doubling to half a minute', async () => {
    const { clock, pace, waits } = paced(0);
    const seen: number[] = [];
    for (let failures = 0; failures < 7; failures += 1) {
      expect(pace.failed()).toBe(waits(other));
      seen.push(waits());
      await clock.advance(waits());
    }
    expect(seen).toEqual([1, 2, 4, 8, 16, 30, 30].map((seconds) => seconds * 1_000));
    pace.succeeded();
    expect(waits()).toBe(0);
    expect(pace.failed()).toBe(1_000);
  });

  it('to what HAProxy refuses is tried again after half a minute, and to another layout before', () => {
    const { pace, waits } = paced();
    if (wanted) pace.refused(wanted);
    expect(waits()).toBe(30_000);
    expect(waits(other)).toBe(2_000);
  });
});
