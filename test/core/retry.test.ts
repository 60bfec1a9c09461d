import { describe, expect, it } from 'vitest';
import { deadlineIn } from '../../src/core/deadline.ts';
import { AppError, type ErrorCode } from '../../src/core/errors.ts';
import { retry, type RetryPolicy } from '../../src/core/retry.ts';
import { createManualClock, type ManualClock } from '../support/clock/manual-clock.ts';

const policy: RetryPolicy = { attempts: 5, baseMs: 100, maxMs: 400 };

interface Run {
  clock: ManualClock;
  /** When each attempt was made. */
  attempts: number[];
  result: Promise<string | AppError>;
}

/** Retries work that fails with these codes in turn and then succeeds, on a clock of its own. */
function run(
  failures: readonly ErrorCode[],
  options: { msLeft?: number; random?: number; repeats?: (failure: AppError) => boolean } = {},
): Run {
  const clock = createManualClock();
  const attempts: number[] = [];
  const work = async (): Promise<string> => {
    const code = failures[attempts.length];
    attempts.push(clock.now());
    if (code !== undefined) throw new AppError(code, `attempt ${attempts.length}`);
    return 'done';
  };
  const deadline = deadlineIn(clock, options.msLeft ?? 60_000);
  const random = (): number => options.random ?? 0.999_999;
  const { repeats } = options;
  const patience = { ...policy, ...(repeats && { repeats }) };
  const result = retry(patience, deadline, random, work).catch((error: unknown) => error as AppError);
  return { clock, attempts, result };
}

const throttled = (count: number): ErrorCode[] =>
  Array.from({ length: count }, () => 'UPSTREAM_THROTTLED' as const);

describe('retry', () => {
  it('returns what the first successful attempt returns', async () => {
    const { clock, attempts, result } = run([]);
    await clock.advance(0);
    expect(await result).toBe('done');
    expect(attempts).toEqual([0]);
  });

  it('waits below a ceiling that doubles with every attempt up to its limit', async () => {
    const { clock, attempts, result } = run(throttled(4));
    await clock.advance(10_000);
    expect(await result).toBe('done');
    expect(attempts.map(Math.round)).toEqual([0, 100, 300, 700, 1100]);
  });

  it('spreads its waits over the whole range below the ceiling', async () => {
    const { clock, attempts, result } = run(throttled(2), { random: 0.25 });
    await clock.advance(10_000);
    expect(await result).toBe('done');
    expect(attempts).toEqual([0, 25, 75]);
  });

  it('repeats only what its policy repeats', async () => {
    const repeats = ({ code }: AppError): boolean => code === 'UPSTREAM_THROTTLED';
    const { clock, attempts, result } = run(['UPSTREAM_THROTTLED', 'UPSTREAM_TIMEOUT'], { repeats });
    await clock.advance(10_000);
    expect(await result).toMatchObject({ code: 'UPSTREAM_TIMEOUT' });
    expect(attempts).toHaveLength(2);
  });

  it('throws the last error once its attempts are used up', async () => {
    const { clock, attempts, result } = run(throttled(9));
    await clock.advance(10_000);
    expect(await result).toMatchObject({ code: 'UPSTREAM_THROTTLED', message: 'attempt 5' });
    expect(attempts).toHaveLength(5);
  });

  it.each(['UPSTREAM_AUTH', 'UPSTREAM_REJECTED', 'DEADLINE_EXCEEDED'] as const)(
    'does not repeat what %s would only repeat',
    async (code) => {
      const { clock, attempts, result } = run([code]);
      await clock.advance(10_000);
      expect(await result).toMatchObject({ code });
      expect(attempts).toHaveLength(1);
    },
  );

  it('does not begin a wait that would outlast the deadline', async () => {
    const { clock, attempts, result } = run(throttled(9), { msLeft: 250 });
    await clock.advance(10_000);
    expect(await result).toMatchObject({ code: 'UPSTREAM_THROTTLED' });
    expect(attempts.map(Math.round)).toEqual([0, 100]);
  });

  it("ends a wait with the reason of the deadline's signal", async () => {
    const stop = new AbortController();
    const clock = createManualClock();
    let attempts = 0;
    const result = retry(
      policy,
      deadlineIn(clock, 60_000, stop.signal),
      () => 0.9,
      async () => {
        attempts += 1;
        throw new AppError('UPSTREAM_THROTTLED', 'limited');
      },
    ).catch((error: unknown) => error);
    await clock.advance(10);
    const reason = new Error('the program stops');
    stop.abort(reason);
    expect(await result).toBe(reason);
    expect(attempts).toBe(1);
  });

  it('throws errors that it does not know at once', async () => {
    const failure = new TypeError('a defect');
    const deadline = deadlineIn(createManualClock(), 1000);
    await expect(
      retry(
        policy,
        deadline,
        () => 0,
        () => Promise.reject(failure),
      ),
    ).rejects.toBe(failure);
  });

  it('waits as long as the other side asks for, and not at all beyond the deadline', async () => {
    const attempt = async (msLeft: number): Promise<{ waited: number; code: unknown }> => {
      const clock = createManualClock();
      const busy = new AppError('UPSTREAM_THROTTLED', 'busy', { retryAfterMs: 7_000 });
      const work = async (): Promise<void> => {
        if (clock.now() < 7_000) throw busy;
      };
      const result = retry(policy, deadlineIn(clock, msLeft), () => 0.5, work).then(
        () => undefined,
        (error: unknown) => (error as AppError).code,
      );
      await clock.advance(7_000);
      return { waited: clock.now(), code: await result };
    };
    expect(await attempt(60_000)).toEqual({ waited: 7_000, code: undefined });
    expect((await attempt(5_000)).code).toBe('UPSTREAM_THROTTLED');
  });
});
