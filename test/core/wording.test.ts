import { expect, it } from 'vitest';
import { quoted } from '../../src/core/wording.ts';

it.each([
  ['orders', '"orders"'],
  ['two\nlines', String.raw`"two\nlines"`],
  [7, '7'],
  [null, 'null'],
  [undefined, 'nothing'],
  [['a'], '["a"]'],
  [{ a: 1 }, '{"a":1}'],
])('shows %j as %s', (value, shown) => {
  expect(quoted(value)).toBe(shown);
});

it('cuts what is too long for a line', () => {
  expect(quoted('x'.repeat(500))).toBe(`"${'x'.repeat(199)}…`);
  expect(quoted('xxxxx', 3)).toBe('"xx…');
});
