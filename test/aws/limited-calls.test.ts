import { describe, expect, it } from 'vitest';
import { createCaller } from '../../src/aws/limited-calls.ts';
import { deadlineIn } from '../../src/core/deadline.ts';
import { TokenBucket } from '../../src/core/token-bucket.ts';
import { createManualClock } from '../support/clock/manual-clock.ts';

const caught = (work: Promise<unknown>): Promise<unknown> => work.catch((error: unknown) => error);
const never = (): Promise<never> => new Promise(() => {});

describe('a limited call', () => {
  it.each([
    [undefined, 5_000],
    [900_000, 900_000],
  ])('with the time limit %s takes %d ms at most', async (timeoutMs, expected) => {
    const clock = createManualClock();
    const request = { action: 'lambda:InvokeFunction', ...(timeoutMs === undefined ? {} : { timeoutMs }) };
    const outcome = caught(createCaller(() => 0).call(request, deadlineIn(clock, 1e9), never));
    let ended = 0;
    void outcome.then(() => (ended = clock.now()));
    await clock.advance(5 * expected);
    expect(await outcome).toMatchObject({ code: 'UPSTREAM_TIMEOUT' });
    expect(ended).toBe(5 * expected);
  });

  it("ends with the deadline's signal while it waits for its turn and while it is answered", async () => {
    const clock = createManualClock();
    const stop = new AbortController();
    const deadline = deadlineIn(clock, 60_000, stop.signal);
    const caller = createCaller(() => 0, new TokenBucket(clock, 0.1, 1));
    const outcomes = [1, 2].map(() => caught(caller.call({ action: 'lambda:ListTags' }, deadline, never)));
    await clock.advance(100);
    expect(caller.sent()).toBe(1);
    const reason = new Error('the program stops');
    stop.abort(reason);
    expect(await Promise.all(outcomes)).toEqual([reason, reason]);
  });
});
