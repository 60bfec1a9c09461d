import { describe, expect, it } from 'vitest';
import { accepted, allFormats, formatNamed, invokedOf, streamed } from '../support/http/messages.ts';

const told = allFormats.filter(([name]) => name !== 'raw');
const json: [string, string][] = [['content-type', 'application/json']];

/** What all formats but `raw` take; `statusCode` is read by `envoy` too. */
describe.each(told)('%s', (name, format) => {
  const answer = (payload: unknown): ReturnType<typeof accepted> =>
    accepted(format.decode(invokedOf(payload)));
  const defaultType = name.startsWith('alb') ? 'application/octet-stream' : 'application/json';

  it('answers with status, headers and body', () => {
    const payload = { statusCode: 201, headers: { 'Content-Type': 'text/html', 'X-A': 'b' }, body: '<p>ü' };
    expect(answer(payload)).toEqual({
      status: 201,
      headers: [
        ['content-type', 'text/html'],
        ['x-a', 'b'],
      ],
      body: '<p>ü',
    });
  });

  it.each([{ statusCode: 204 }, { statusCode: 204, headers: null, body: null, cookies: null }])(
    'has a type of its own and no body for %j',
    (payload) => {
      expect(answer(payload)).toEqual({ status: 204, headers: [['content-type', defaultType]], body: '' });
    },
  );

  it('takes a status as text', () => {
    expect(answer({ statusCode: '418' }).status).toBe(418);
  });

  it.each([99, 100, 101, 199, 600, 1000, -200, 200.5, '2xx', ' 200', '', true, [200], {}])(
    'takes no answer with the status %j',
    (statusCode) => {
      expect(problem(statusCode)).toMatch(/^must have a whole number from 200 to 599 as statusCode, not /);
    },
  );

  it.each([
    ['AP+/_w==', '00ff bf ff'],
    ['AP-__w==', '00ff bf ff'],
    ['AP+/\r\n_w\n', '00ff bf ff'],
    ['', ''],
  ])('decodes %j from base64', (body) => {
    const decoded = format.decode(invokedOf({ statusCode: 200, body, isBase64Encoded: true }));
    const bytes = body === '' ? [] : [0x00, 0xff, 0xbf, 0xff];
    expect(decoded).toMatchObject({ ok: true, value: { body: Buffer.from(bytes) } });
  });

  it.each(['no base64!', 'A', 'AAA=A', 'AAAA=', '=', 'AA AA', 'ü'])(
    'takes no answer with %j as base64',
    (body) => {
      expect(format.decode(invokedOf({ statusCode: 200, body, isBase64Encoded: true }))).toEqual({
        ok: false,
        problem: 'must have base64 as body, as isBase64Encoded says',
      });
    },
  );

  it.each([{ a: 1 }, [1], 5, true])('takes no answer with the body %j', (body) => {
    expect(format.decode(invokedOf({ statusCode: 200, body }))).toMatchObject({
      problem: expect.stringContaining('must have text as body') as string,
    });
  });

  it('leaves out header values that are null', () => {
    expect(answer({ statusCode: 200, headers: { a: null, 'content-type': 'x/y' } }).headers).toEqual([
      ['content-type', 'x/y'],
    ]);
  });

  it.each([
    { a: ['b', 'c'] },
    { a: { b: 'c' } },
    { 'a b': 'c' },
    { '': 'c' },
    { 'a:': 'c' },
    { ü: 'c' },
    { a: 'b\r\nset-cookie: evil=1' },
    { a: 'b\nc' },
    { a: 'b\0' },
    { a: 'b\u007f' },
    { a: 'b\u001b[0m' },
    'a: b',
    [['a', 'b']],
  ])('takes no answer with the headers %j', (headers) => {
    expect(format.decode(invokedOf({ statusCode: 200, headers }))).toMatchObject({ ok: false });
  });

  it('has headers in bytes: what is above U+00FF becomes its UTF-8', () => {
    const headers = { latin: 'ü', wide: 'ü漢', tab: 'a\tb', 'content-type': 'x/y' };
    expect(answer({ statusCode: 200, headers }).headers).toEqual([
      ['latin', '\u00fc'],
      ['wide', Buffer.from('ü漢').toString('latin1')],
      ['tab', 'a\tb'],
      ['content-type', 'x/y'],
    ]);
  });

  it('drops the headers of one connection, those that Connection names, and the length', () => {
    const headers = {
      Connection: 'close, X-Hop',
      'x-hop': '1',
      'keep-alive': 'timeout=5',
      'proxy-authenticate': 'Basic',
      'proxy-authorization': 'x',
      'Proxy-Connection': 'close',
      te: 'trailers',
      trailer: 'x-sum',
      'transfer-encoding': 'chunked',
      upgrade: 'websocket',
      'Content-Length': '9999',
      'content-type': 'x/y',
    };
    expect(answer({ statusCode: 200, headers, body: 'abc' }).headers).toEqual([['content-type', 'x/y']]);
  });

  it('ignores members that it does not know', () => {
    expect(answer({ statusCode: 200, statusDescription: '200 OK', other: [1] }).status).toBe(200);
  });

  it('answers a streamed payload with its head and body', () => {
    const payload = streamed(
      { statusCode: 202, headers: { 'content-type': 'x/y' }, cookies: ['a=1', 'b=2'] },
      'ü\0{',
    );
    expect(answer(payload)).toEqual({
      status: 202,
      headers: [
        ['content-type', 'x/y'],
        ['set-cookie', 'a=1'],
        ['set-cookie', 'b=2'],
      ],
      body: 'ü\0{',
    });
    expect(format.decode(invokedOf(streamed({ statusCode: 7 })))).toMatchObject({ ok: false });
  });

  it.each(['', 'no JSON', '{"statusCode":200', '{"statusCode":200}\0', '\ufeff{"statusCode":200}'])(
    'takes no answer from the payload %j',
    (payload) => {
      expect(format.decode(invokedOf(Buffer.from(payload)))).toMatchObject({ ok: false });
    },
  );

  function problem(statusCode: unknown): unknown {
    const decoded = format.decode(invokedOf({ statusCode }));
    return decoded.ok ? decoded.value : decoded.problem;
  }
});

