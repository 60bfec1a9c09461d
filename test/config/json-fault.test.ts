import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { jsonFault } from '../../src/config/json-fault.ts';
import { tries } from '../support/explorations.ts';

const isJson = (text: string): boolean => {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
};

describe('a fault of JSON', () => {
  it.each([
    ['', 1, 1],
    ['[{"a":1},]', 1, 10],
    ['[{"a":1,}]', 1, 9],
    ["[{'a':1}]", 1, 3],
    ['[{a:1}]', 1, 3],
    ['[{"a" 1}]', 1, 7],
    ['[\n {"a": "b}\n]', 2, 8],
    ['[1] x', 1, 5],
    ['[1}', 1, 3],
    ['[01]', 1, 2],
    ['[truex]', 1, 2],
    ['{"a":"\\x"}', 1, 6],
    ['[1', 1, 3],
  ])('of %j is on line %d, column %d', (text, line, column) => {
    expect(jsonFault(text)).toEqual({ line, column });
  });

  it('is none of what JSON.parse takes, and there is one in what it does not', () => {
    const mark = fc.constantFrom(...Array.from('[]{}:,"\\1-.e0u \n'), 'true', 'null', '"a"');
    const any = fc.array(mark, { maxLength: 12 }).map((marks) => marks.join(''));
    const broken = fc
      .tuple(fc.json(), fc.nat(), mark)
      .map(
        ([json, at, by]) =>
          json.slice(0, at % (json.length + 1)) + by + json.slice((at % (json.length + 1)) + 1),
      );
    const text = fc.oneof(fc.json(), any, broken);
    fc.assert(
      fc.property(text, (text) => {
        expect(jsonFault(text) === undefined).toBe(isJson(text));
      }),
      tries(2000),
    );
  });
});
