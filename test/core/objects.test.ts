import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sameJson } from '../../src/core/objects.ts';
import { tries } from '../support/explorations.ts';
import { canonicalJson } from '../support/canonical-json.ts';

describe('sameJson', () => {
  it('takes undefined members for absent ones', () => {
    expect(sameJson({ a: undefined }, {})).toBe(true);
  });

  it('sees a member called __proto__', () => {
    const value: unknown = JSON.parse('{"__proto__":{"b":1,"a":2}}');
    expect(sameJson(value, {})).toBe(false);
    expect(sameJson(value, JSON.parse('{"__proto__":{"a":2,"b":1}}'))).toBe(true);
  });

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
