import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type PreludeStep, PreludeReader, preludeIn } from '../../src/http/prelude.ts';
import { tries } from '../support/explorations.ts';
import { streamed } from '../support/http/messages.ts';

const head = {
  statusCode: 201,
  headers: { 'content-type': 'text/html', 'x-odd': '}"{\\' },
  cookies: ['a=1'],
};
const lines = [
  ['content-type', 'text/html'],
  ['x-odd', '}"{\\'],
  ['set-cookie', 'a=1'],
];

/** What the reader says of chunks, once it knows or when they end, with the bytes that it gave back and did not take. */
function read(chunks: readonly Buffer[], required = false): { step: PreludeStep; body: string } {
  const reader = new PreludeReader(required);
  for (const [at, chunk] of chunks.entries()) {
    const step = reader.push(chunk);
    if (step.kind !== 'more') return { step, body: bodyOf(step, chunks.slice(at + 1)) };
  }
  const step = reader.end();
  return { step, body: bodyOf(step, []) };
}

function bodyOf(step: PreludeStep, left: readonly Buffer[]): string {
  return Buffer.concat(['rest' in step ? step.rest : Buffer.alloc(0), ...left]).toString();
}

describe('a prelude', () => {
  it('is the same wherever the payload is split', () => {
    const payload = streamed(head, 'ü\0\0body');
    for (const required of [true, false]) {
      for (let first = 0; first <= payload.length; first += 1) {
        for (const second of [first, first + 1, first + 9]) {
          const chunks = [
            payload.subarray(0, first),
            payload.subarray(first, second),
            payload.subarray(second),
          ];
          const { step, body } = read(chunks, required);
          expect(step).toMatchObject({ kind: 'head', head: { status: 201, headers: lines } });
          expect(body).toBe('ü\0\0body');
        }
      }
    }
  });

  it('is known with its last byte', () => {
    const reader = new PreludeReader(true);
    const payload = streamed(head);
    expect(reader.push(payload.subarray(0, -1))).toEqual({ kind: 'more' });
    expect(reader.push(payload.subarray(-1))).toMatchObject({ kind: 'head', rest: Buffer.alloc(0) });
  });

  it.each([
    ['nothing', {}, 200, [['content-type', 'application/octet-stream']]],
    [
      'lists',
      { statusCode: '404', multiValueHeaders: { a: ['1', '2'], 'content-type': ['x/y'] } },
      404,
      [
        ['a', '1'],
        ['a', '2'],
        ['content-type', 'x/y'],
      ],
    ],
  ])('may say %s', (_what, told, status, headers) => {
    expect(read([streamed(told)]).step).toMatchObject({ kind: 'head', head: { status, headers } });
  });

  it.each([{ statusCode: 99 }, { statusCode: null }, { headers: { a: 'b\n' } }, { headers: [] }])(
    'that says what HTTP does not allow is malformed: %j',
    (told) => {
      for (const required of [true, false])
        expect(read([streamed(told)], required).step).toMatchObject({ kind: 'malformed' });
    },
  );
});

describe('a payload without a prelude', () => {
  it.each([
    '',
    'text',
    '<p>{}',
    ' {"a":1}',
    '[{}]',
    '{}',
    '{"a":{"b":"}\\"}"}}',
    '{"a":1} \0\0\0\0\0\0\0\0x',
    '{"a":1}\0\0\0\0\0\0\0x',
    '{"a":1}\n{"a":2}',
    '{"a":1',
    '{"a"\0\0\0\0\0\0\0\0',
    '{a}\0\0\0\0\0\0\0\0x',
  ])('is given back whole: %j', (text) => {
    const payload = Buffer.from(text);
    for (let at = 0; at <= payload.length; at += 1) {
      const { step, body } = read([payload.subarray(0, at), payload.subarray(at)]);
      expect(step.kind).toBe('none');
      expect(body).toBe(text);
    }
    expect(read([payload], true).step).toEqual({
      kind: 'malformed',
      problem: 'must begin with a JSON object and eight NUL bytes',
    });
    expect(preludeIn(payload)).toBeUndefined();
  });

  it.each(['t', '<', '[', '{}x', '{"a":"}"}\n'])('is not held back after %j', (text) => {
    expect(new PreludeReader(false).push(Buffer.from(text))).toEqual({
      kind: 'none',
      rest: Buffer.from(text),
    });
  });

  it('is given back when it stays open for a megabyte', () => {
    const chunk = Buffer.alloc(65_536, '{');
    const reader = new PreludeReader(false);
    for (let chunks = 1; chunks <= 16; chunks += 1) expect(reader.push(chunk)).toEqual({ kind: 'more' });
    const step = reader.push(chunk);
    expect(step).toMatchObject({ kind: 'none' });
    expect(bodyOf(step, [])).toHaveLength(17 * chunk.length);
  });
});

it('is found in whole payloads as in chunks, whatever they are', () => {
  const part = fc.constantFrom('{', '}', '"', '\\', '\0', '\0\0\0\0', 'a', '{"statusCode":200}', '{}', ':1');
  fc.assert(
    fc.property(fc.array(fc.array(part, { maxLength: 5 }), { maxLength: 5 }), (parts) => {
      const chunks = parts.map((chunk) => Buffer.from(chunk.join('')));
      const payload = Buffer.concat(chunks);
      const { step, body } = read(chunks);
      const answers = {
        more: 'never at the end',
        none: undefined,
        head: { ok: true, value: { ...('head' in step ? step.head : {}), body: Buffer.from(body) } },
        malformed: { ok: false, problem: 'problem' in step ? step.problem : '' },
      };
      expect(preludeIn(payload)).toEqual(answers[step.kind]);
      expect(payload.toString().endsWith(body)).toBe(true);
    }),
    tries(500),
  );
});
