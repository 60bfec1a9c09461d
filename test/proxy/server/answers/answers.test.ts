import { describe, expect, it } from 'vitest';
import { type FunctionCall, routeTo, useFunction } from '../../../support/proxy/function-stub.ts';
import { connectTo, request } from '../../../support/http/connection.ts';
import { useProxy } from '../../../support/proxy/served-proxy.ts';

/** A proxy of a function that always answers the same. */
async function given(answer: (call: FunctionCall) => void, keys = '') {
  const stub = await useFunction(answer);
  return { stub, proxy: await useProxy(routeTo(stub.url, keys)) };
}

const says = (payload: unknown) => (call: FunctionCall) => call.answer(payload);
const prelude = (head: unknown, body: string) =>
  Buffer.concat([Buffer.from(JSON.stringify(head)), Buffer.alloc(8), Buffer.from(body)]);

describe('an answer without a body', () => {
  it.each([
    ['HEAD', 'HEAD', 200],
    ['204', 'GET', 204],
    ['304', 'GET', 304],
    ['HEAD and 404', 'HEAD', 404],
  ])(
    'to %s has none, whatever the function sends, and the connection goes on',
    async (_name, method, statusCode) => {
      const { proxy } = await given(
        says({
          statusCode,
          headers: { 'Transfer-Encoding': 'chunked', 'Content-Length': '3', Connection: 'close', 'X-A': 'b' },
          body: 'abcdef',
        }),
      );
      const connection = await connectTo(proxy.port);
      for (let turn = 0; turn < 3; turn += 1) {
        connection.send(request('/', 'foo.test', [], method));
        const answer = await connection.answer(method);
        expect(answer).toMatchObject({ status: statusCode, text: '' });
        expect(answer.header('x-a')).toBe('b');
        expect(answer.header('transfer-encoding')).toBeUndefined();
        expect(answer.header('content-length')).toBe(
          method === 'HEAD' && statusCode !== 204 ? '6' : undefined,
        );
        expect(answer.header('connection')).toBe('keep-alive');
      }
      connection.send(request('/ping'));
      expect((await connection.answer()).text).toBe('pong');
      expect(proxy.lines.slice(0, 3).map((line) => line['bytes_out'])).toEqual([0, 0, 0]);
    },
  );

  it('may be an empty one with a length', async () => {
    const { proxy } = await given(says({ statusCode: 200 }));
    const answer = await proxy.ask(request());
    expect(answer.header('content-length')).toBe('0');
  });
});

describe('headers of functions', () => {
  it('reach clients but for those that are null, of one connection, or ours', async () => {
    const { proxy } = await given(
      says({
        statusCode: 200,
        headers: {
          'X-Null': null,
          'X-Number': 5,
          'X-Bool': true,
          'X-Empty': '',
          'X-Text': 'ü€',
          Connection: 'X-Named, close',
          'X-Named': 'gone',
          'Keep-Alive': 'timeout=1',
          'Proxy-Authenticate': 'Basic',
          Upgrade: 'h2c',
          Trailer: 'x',
          TE: 'trailers',
          'Content-Length': '99',
          Date: 'yesterday',
          Server: 'mine',
          'x-amzn-trace-id': 'Root=other',
        },
        cookies: ['a=1', 'b=2; Secure', 'c'],
        body: 'hello',
      }),
    );
    const answer = await proxy.ask(request('/', 'foo.test', ['X-Amzn-Trace-Id: Root=1-2-3']));
    const names = answer.headers.map(([name]) => name);
    expect(names.toSorted()).toEqual(
      [
        'x-number',
        'x-bool',
        'x-empty',
        'x-text',
        'date',
        'server',
        'content-type',
        'content-length',
        'set-cookie',
        'set-cookie',
        'set-cookie',
        'x-amzn-trace-id',
        'connection',
        'keep-alive',
      ].toSorted(),
    );
    expect(answer.headers.filter(([name]) => name === 'set-cookie').map(([, value]) => value)).toEqual([
      'a=1',
      'b=2; Secure',
      'c',
    ]);
    expect(answer.header('content-length')).toBe('5');
    expect(answer.header('connection')).toBe('keep-alive');
    expect(answer.header('date')).toBe('yesterday');
    expect(answer.header('x-amzn-trace-id')).toBe('Root=1-2-3');
    expect(Buffer.from(answer.header('x-text') ?? '', 'latin1').toString()).toBe('ü€');
  });

  it('that HTTP does not allow spoil the answer', async () => {
    for (const headers of [{ 'X-A': 'b\r\nX-C: d' }, { 'X A': 'b' }, { 'X-A': 'b\0' }, { '': 'b' }]) {
      const { proxy } = await given(says({ statusCode: 200, headers }));
      const answer = await proxy.ask(request());
      expect(answer).toMatchObject({ status: 500, text: '{"message":"Internal Server Error"}' });
      expect(answer.header('x-c')).toBeUndefined();
      expect(proxy.lines).toMatchObject([{ error: 'bad_response', status: 500 }]);
    }
  });

  it.each(['apigw-v1', 'alb'])('of several values count in %s', async (format) => {
    const { proxy } = await given(
      says({
        statusCode: 200,
        multiValueHeaders: { 'Set-Cookie': ['a=1', 'b=2'] },
        headers: { 'X-A': 'b' },
        body: '',
      }),
      `format: ${format}`,
    );
    const answer = await proxy.ask(request());
    expect(answer.headers.filter(([name]) => name === 'set-cookie').map(([, value]) => value)).toEqual([
      'a=1',
      'b=2',
    ]);
    expect(answer.header('x-a')).toBe('b');
  });
});

