import { expect, it } from 'vitest';
import { commonLogTime } from '../../src/http/common-log-time.ts';

it.each([
  [0, '01/Jan/1970:00:00:00 +0000'],
  [999, '01/Jan/1970:00:00:00 +0000'],
  [Date.UTC(2026, 10, 20, 9, 14, 3, 999), '20/Nov/2026:09:14:03 +0000'],
  [Date.UTC(2024, 1, 29, 23, 59, 59), '29/Feb/2024:23:59:59 +0000'],
])('writes %i as %s', (time, text) => {
  expect(commonLogTime(time)).toBe(text);
});
