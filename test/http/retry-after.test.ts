import { expect, it } from 'vitest';
import { retryAfter } from '../../src/http/retry-after.ts';

const now = Date.parse('2026-07-28T12:00:00Z');

it.each([
  [undefined, undefined],
  ['0', 0],
  ['120', 120_000],
  ['Tue, 28 Jul 2026 12:00:30 GMT', 30_000],
  ['soon', undefined],
  ['', undefined],
])('reads the wait of Retry-After: %s', (header, ms) => {
  expect(retryAfter(header, now)).toBe(ms);
});
