import type { Clock } from '../../core/clock.ts';

/**
 * Asks once for all who want to know while nobody has answered, and for `keepMs` milliseconds after that.
 * @param ask gives the answer anew
 */
export function sharedQuestion<Answer>(
  clock: Pick<Clock, 'now'>,
  keepMs: number,
  ask: () => Promise<Answer>,
): () => Promise<Answer> {
  let last: { readonly answer: Promise<Answer>; answeredAt: number } | undefined;
  return () => {
    if (last && clock.now() - last.answeredAt < keepMs) return last.answer;
    const question = { answer: ask(), answeredAt: Infinity };
    const answered = (): void => {
      question.answeredAt = clock.now();
    };
    question.answer.then(answered, answered);
    last = question;
    return question.answer;
  };
}