describe.each(told.filter(([name]) => name !== 'envoy'))('%s', (_name, format) => {
  it('makes text of header values that are numbers or booleans', () => {
    const headers = { 'content-type': 'x/y', count: 3, share: 0.5, yes: true };
    expect(accepted(format.decode(invokedOf({ statusCode: 200, headers }))).headers).toEqual([
      ['content-type', 'x/y'],
      ['count', '3'],
      ['share', '0.5'],
      ['yes', 'true'],
    ]);
  });
});

describe.each(['apigw-v2', 'function-url'] as const)('%s', (name) => {
  const answer = (payload: unknown): ReturnType<typeof accepted> =>
    accepted(formatNamed(name).decode(invokedOf(payload)));

  it.each([
    ['"hello"', 'hello'],
    ['"\\u00fc \\"q\\""', 'ü "q"'],
    ['""', ''],
    ['3', '3'],
    ['true', 'true'],
    ['null', 'null'],
    [' [ "hello", 3, true ] ', '["hello",3,true]'],
    ['{ "a": { "b c": "d  e" } }', '{"a":{"b c":"d  e"}}'],
    ['{"body":"x"}', '{"body":"x"}'],
    ['{"id": 12345678901234567890.50}', '{"id":12345678901234567890.50}'],
  ])('infers from %s that the body of a 200 is %s', (payload, body) => {
    expect(answer(Buffer.from(payload))).toEqual({ status: 200, headers: json, body });
  });

  it('sets each cookie by a line of its own, beside one among the headers', () => {
    const payload = {
      statusCode: 200,
      headers: { 'set-cookie': 'z=0' },
      cookies: ['a=1; Path=/', 'b="2, 3"'],
    };
    expect(answer(payload).headers).toEqual([
      ['set-cookie', 'z=0'],
      ['set-cookie', 'a=1; Path=/'],
      ['set-cookie', 'b="2, 3"'],
      ...json,
    ]);
  });

  it.each(['a=1', 5, { a: 1 }, null])('ignores cookies that are no list: %j', (cookies) => {
    expect(answer({ statusCode: 200, cookies }).headers).toEqual(json);
  });

  it('takes no cookie that HTTP does not allow', () => {
    const payload = { statusCode: 200, cookies: ['a=1\r\nx: y'] };
    expect(formatNamed(name).decode(invokedOf(payload))).toMatchObject({ ok: false });
  });

  it('does not know multiValueHeaders', () => {
    expect(answer({ statusCode: 200, multiValueHeaders: { a: ['b'] } }).headers).toEqual(json);
  });

  it('takes no status that is null for none', () => {
    expect(formatNamed(name).decode(invokedOf({ statusCode: null }))).toMatchObject({ ok: false });
  });
});

