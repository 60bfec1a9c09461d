import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createSigner, type Credentials, percentEncoded } from '../../src/aws/signer.ts';
import { tries } from '../support/explorations.ts';
import { signedByPackage, type ToSign } from '../support/aws/signature-package.ts';

describe('signatures', () => {
  it('are those of the signature package, for any request', async () => {
    await fc.assert(
      fc.asyncProperty(requests, async ({ service, region, credentials, now, body, ...unsigned }) => {
        const ours = createSigner({ service, region }, unsigned).sign(body, credentials, now);
        expect(record(ours)).toEqual(
          await signedByPackage({ service, region, credentials, now, body, ...unsigned }),
        );
      }),
      tries(300),
    );
  });

  it('are those of the signature package for ARNs in paths, which are encoded twice', async () => {
    const arn = encodeURIComponent('arn:aws:lambda:eu-west-1:123456789012:function:a');
    const url = new URL(`https://lambda.eu-west-1.amazonaws.com/2015-03-31/functions/${arn}/invocations`);
    url.search = '?Qualifier=%24LATEST';
    const request = { ...scope, method: 'POST', url, headers: { 'x-amz-invocation-type': 'Event' } };
    const signed = { ...request, credentials: keys, now: 1_800_000_000_000, body: '{"ä":"☃"}' };
    const ours = createSigner(scope, request).sign(signed.body, keys, signed.now);
    expect(record(ours)).toEqual(await signedByPackage(signed));
  });

  it('follow the time, the day and the credentials', async () => {
    const request = { ...scope, method: 'POST', url: new URL('http://localhost:4566/a'), headers: {} };
    const signer = createSigner(scope, request);
    const other = { ...keys, secretAccessKey: 'other', sessionToken: 'token' };
    const moments = [
      { credentials: keys, now: 1_800_000_000_000 },
      { credentials: keys, now: 1_800_000_000_999 },
      { credentials: keys, now: 1_800_000_001_000 },
      { credentials: other, now: 1_800_000_001_000 },
      { credentials: other, now: 1_800_086_401_000 },
      { credentials: keys, now: 1_800_000_000_000 },
    ];
    for (const { credentials, now } of moments) {
      const signed = { ...request, credentials, now, body: 'b' };
      expect(record(signer.sign('b', credentials, now))).toEqual(await signedByPackage(signed));
    }
  });
});

const scope = { service: 'lambda', region: 'eu-west-1' };
const keys: Credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'example' };

function record(flat: readonly string[]): Record<string, string> {
  const pairs = flat.flatMap((name, at): [string, string][] =>
    at % 2 === 0 ? [[name, flat[at + 1] ?? '']] : [],
  );
  return Object.fromEntries(pairs);
}

const key = fc.string({ unit: fc.constantFrom(...Array.from('ABCXYZ0123+/=')), minLength: 1, maxLength: 40 });
const credentials = fc.record(
  { accessKeyId: key, secretAccessKey: key, sessionToken: key },
  { requiredKeys: ['accessKeyId', 'secretAccessKey'] },
);
const segment = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 8 }).map(percentEncoded),
  fc.constantFrom(
    '',
    'functions',
    'arn%3Aaws%3Alambda%3Aeu-west-1%3A123456789012%3Afunction%3Aa',
    "!'()*~-_.",
  ),
);
const word = fc
  .string({ unit: 'grapheme', maxLength: 6 })
  .filter((text) => text.toLowerCase() !== '__proto__');
const queries = fc.array(fc.tuple(word, word), { maxLength: 4 });
const headerValue = fc.string({ unit: fc.constantFrom(...Array.from('aB ;,=\t')), maxLength: 12 });
const headers = fc.dictionary(
  fc.constantFrom('accept', 'content-type', 'x-amz-invocation-type', 'x-amz-tenant-id', 'x-a', 'zeta'),
  headerValue,
);

const requests: fc.Arbitrary<ToSign> = fc
  .record({
    service: fc.constantFrom('lambda', 'execute-api'),
    region: fc.constantFrom('eu-west-1', 'cn-north-1'),
    credentials,
    now: fc.integer({ min: 1_600_000_000_000, max: 2_000_000_000_000 }),
    method: fc.constantFrom('POST', 'GET', 'DELETE'),
    host: fc.constantFrom('lambda.eu-west-1.amazonaws.com', 'localhost:4566', '[::1]:8080'),
    path: fc.array(segment, { maxLength: 5 }),
    query: queries,
    headers,
    body: fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc.uint8Array().map((bytes) => Buffer.from(bytes)),
    ),
  })
  .map(({ host, path, query, ...rest }) => {
    const url = new URL(`https://${host}/${path.join('/')}`);
    for (const [name, value] of query) url.searchParams.append(name, value);
    return { ...rest, url };
  });
