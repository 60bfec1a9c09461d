import { describe, expect, it } from 'vitest';
import { accepted, eventOf, formatNamed, invokedOf, requestOf } from '../support/http/messages.ts';

/** What users of lambda-reverse-proxy ran into; its format is that of HTTP APIs. */
const format = formatNamed('apigw-v2');

function answer(payload: unknown): ReturnType<typeof accepted> {
  return accepted(format.decode(invokedOf(payload)));
}

describe('answers', () => {
  it.each([{ message: 'no status' }, null, { errorType: 'Error', errorMessage: 'boom' }])(
    'without a status are answered all the same: %j',
    (payload) => {
      expect(answer(payload)).toMatchObject({ status: 200, body: JSON.stringify(payload) });
    },
  );

  it('with a status that HTTP does not have are a problem and no crash', () => {
    expect(format.decode(invokedOf({ statusCode: 42 }))).toMatchObject({ ok: false });
  });

  it('keep all of their cookies', () => {
    expect(answer({ statusCode: 200, cookies: ['a=1', 'b=2'] }).headers).toEqual([
      ['set-cookie', 'a=1'],
      ['set-cookie', 'b=2'],
      ['content-type', 'application/json'],
    ]);
  });

  it('in base64 arrive as their bytes', () => {
    const png = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a]);
    const payload = { statusCode: 200, body: png.toString('base64'), isBase64Encoded: true };
    expect(format.decode(invokedOf(payload))).toMatchObject({ value: { body: png } });
  });

  it('of text, with a status as text, with headers as numbers are taken', () => {
    expect(answer('text')).toMatchObject({ status: 200, body: 'text' });
    expect(answer({ statusCode: '204' }).status).toBe(204);
    expect(answer({ statusCode: 200, headers: { age: 3 } }).headers).toContainEqual(['age', '3']);
  });

  it('with multiValueHeaders keep them where AWS does', () => {
    const payload = { statusCode: 200, multiValueHeaders: { 'set-cookie': ['a=1', 'b=2'] } };
    expect(accepted(formatNamed('apigw-v1').decode(invokedOf(payload))).headers).toEqual([
      ['set-cookie', 'a=1'],
      ['set-cookie', 'b=2'],
      ['content-type', 'application/json'],
    ]);
  });

  it('do not set the length or anything of the connection', () => {
    const headers = { 'content-length': '1', connection: 'close', 'transfer-encoding': 'chunked', a: 'b' };
    expect(answer({ statusCode: 200, headers, body: 'long' }).headers).toEqual([
      ['a', 'b'],
      ['content-type', 'application/json'],
    ]);
  });
});

describe('events', () => {
  it('hold binary bodies in base64, and text that speaks of forms as text', () => {
    const bytes = Buffer.from([0xff, 0xfe, 0]);
    expect(eventOf(format, { headers: [['content-type', 'image/png']], body: bytes })).toMatchObject({
      body: bytes.toString('base64'),
      isBase64Encoded: true,
    });
    const text = 'Content-Disposition: form-data';
    expect(
      eventOf(format, { headers: [['content-type', 'text/plain']], body: Buffer.from(text) }),
    ).toMatchObject({
      body: text,
      isBase64Encoded: false,
    });
  });

  it('hold the host, forwarding and trace among the headers, in lower case', () => {
    const headers: [string, string][] = [
      ['host', 'a.b.c'],
      ['x-forwarded-for', '192.0.2.7'],
      ['x-amzn-trace-id', 'Root=1-0-0'],
    ];
    expect(eventOf(format, { headers })).toMatchObject({ headers: Object.fromEntries(headers) });
  });

  it('hold cookies as they were written, and not among the headers too', () => {
    const event = eventOf(format, { headers: [['cookie', 'q="a b"; a b=c; d']] });
    expect(event).toMatchObject({ cookies: ['q="a b"', 'a b=c', 'd'], headers: {} });
    expect(event).not.toHaveProperty('headers.cookie');
  });

  it.each(['/a%2Fb', '//x', '/a/../b', '/a/./b', '/%', '/a;b'])('hold the path %s as it came', (path) => {
    expect(eventOf(format, { path })).toMatchObject({ rawPath: path, requestContext: { http: { path } } });
  });

  it.each([
    ['a=1;b=2', { a: '1;b=2' }],
    ['a=%zz&b=2', { a: '%zz', b: '2' }],
  ])('hold the query %s, whatever it is', (query, queryStringParameters) => {
    expect(eventOf(format, { query })).toMatchObject({ rawQueryString: query, queryStringParameters });
  });

  it('hold an address without a port, milliseconds, the time of logs, an id, and nothing of authentication', () => {
    const { requestContext } = eventOf(format, {}) as { requestContext: object };
    expect(requestContext).toMatchObject({
      http: { sourceIp: '192.0.2.7' },
      time: '20/Nov/2026:09:14:03 +0000',
      timeEpoch: requestOf().time,
      requestId: '0a1b2c3d',
    });
    expect(requestContext).not.toHaveProperty('authentication');
    expect(requestContext).not.toHaveProperty('authorizer');
  });

  it.each(['a.b.c', 'a.b', 'a'])('hold the first label of %s', (host) => {
    expect(eventOf(format, { host })).toMatchObject({ requestContext: { domainPrefix: 'a' } });
  });
});
