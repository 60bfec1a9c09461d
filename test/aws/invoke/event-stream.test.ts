import { crc32 } from 'node:zlib';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createStreamDecoder, type StreamMessage } from '../../../src/aws/invoke/event-stream.ts';
import { streamMessage } from '../../../src/sandbox/aws/lambda/event-stream.ts';
import { tries } from '../../support/explorations.ts';

/** What comes of these bytes when they arrive in parts that end at `cuts`. */
function decoded(bytes: Buffer, cuts: readonly number[] = []): StreamMessage[] {
  const decoder = createStreamDecoder();
  const ends = [...cuts.toSorted((left, right) => left - right), bytes.length];
  let at = 0;
  return ends.flatMap((end) => {
    const part = bytes.subarray(at, end);
    at = end;
    return decoder.push(part);
  });
}

const stream = Buffer.concat([
  streamMessage({ ':event-type': 'PayloadChunk', ä: '☃' }, Buffer.from('hello')),
  streamMessage({}, Buffer.alloc(0)),
  streamMessage({ ':event-type': 'InvokeComplete' }, Buffer.from('{}')),
]);

const messages: StreamMessage[] = [
  {
    headers: new Map([
      [':event-type', 'PayloadChunk'],
      ['ä', '☃'],
    ]),
    payload: Buffer.from('hello'),
  },
  { headers: new Map(), payload: Buffer.alloc(0) },
  { headers: new Map([[':event-type', 'InvokeComplete']]), payload: Buffer.from('{}') },
];

/** Damage that a decoder must not take for anything else. */
const damage = { code: 'UPSTREAM_UNAVAILABLE', retryable: false };

function failureOf(work: () => unknown): unknown {
  try {
    return work();
  } catch (error) {
    return error;
  }
}

describe('an event stream', () => {
  it('is read whatever two bytes it is cut between', () => {
    for (let cut = 0; cut <= stream.length; cut += 1) expect(decoded(stream, [cut])).toEqual(messages);
    const everywhere = Array.from({ length: stream.length }, (_, at) => at);
    expect(decoded(stream, everywhere)).toEqual(messages);
  });

  it('gives what was written, however it is cut', () => {
    const texts = fc.dictionary(fc.string({ unit: 'grapheme', maxLength: 20 }), fc.string(), { maxKeys: 4 });
    const written = fc.array(fc.tuple(texts, fc.uint8Array({ maxLength: 300 })), { maxLength: 5 });
    fc.assert(
      fc.property(written, fc.array(fc.nat(2_000)), (list, cuts) => {
        const bytes = Buffer.concat(
          list.map(([headers, payload]) => streamMessage(headers, Buffer.from(payload))),
        );
        const expected = list.map(([headers, payload]) => ({
          headers: new Map(Object.entries(headers)),
          payload: Buffer.from(payload),
        }));
        expect(
          decoded(
            bytes,
            cuts.map((cut) => Math.min(cut, bytes.length)),
          ),
        ).toEqual(expected);
      }),
      tries(200),
    );
  });

  it('is refused when any one byte of it differs', () => {
    for (let at = 0; at < stream.length; at += 1) {
      const bytes = Buffer.from(stream);
      bytes[at] = ~(bytes[at] ?? 0) & 0xff;
      expect(failureOf(() => decoded(bytes))).toMatchObject(damage);
    }
  });

  it.each([
    ['headers beyond its end', 40, 60],
    ['headers that are too long', 1_000_000, 200_000],
    ['a payload that is too long', 4_000_000_000, 0],
    ['less than its own frame', 12, 0],
  ])('is refused for %s before anything is kept for it', (_what, total, headers) => {
    expect(failureOf(() => decoded(prelude(total, headers)))).toMatchObject(damage);
  });

  it('may have headers of every type, of which text counts', () => {
    const values = [
      [0, ''],
      [1, ''],
      [2, '01'],
      [3, '0102'],
      [4, '01020304'],
      [5, '0102030405060708'],
      [6, '0002abcd'],
      [7, '000161'],
      [8, '0000000000000000'],
      [9, '00'.repeat(16)],
    ] as const;
    const headers = values.map(([type, value]) => `0168${hex(type)}${value}`).join('');
    expect(decoded(framed(Buffer.from(headers, 'hex')))).toEqual([
      { headers: new Map([['h', 'a']]), payload: Buffer.alloc(0) },
    ]);
  });

  it.each([
    ['an unknown type', '01680a'],
    ['a name that is cut short', '0568'],
    ['a value that is cut short', '016807000561'],
    ['no type', '0168'],
  ])('is refused for a header with %s', (_what, headers) => {
    expect(failureOf(() => decoded(framed(Buffer.from(headers, 'hex'))))).toMatchObject(damage);
  });
});

function hex(byte: number): string {
  return byte.toString(16).padStart(2, '0');
}

/** The bytes of a prelude whose checksum is good. */
function prelude(total: number, headers: number): Buffer {
  const bytes = Buffer.alloc(12);
  bytes.writeUInt32BE(total);
  bytes.writeUInt32BE(headers, 4);
  bytes.writeUInt32BE(crc32(bytes.subarray(0, 8)), 8);
  return bytes;
}

/** A message of these header bytes alone, with good checksums. */
function framed(headers: Buffer): Buffer {
  const message = Buffer.concat([prelude(headers.length + 16, headers.length), headers]);
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(message));
  return Buffer.concat([message, sum]);
}
