import { expect, it } from 'vitest';
import { type Pairs, combined, pairsIn, valueLists } from '../../src/http/pairs.ts';

it('keeps every value of a map in order, and what is no text is none', () => {
  expect(pairsIn({ b: ['2', '1'], A: 'x', none: null, odd: [3, '4'] })).toEqual([
    ['b', '2'],
    ['b', '1'],
    ['A', 'x'],
    ['odd', '4'],
  ]);
  expect([pairsIn(null), pairsIn(undefined)]).toEqual([[], []]);
});

it('lists the values of a name, whatever the name', () => {
  const lists = valueLists([
    ['vary', 'accept'],
    ['vary', 'host'],
    ['Vary', 'x'],
    ['__proto__', 'x'],
  ]);
  expect(Object.entries(lists)).toEqual([
    ['vary', ['accept', 'host']],
    ['Vary', ['x']],
    ['__proto__', ['x']],
  ]);
});

it('makes one value a name, where its first one was', () => {
  const pairs: Pairs = [
    ['b', '1'],
    ['__proto__', 'x'],
    ['b', ''],
    ['b', '2'],
  ];
  const joined = combined(pairs, (held, value, name) => `${held}${name}${value}`);
  expect([...joined]).toEqual([
    ['b', '1bb2'],
    ['__proto__', 'x'],
  ]);
});
