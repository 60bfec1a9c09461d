import { setMaxListeners } from 'node:events';
import * as fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import type { Blocking, Indexed } from '../../src/consul/api.ts';
import { nextIndex, watch } from '../../src/consul/watch.ts';
import type { Deadline } from '../../src/core/deadline.ts';
import { tries } from '../support/explorations.ts';
import { createManualClock } from '../support/clock/manual-clock.ts';

interface Told extends Indexed {
  text: string;
}

const stops: AbortController[] = [];
afterEach(() => {
  for (const stop of stops.splice(0)) stop.abort(new Error('the test is over'));
});

/** A watch on a clock of its own, whose reads wait until they are answered. */
function start(onNews: (answer: Told) => boolean = () => true, hearsAll = false) {
  const clock = createManualClock();
  const stop = new AbortController();
  setMaxListeners(0, stop.signal);
  stops.push(stop);
  const asked: (string | undefined)[] = [];
  const news: string[] = [];
  const failures: unknown[] = [];
  let answers = 0;
  let settle: { resolve(answer: Told): void; reject(error: Error): void } | undefined;
  const ended = watch<Told>(
    {
      read: (blocking: Blocking | undefined, { signal }: Deadline) => {
        asked.push(blocking?.index);
        return new Promise((resolve, reject) => {
          settle = { resolve, reject };
          signal?.addEventListener('abort', () => reject(signal.reason as Error));
        });
      },
      isAlsoNews: () => hearsAll,
      onNews: (answer) => {
        news.push(answer.text);
        return onNews(answer);
      },
      onAnswer: () => void (answers += 1),
      onFailure: (error) => failures.push(error),
    },
    { clock, random: () => 0.5, signal: stop.signal },
  );
  return {
    clock,
    stop,
    ended,
    asked,
    news,
    failures,
    answers: () => answers,
    answer: async (text: string, index: string | undefined) => {
      await clock.advance(0);
      settle?.resolve({ text, index });
      await clock.advance(0);
    },
    fail: async (error: Error) => {
      await clock.advance(0);
      settle?.reject(error);
      await clock.advance(0);
    },
  };
}

const minute = 60_000;

