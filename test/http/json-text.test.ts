import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { compactJson, parseJson } from '../../src/http/json-text.ts';
import { tries } from '../support/explorations.ts';

it('takes the blanks out between the parts of any JSON, and none within', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const spaced = Buffer.from(JSON.stringify(value, null, ' \t'));
      expect(compactJson(spaced).toString()).toBe(JSON.stringify(value));
    }),
    tries(300),
  );
});

it('reads JSON of any depth, and says when there is none', () => {
  const deep = Buffer.from('['.repeat(200_000) + ']'.repeat(200_000));
  expect(parseJson(deep)).toMatchObject({ ok: true });
  expect(compactJson(deep)).toEqual(deep);
  expect(parseJson(Buffer.from('{'))).toEqual({
    ok: false,
    problem: 'must be JSON, which its 1 bytes are not',
  });
});