describe.each([
  ['apigw-v1', formatNamed('apigw-v1')],
  ['alb', formatNamed('alb')],
  ['alb with lists', formatNamed('alb', { multiValueHeaders: true })],
])('%s', (_name, format) => {
  it('unites headers and multiValueHeaders, and sends a pair of both once', () => {
    const payload = {
      statusCode: 200,
      headers: { 'X-A': '1', 'x-b': '2', 'content-type': 'x/y', 'set-cookie': 'a=1' },
      multiValueHeaders: { 'x-a': ['1', '3', null], 'X-N': [4, false], 'Set-Cookie': ['a=1', 'b=2'] },
    };
    expect(accepted(format.decode(invokedOf(payload))).headers).toEqual([
      ['x-b', '2'],
      ['content-type', 'x/y'],
      ['x-a', '1'],
      ['x-a', '3'],
      ['x-n', '4'],
      ['x-n', 'false'],
      ['set-cookie', 'a=1'],
      ['set-cookie', 'b=2'],
    ]);
  });

  it.each(['text', null, 5, [], {}, { body: 'x' }])('infers nothing from %j', (payload) => {
    expect(format.decode(invokedOf(payload))).toMatchObject({ ok: false });
  });

  it.each([['x: y'], 'x: y', { a: [['b']] }, { a: [{}] }, { 'a b': ['c'] }, { a: ['b\n'] }])(
    'takes no answer with the multiValueHeaders %j',
    (multiValueHeaders) => {
      expect(format.decode(invokedOf({ statusCode: 200, multiValueHeaders }))).toMatchObject({ ok: false });
    },
  );

  it('has no cookies beside the headers', () => {
    expect(accepted(format.decode(invokedOf({ statusCode: 200, cookies: ['a=1'] }))).headers).toHaveLength(1);
  });
});

describe('raw', () => {
  it('gives payloads as they came, with Lambda’s headers but those of the connection', () => {
    const payload = Buffer.from([0, 255]);
    const headers: [string, string][] = [
      ['content-type', 'x/y'],
      ['content-length', '2'],
      ['connection', 'keep-alive'],
      ['x-amzn-requestid', '7'],
    ];
    expect(formatNamed('raw').decode(invokedOf(payload, { headers }))).toEqual({
      ok: true,
      value: {
        status: 200,
        headers: [
          ['content-type', 'x/y'],
          ['x-amzn-requestid', '7'],
        ],
        body: payload,
      },
    });
  });

  it.each([{ statusCode: 500 }, streamed({ statusCode: 500 }, 'x')])('reads nothing in %j', (payload) => {
    const invoked = invokedOf(payload);
    expect(formatNamed('raw').decode(invoked)).toMatchObject({
      value: { status: 200, body: invoked.payload },
    });
  });
});
