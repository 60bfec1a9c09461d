import { describe, expect, it } from 'vitest';
import { TokenBucket } from '../../src/core/token-bucket.ts';
import { createManualClock, type ManualClock } from '../support/clock/manual-clock.ts';

/** When each of `count` callers got its token. */
function takeAll(clock: ManualClock, bucket: TokenBucket, count: number): number[] {
  const times: number[] = [];
  for (let caller = 0; caller < count; caller += 1) void bucket.take().then(() => times.push(clock.now()));
  return times;
}

describe('a token bucket', () => {
  it('lets a burst through at once and then so many a second, in the order of the callers', async () => {
    const clock = createManualClock();
    const times = takeAll(clock, new TokenBucket(clock, 8, 3), 7);
    await clock.advance(10_000);
    expect(times).toEqual([0, 0, 0, 125, 250, 375, 500]);
  });

  it('fills up again while nobody calls, and no further than the burst', async () => {
    const clock = createManualClock();
    const bucket = new TokenBucket(clock, 10, 2);
    takeAll(clock, bucket, 2);
    await clock.advance(60_000);
    const times = takeAll(clock, bucket, 3);
    await clock.advance(1000);
    expect(times).toEqual([60_000, 60_000, 60_100]);
  });

  it('tells how long a call would have to wait', async () => {
    const clock = createManualClock();
    const bucket = new TokenBucket(clock, 10, 1);
    expect(bucket.waitMs()).toBe(0);
    takeAll(clock, bucket, 2);
    expect(bucket.waitMs()).toBe(200);
    await clock.advance(150);
    expect(bucket.waitMs()).toBeCloseTo(50);
  });

  it('halves its rate and forgets its burst when a call was throttled, down to a sixteenth', async () => {
    const clock = createManualClock();
    const bucket = new TokenBucket(clock, 16, 10);
    bucket.throttled();
    expect(bucket.waitMs()).toBe(125);
    for (let call = 0; call < 10; call += 1) bucket.throttled();
    expect(bucket.waitMs()).toBe(1000);
  });

  it('wins its rate back with every success, up to what it was', async () => {
    const clock = createManualClock();
    const bucket = new TokenBucket(clock, 16, 10);
    for (let call = 0; call < 10; call += 1) bucket.throttled();
    bucket.succeeded();
    expect(bucket.waitMs()).toBe(500);
    for (let call = 0; call < 100; call += 1) bucket.succeeded();
    expect(bucket.waitMs()).toBe(62.5);
  });

  it('lets a caller go who gives up, and leaves the token to others', async () => {
    const clock = createManualClock();
    const bucket = new TokenBucket(clock, 1, 1);
    await bucket.take();
    const abort = new AbortController();
    const waiting = bucket.take(abort.signal);
    const reason = new Error('no time left');
    abort.abort(reason);
    await expect(waiting).rejects.toBe(reason);
    expect(bucket.waitMs()).toBe(1000);
  });
});