describe('a watch', () => {
  it('reads at once, and then waits for what is newer', async () => {
    const { clock, answer, asked, news, answers } = start();
    await clock.advance(0);
    expect(asked).toEqual([undefined]);
    await answer('a', '7');
    expect(asked).toEqual([undefined, '7']);
    await answer('b', '9');
    expect(asked).toEqual([undefined, '7', '9']);
    expect(news).toEqual(['a', 'b']);
    expect(answers()).toBe(2);
  });

  it('tells no news when only the wait is over, though it counts as an answer', async () => {
    const { answer, news, answers } = start();
    await answer('a', '7');
    await answer('a', '7');
    expect(news).toEqual(['a']);
    expect(answers()).toBe(2);
  });

  it('tells of every answer where that is wanted', async () => {
    const { answer, news, asked } = start(undefined, true);
    await answer('a', '7');
    await answer('less', '7');
    expect(news).toEqual(['a', 'less']);
    expect(asked).toEqual([undefined, '7', '7']);
  });

  it('compares indexes that a number cannot hold', async () => {
    const { clock, answer, asked, news } = start();
    await answer('a', '18446744073709551614');
    await answer('b', '18446744073709551615');
    await clock.advance(minute);
    await answer('older', '18446744073709551614');
    expect(asked.slice(1)).toEqual(['18446744073709551614', '18446744073709551615', undefined]);
    expect(news).toEqual(['a', 'b']);
  });

  it('starts anew when the index goes back, and tells nothing before', async () => {
    const { clock, answer, asked, news } = start();
    await answer('a', '900');
    await answer('older', '3');
    expect(asked).toEqual([undefined, '900', undefined]);
    expect(news).toEqual(['a']);
    await answer('b', '3');
    await clock.advance(minute);
    expect(asked.at(-1)).toBe('3');
    expect(news.at(-1)).toBe('b');
  });

  it.each(['0', undefined, '-1', 'x', ''])(
    'asks twice a second at most while the index is %j',
    async (index) => {
      const { clock, answer, asked, news } = start();
      for (let seconds = 0; seconds < 60; seconds += 1) {
        await answer(`${seconds}`, index);
        await clock.advance(500);
      }
      expect(asked).toEqual([undefined, ...Array.from({ length: 60 }, () => '1')]);
      expect(news).toHaveLength(60);
    },
  );

  it('reads four answers at once and then four a second of a Consul that always has news', async () => {
    const { clock, answer, asked } = start();
    for (let index = 1; index <= 4; index += 1) await answer('news', `${index}`);
    expect(asked).toHaveLength(4);
    for (let wake = 0; wake < 40; wake += 1) {
      await clock.advance(250);
      await answer('news', `${100 + wake}`);
    }
    expect(asked).toHaveLength(44);
  });

  it('reports failures, waits longer after each, and reads everything anew', async () => {
    const { clock, answer, fail, failures, asked, news } = start();
    await answer('a', '7');
    const waits = [125, 250, 500, 1000, 2000, 2500, 2500];
    for (const [count, wait] of waits.entries()) {
      await fail(new Error(`failure ${count}`));
      await clock.advance(wait - 1);
      expect(asked).toHaveLength(2 + count);
      await clock.advance(1);
      expect(asked).toHaveLength(3 + count);
    }
    expect(failures).toEqual(waits.map((_wait, count) => new Error(`failure ${count}`)));
    await answer('a', '7');
    expect(asked.slice(2)).toEqual([...waits.map(() => undefined), '7']);
    expect(news).toEqual(['a', 'a']);
  });

  it('reads again what could not be dealt with', async () => {
    let fails = true;
    const { clock, answer, failures, asked, answers } = start(() => {
      if (fails) throw new Error('not now');
      return true;
    });
    await answer('a', '7');
    expect(failures).toEqual([new Error('not now')]);
    expect(answers()).toBe(0);
    fails = false;
    await clock.advance(125);
    expect(asked).toEqual([undefined, undefined]);
    await answer('a', '7');
    expect(answers()).toBe(1);
  });

  it('asks again twice a second for what is not believed, though nothing changes', async () => {
    const { clock, answer, asked, news, answers } = start(() => news.length > 3);
    for (let seconds = 0; seconds < 4; seconds += 1) {
      await answer('odd', '7');
      await clock.advance(499);
      expect(asked).toHaveLength(seconds + (seconds < 3 ? 1 : 2));
      await clock.advance(1);
    }
    expect(asked).toEqual([undefined, undefined, undefined, undefined, '7']);
    expect(answers()).toBe(4);
  });

  it.each([
    ['while it reads', async () => {}],
    ['while it waits after a failure', async ({ fail }: ReturnType<typeof start>) => fail(new Error('no'))],
    ['while it may not ask', async ({ answer }: ReturnType<typeof start>) => answer('a', '0')],
  ])('ends by its signal alone, %s', async (_when, before) => {
    const watched = start();
    await before(watched);
    const failures = watched.failures.length;
    watched.stop.abort(new Error('stop'));
    await watched.ended;
    const asked = watched.asked.length;
    await watched.clock.advance(minute);
    expect(watched.asked).toHaveLength(asked);
    expect(watched.failures).toHaveLength(failures);
  });
});

describe('the index to wait for', () => {
  const index = fc.bigInt({ min: 1n, max: 2n ** 64n - 1n }).map(String);

  it('never goes back, is never 0, and is one that Consul gave', () => {
    const property = fc.property(index, index, (asked, answered) => {
      const wentBack = BigInt(answered) < BigInt(asked);
      expect(nextIndex(asked, answered)).toBe(wentBack ? undefined : answered);
    });
    fc.assert(property, tries());
  });

  it('is 1 where Consul gave none', () => {
    const odd = fc.oneof(fc.constantFrom('0', '00', undefined), fc.stringMatching(/^[^0-9]*$/));
    fc.assert(
      fc.property(fc.option(index, { nil: undefined }), odd, (asked, answered) => {
        expect(nextIndex(asked, answered)).toBe('1');
      }),
      tries(),
    );
  });
});
