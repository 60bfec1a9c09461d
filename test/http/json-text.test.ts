import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { compactJson, JsonStrings, parseJson } from '../../src/http/json-text.ts';
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

it('gives a text without blanks between its parts as it is', () => {
  const text = Buffer.from('{"a b":["c \\" d",1.50]}');
  expect(compactJson(text)).toBe(text);
});

it('drops nothing but blanks outside strings, whatever the bytes are', () => {
  const byte = fc.constantFrom(...Buffer.from('"\\ \n[a'));
  fc.assert(
    fc.property(fc.array(byte), (bytes) => {
      const strings = new JsonStrings();
      const kept = bytes.filter((each) => strings.take(each) || each > 0x20);
      expect([...compactJson(Buffer.from(bytes))]).toEqual(kept);
    }),
    tries(1000),
  );
});

it('reads JSON of any depth, and says when there is none', () => {
  const deep = Buffer.from('['.repeat(200_000) + ']'.repeat(200_000));
  expect(parseJson(deep)).toMatchObject({ ok: true });
  expect(compactJson(deep)).toBe(deep);
  expect(parseJson(Buffer.from('{'))).toEqual({
    ok: false,
    problem: 'must be JSON, which its 1 bytes are not',
  });
});