describe('statuses', () => {
  it.each([
    [200, 200],
    ['418', 418],
    [599, 599],
    [299, 299],
  ])('as %j are answered', async (statusCode, status) => {
    const { proxy } = await given(says({ statusCode, body: 'x' }));
    expect(await proxy.ask(request())).toMatchObject({ status, text: 'x' });
  });

  it.each([0, 99, 100, 101, 199, 600, 1000, -1, 200.5, 'abc', '', '20', null, true, [200]])(
    'as %j are no answer',
    async (statusCode) => {
      const { proxy } = await given(says({ statusCode, body: 'x' }));
      expect(await proxy.ask(request())).toMatchObject({
        status: 500,
        text: '{"message":"Internal Server Error"}',
      });
      expect(proxy.lines).toMatchObject([{ error: 'bad_response' }]);
    },
  );
});

describe('answers that are no object with a status', () => {
  it.each([
    ['hello "you"', 'hello "you"'],
    [null, 'null'],
    [5, '5'],
    [true, 'true'],
    [['a', { b: 1 }], '["a",{"b":1}]'],
    [{ a: 'b' }, '{"a":"b"}'],
    [{ errorMessage: 'found', data: [1] }, '{"errorMessage":"found","data":[1]}'],
    [Buffer.from(' { "n" : 12345678901234567890 } '), '{"n":12345678901234567890}'],
  ])('such as %j are the body', async (payload, text) => {
    const { proxy } = await given(says(payload));
    const answer = await proxy.ask(request());
    expect(answer).toMatchObject({ status: 200, text });
    expect(answer.header('content-type')).toBe('application/json');
  });

  it('are no answer when they are no JSON, or lack a status where there must be one', async () => {
    for (const [payload, keys] of [
      [Buffer.from('{"a":'), ''],
      [Buffer.from('hello'), ''],
      [{ a: 1 }, 'format: alb'],
      ['text', 'format: apigw-v1'],
    ] as const) {
      const { proxy } = await given(says(payload), keys);
      const answer = await proxy.ask(request());
      expect([answer.status, answer.text]).toEqual([
        keys === '' ? 500 : 502,
        '{"message":"Internal Server Error"}',
      ]);
    }
  });
});

describe('the streaming form in one piece', () => {
  const payload = prelude(
    { statusCode: 201, headers: { 'X-A': 'b', 'Content-Type': 'text/html' }, cookies: ['a=1', 'b=2'] },
    '<p>\0\0</p>',
  );

  it.each(['apigw-v2', 'function-url', 'apigw-v1', 'alb', 'envoy'])(
    'is head and body in %s',
    async (format) => {
      const { proxy } = await given(says(payload), `format: ${format}`);
      const answer = await proxy.ask(request());
      expect(answer).toMatchObject({ status: 201, text: '<p>\0\0</p>' });
      expect(answer.header('x-a')).toBe('b');
      expect(answer.header('content-type')).toBe('text/html');
      expect(answer.headers.filter(([name]) => name === 'set-cookie').length).toBe(2);
    },
  );

  it('is passed as it is in raw', async () => {
    const { proxy } = await given(says(payload), 'format: raw');
    expect((await proxy.ask(request())).body).toEqual(payload);
  });
});

describe('bodies in base64', () => {
  it('are decoded, in both alphabets and over line breaks', async () => {
    const bytes = Buffer.from([0xfb, 0xff, 0xfe, 0, 1]);
    for (const body of [
      bytes.toString('base64'),
      bytes.toString('base64url'),
      bytes.toString('base64').replace('+', '\r\n+'),
    ]) {
      const { proxy } = await given(says({ statusCode: 200, isBase64Encoded: true, body }));
      expect((await proxy.ask(request())).body).toEqual(bytes);
    }
  });

  it('are no answer when they are none', async () => {
    const { proxy } = await given(says({ statusCode: 200, isBase64Encoded: true, body: 'not base64!' }));
    expect((await proxy.ask(request())).status).toBe(500);
    expect(proxy.lines).toMatchObject([{ error: 'bad_response' }]);
  });
});
