import { expect, it } from 'vitest';
import { pairsIn, valueLists } from '../../src/http/pairs.ts';

it('keeps every value of a map in order, and what is no text is none', () => {
  expect(pairsIn({ b: ['2', '1'], A: 'x', none: null, odd: [3, '4'] })).toEqual([
    ['b', '2'],
    ['b', '1'],
    ['A', 'x'],
    ['odd', '4'],
  ]);
  expect([pairsIn(null), pairsIn(undefined)]).toEqual([[], []]);
});

it('lists the values of a name in any case, whatever the name', () => {
  const lists = valueLists([
    ['Vary', 'accept'],
    ['vary', 'host'],
    ['__proto__', 'x'],
  ]);
  expect(Object.entries(lists)).toEqual([
    ['vary', ['accept', 'host']],
    ['__proto__', ['x']],
  ]);
});
