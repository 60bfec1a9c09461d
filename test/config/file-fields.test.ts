import { describe, expect, it } from 'vitest';
import type * as z from 'zod';
import { count, duration, listenPort, optionalText } from '../../src/config/file-fields.ts';
import { matching } from '../../src/core/checked.ts';

/** What a field reads, or what it says. */
function read(field: z.ZodType, value: unknown): unknown {
  const result = field.safeParse(value);
  return result.success ? result.data : result.error.issues.map(({ message }) => message).join('; ');
}

describe('durations', () => {
  it.each([
    [10, 10_000],
    [0.5, 500],
    ['500ms', 500],
    ['10s', 10_000],
    ['1.5m', 90_000],
    ['1440m', 86_400_000],
    [86_400, 86_400_000],
  ])('read %j as %i ms', (value, ms) => {
    expect(read(duration(), value)).toBe(ms);
  });

  it.each([
    0,
    -1,
    0.0004,
    '0s',
    '-1s',
    '10',
    '10 s',
    '10S',
    '1h',
    '1m30s',
    's',
    '1441m',
    86_401,
    Infinity,
    Number.NaN,
    true,
    [10],
    null,
  ])('refuse %j', (value) => {
    expect(read(duration(), value)).toMatch(
      /^must be a number of seconds or a duration such as 500ms, 10s or 15m, from 1ms to 1440m, not /,
    );
  });

  it('may be nothing where that makes sense', () => {
    expect(read(duration(0), 0)).toBe(0);
    expect(read(duration(0), '0ms')).toBe(0);
    expect(read(duration(0), -0.1)).toMatch(/^must be /);
  });
});

it.each([
  ['8080', 8080],
  [8080, 8080],
  ['0', 0],
  [65_535, 65_535],
])('reads the port %j', (value, port) => {
  expect(read(listenPort, value)).toBe(port);
});

it.each(['', 'http', '80a', '-1', '65536', '080808', 65_536, -1, 1.5, true])(
  'refuses the port %j',
  (value) => {
    expect(read(listenPort, value)).toMatch(/^must be a port from 0 to 65535, not /);
  },
);

it('reads whole numbers as numbers alone', () => {
  expect([1, 9].map((value) => read(count(1, 9), value))).toEqual([1, 9]);
  for (const value of [0, 10, 1.5, '5', true, Infinity]) {
    expect(read(count(1, 9), value)).toMatch(/^must be a whole number from 1 to 9, not /);
  }
});

it('takes an empty text for none', () => {
  const letters = optionalText((text) => matching(text, /^[a-z]+$/, 'letters'));
  expect(['', undefined, 'a', 'A'].map((value) => read(letters, value))).toEqual([
    undefined,
    undefined,
    'a',
    'must be letters, not "A"',
  ]);
});
