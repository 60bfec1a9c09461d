import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson, sameJson } from '../../src/core/canonical-json.ts';
import { tries } from '../support/explorations.ts';

const reversed = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, member]) => [key, reversed(member)] as const);
  return Object.fromEntries(entries.toReversed());
};

describe('canonicalJson', () => {
  it('sorts keys at every depth and leaves lists as they are', () => {
    expect(canonicalJson({ b: [{ d: 1, c: 2 }, 'x'], a: null })).toBe('{"a":null,"b":[{"c":2,"d":1},"x"]}');
  });

  it('leaves out undefined members', () => {
    expect(canonicalJson({ a: undefined, b: 1 })).toBe('{"b":1}');
    expect(sameJson({ a: undefined }, {})).toBe(true);
  });

  it('keeps a member called __proto__', () => {
    const value: unknown = JSON.parse('{"__proto__":{"b":1,"a":2}}');
    expect(canonicalJson(value)).toBe('{"__proto__":{"a":2,"b":1}}');
    expect(sameJson(value, {})).toBe(false);
  });

  it('is the same for the same value however it was put together, and means that value', () => {
    const property = fc.property(fc.jsonValue(), (value) => {
      const plain: unknown = JSON.parse(JSON.stringify(value));
      expect(canonicalJson(reversed(plain))).toBe(canonicalJson(plain));
      expect(JSON.parse(canonicalJson(plain))).toEqual(plain);
    });
    fc.assert(property, tries());
  });
});

describe('sameJson', () => {
  it('holds of values with the same canonical JSON and of no others', () => {
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof({ maxDepth: 3 }, fc.constantFrom(null, false, 0, '', 'a'), tie('list'), tie('object')),
      list: fc.array(tie('value'), { maxLength: 2 }),
      object: fc.dictionary(
        fc.constantFrom('a', 'b', '__proto__', 'toString'),
        fc.option(tie('value'), { nil: undefined }),
        { maxKeys: 2 },
      ),
    }));
    const property = fc.property(value, value, (left, right) => {
      expect(sameJson(left, right)).toBe(canonicalJson(left) === canonicalJson(right));
    });
    fc.assert(property, tries(2000));
  });
});
