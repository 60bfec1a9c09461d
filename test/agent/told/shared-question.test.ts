import { expect, it } from 'vitest';
import { sharedQuestion } from '../../../src/agent/told/shared-question.ts';
import { createManualClock } from '../../support/clock/manual-clock.ts';

function given(keepMs: number) {
  const clock = createManualClock();
  const answers: ((answer: string) => void)[] = [];
  const ask = sharedQuestion(clock, keepMs, () => new Promise<string>((resolve) => answers.push(resolve)));
  return { clock, answers, ask };
}

it('asks once for all who want to know while nobody has answered', async () => {
  const { clock, answers, ask } = given(0);
  const all = [ask(), ask()];
  await clock.advance(60_000);
  all.push(ask());
  expect(answers).toHaveLength(1);
  answers[0]?.('first');
  expect(await Promise.all(all)).toEqual(['first', 'first', 'first']);
  void ask();
  expect(answers).toHaveLength(2);
});

it('keeps an answer for its time', async () => {
  const { clock, answers, ask } = given(1000);
  const first = ask();
  await clock.advance(5000);
  answers[0]?.('first');
  await first;
  await clock.advance(999);
  expect(await ask()).toBe('first');
  await clock.advance(1);
  void ask();
  expect(answers).toHaveLength(2);
});

it('asks anew after a question that failed', async () => {
  const clock = createManualClock();
  let count = 0;
  const ask = sharedQuestion(clock, 0, () => {
    count += 1;
    return count === 1 ? Promise.reject(new Error('no answer')) : Promise.resolve(count);
  });
  await expect(ask()).rejects.toThrow('no answer');
  expect(await ask()).toBe(2);
});
