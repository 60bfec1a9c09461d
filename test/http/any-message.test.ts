import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeBase64 } from '../../src/http/body.ts';
import { isHeaderName, isHeaderValue } from '../../src/http/headers.ts';
import { echo, seenIn } from '../support/http/echo-function.ts';
import { tries } from '../support/explorations.ts';
import { allFormats, invokedOf, requestOf } from '../support/http/messages.ts';

const bytes = fc.uint8Array({ maxLength: 200 }).map((array) => Buffer.from(array));
const someBody = fc.oneof(
  bytes,
  fc.string({ unit: 'binary' }).map((text) => Buffer.from(text)),
);
const type = fc.constantFrom(
  'text/plain',
  'application/json',
  'text/html; charset=latin1',
  'image/png',
  '',
  'x',
);
const printable = fc.string({
  unit: fc.integer({ min: 0x21, max: 0xff }).map((code) => String.fromCharCode(code)),
});
/** Escapes of paths are tested by their own; one setting decodes them. */
const path = printable.map((text) => `/${text.replaceAll(/[?#%\x7f]/g, '')}`);
const names = fc.stringMatching(/^x-[a-z_]{1,5}$/);
const headers = fc.uniqueArray(
  fc.tuple(
    names,
    printable.map((text) => text.replaceAll('\x7f', '')),
  ),
  {
    selector: ([name]) => name,
  },
);

const told = allFormats.filter(([name]) => name !== 'raw');

describe.each(told)('%s', (name, format) => {
  it('loses no byte of a request on its way through a function that echoes', () => {
    fc.assert(
      fc.property(someBody, type, headers, (body, contentType, others) => {
        const length: [string, string] = ['content-length', String(body.length)];
        const request = requestOf({ headers: [['content-type', contentType], ...others, length], body });
        const answer = format.decode(invokedOf(echo(format.encode(request)), { headers: [] }));
        const expected = [...others, ['content-type', contentType]];
        expect(answer).toMatchObject({ ok: true, value: { status: 200, body } });
        expect(answer.ok && Object.fromEntries(answer.value.headers)).toEqual(Object.fromEntries(expected));
      }),
      tries(200),
    );
  });

  it('keeps every byte of the target', () => {
    fc.assert(
      fc.property(path, fc.option(printable, { nil: undefined }), (path, query) => {
        const { target } = seenIn(format.encode(requestOf({ path, query })));
        const whole = query === undefined || (query === '' && name !== 'envoy') ? path : `${path}?${query}`;
        expect(target).toBe(/^(alb|apigw-v1)/.test(name) ? path : whole);
      }),
      tries(200),
    );
  });
});

describe.each(allFormats)('%s', (_name, format) => {
  it('answers any payload with valid HTTP or a problem, and never throws', () => {
    const member = fc.oneof(fc.jsonValue(), fc.string({ unit: 'binary' }), fc.integer());
    const map = fc.dictionary(fc.string({ unit: 'binary' }), fc.oneof(member, fc.array(member)));
    const answer = fc.record(
      {
        statusCode: fc.oneof(fc.integer({ min: 90, max: 610 }), member),
        headers: fc.oneof(map, member),
        multiValueHeaders: fc.oneof(map, member),
        cookies: fc.oneof(fc.array(fc.string({ unit: 'binary' })), member),
        body: member,
        isBase64Encoded: fc.oneof(fc.boolean(), member),
      },
      { requiredKeys: [] },
    );
    const json = fc.oneof(answer, fc.jsonValue()).map((value) => Buffer.from(JSON.stringify(value)));
    const streamed = fc
      .tuple(json, bytes)
      .map(([head, body]) => Buffer.concat([head, Buffer.alloc(8), body]));
    fc.assert(
      fc.property(fc.oneof(json, streamed, bytes), (payload) => {
        const decoded = format.decode(invokedOf(payload));
        const { status, headers } = decoded.ok ? decoded.value : { status: 500, headers: [] };
        expect(status >= 200 && status <= 599).toBe(true);
        expect(headers.every(([name, value]) => isHeaderName(name) && isHeaderValue(value))).toBe(true);
        expect(
          headers.every(([name, value]) => name === name.toLowerCase() && !/[^\0-\xff]/.test(value)),
        ).toBe(true);
      }),
      tries(500),
    );
  });

  it('takes payloads of any depth', () => {
    const deep = '['.repeat(200_000) + ']'.repeat(200_000);
    for (const payload of [deep, `{"statusCode":${deep}}`, `{"statusCode":200,"headers":{"a":${deep}}}`])
      expect(() => format.decode(invokedOf(Buffer.from(payload)))).not.toThrow();
  });
});

describe('base64', () => {
  it('comes back from either alphabet, with and without padding, broken into lines anywhere', () => {
    fc.assert(
      fc.property(
        bytes,
        fc.constantFrom('base64', 'base64url'),
        fc.boolean(),
        fc.nat(80),
        (body, alphabet, bare, at) => {
          const text = body.toString(alphabet);
          const unpadded = bare ? text.replaceAll('=', '') : text;
          expect(decodeBase64(`${unpadded.slice(0, at)}\r\n${unpadded.slice(at)}\n`)).toEqual(body);
        },
      ),
      tries(300),
    );
  });

  it('is told from all other text', () => {
    const texts = fc.string({
      unit: fc.constantFrom('A', 'z', '9', '+', '-', '/', '_', '=', '!', ' ', 'ü', '漢'),
    });
    const whole = /^(?:[\w+/-]{4})*(?:[\w+/-]{2}(?:==)?|[\w+/-]{3}=?)?$/;
    fc.assert(
      fc.property(texts, (text) => {
        expect(decodeBase64(text) !== undefined).toBe(whole.test(text));
      }),
      tries(1000),
    );
  });
});
