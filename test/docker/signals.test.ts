import { expect, it } from 'vitest';
import { signalNumber } from '../../src/docker/signals.ts';

it.each([
  ['SIGTERM', 15],
  ['term', 15],
  ['15', 15],
  ['SIGQUIT', 3],
  ['SIGUSR1', 10],
  ['SIGKILL', 9],
  ['SIGWINCH', 28],
  ['SIGRTMIN', 34],
  ['SIGRTMIN+3', 37],
  ['RTMAX-14', 50],
  ['', undefined],
  ['SIGNAL', undefined],
  ['SIGRTMIN3', undefined],
])('%j is %s', (text, number) => {
  expect(signalNumber(text)).toBe(number);
});
