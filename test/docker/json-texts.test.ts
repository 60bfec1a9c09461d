import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { JsonTexts } from '../../src/docker/json-texts.ts';
import { tries } from '../support/explorations.ts';

const longest = 1000;

function readAll(pieces: readonly Uint8Array[]): unknown[] {
  const texts = new JsonTexts(longest);
  return pieces.flatMap((piece) => texts.push(piece)).map((text) => JSON.parse(text) as unknown);
}

function split(bytes: Uint8Array, cuts: readonly number[]): Uint8Array[] {
  const places = [0, ...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length].sort((a, b) => a - b);
  return places.slice(1).map((end, at) => bytes.subarray(places[at], end));
}

it('finds the objects of a stream, wherever it is split and whatever stands between them', () => {
  const object = fc.dictionary(fc.string({ unit: 'grapheme' }), fc.jsonValue({ maxDepth: 2 }), {
    maxKeys: 3,
  });
  const between = fc.constantFrom('\n', '', '\r\n', ' \t', '\u001E', '\n\n');
  const objects = fc.array(
    object.filter((value) => JSON.stringify(value).length <= longest),
    { maxLength: 6 },
  );
  fc.assert(
    fc.property(objects, between, fc.array(fc.nat(), { maxLength: 20 }), (written, gap, cuts) => {
      const text = gap + written.map((value) => JSON.stringify(value) + gap).join('');
      const found = readAll(split(Buffer.from(text), cuts));
      expect(JSON.stringify(found)).toBe(JSON.stringify(written));
    }),
    tries(),
  );
});

it.each(['null', '[]', 'x', '{}x', 'HTTP/1.1 200 OK'])('takes %j for no stream of objects', (text) => {
  expect(() => readAll([Buffer.from(text)])).toThrow('something that is no JSON object');
});

it('does not collect an object without end', () => {
  const texts = new JsonTexts(longest);
  expect(() => {
    for (let piece = 0; piece < longest; piece += 1) texts.push(Buffer.from('{"a":"'));
  }).toThrow(`an object of more than ${longest} characters`);
});
