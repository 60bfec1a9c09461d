import { describe, expect, it } from 'vitest';
import { type FunctionEvent, routeTo, useFunction } from '../../../support/proxy/function-stub.ts';
import { post, request } from '../../../support/http/connection.ts';
import { useProxy } from '../../../support/proxy/served-proxy.ts';

async function given(file = '', keys = '') {
  const stub = await useFunction();
  const proxy = await useProxy(file + routeTo(stub.url, keys));
  /** The event of a request. */
  const eventOf = async (bytes: string | Buffer): Promise<FunctionEvent> => {
    const number = stub.calls.length + 1;
    expect((await proxy.ask(bytes)).status).toBe(200);
    return (await stub.call(number)).event;
  };
  return { stub, proxy, eventOf };
}

const traceId = /^Root=1-[0-9a-f]{8}-[0-9a-f]{24}$/;

describe('where a request comes from', () => {
  it('is the peer, whatever the client says', async () => {
    const { proxy, eventOf } = await given();
    const { headers, requestContext } = await eventOf(
      request('/', 'foo.test', [
        'X-Forwarded-For: 192.0.2.1',
        'X-Forwarded-For: 192.0.2.2, 192.0.2.3',
        'X-Forwarded-Proto: https',
        'X-Forwarded-Port: 443',
      ]),
    );
    expect(headers).toMatchObject({
      'x-forwarded-for': '192.0.2.1, 192.0.2.2, 192.0.2.3, 127.0.0.1',
      'x-forwarded-proto': 'http',
      'x-forwarded-port': String(proxy.port),
    });
    expect(requestContext.http.sourceIp).toBe('127.0.0.1');
    expect(proxy.lines).toMatchObject([{ source_ip: '127.0.0.1' }]);
  });

  it('is told without anything from the client', async () => {
    const { proxy, eventOf } = await given();
    expect((await eventOf(request())).headers).toMatchObject({
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-proto': 'http',
      'x-forwarded-port': String(proxy.port),
    });
  });

  it.each([
    [['X-Forwarded-For: 192.0.2.1, 10.1.2.3'], '192.0.2.1', '192.0.2.1, 10.1.2.3, 127.0.0.1'],
    [
      ['X-Forwarded-For: 192.0.2.1', 'X-Forwarded-For: 192.0.2.9 , 10.0.0.1'],
      '192.0.2.9',
      '192.0.2.1, 192.0.2.9 , 10.0.0.1, 127.0.0.1',
    ],
    [['X-Forwarded-For: ::ffff:10.0.0.1, 10.0.0.2'], '10.0.0.1', '::ffff:10.0.0.1, 10.0.0.2, 127.0.0.1'],
    [[], '127.0.0.1', '127.0.0.1'],
  ])('from a trusted proxy with %j is %s', async (lines, source, all) => {
    const { eventOf } = await given('trusted_proxies: [127.0.0.0/8, 10.0.0.0/8]\n');
    const { headers, requestContext } = await eventOf(
      request('/', 'foo.test', [...lines, 'X-Forwarded-Proto: https', 'X-Forwarded-Port: 443']),
    );
    expect(headers).toMatchObject({
      'x-forwarded-for': all,
      'x-forwarded-proto': 'https',
      'x-forwarded-port': '443',
    });
    expect(requestContext.http.sourceIp).toBe(source);
  });

  it('is ours to say where a trusted proxy says nothing', async () => {
    const { proxy, eventOf } = await given('trusted_proxies: [127.0.0.1]\n');
    expect((await eventOf(request())).headers).toMatchObject({
      'x-forwarded-proto': 'http',
      'x-forwarded-port': String(proxy.port),
    });
  });
});

describe('the trace', () => {
  it('is passed on to the function, the event, the answer and the log', async () => {
    const { stub, proxy } = await given();
    const given_ = 'Root=1-67891233-abcdef012345678912345678;Parent=463ac35c9f6413ad;Sampled=1';
    const answer = await proxy.ask(request('/', 'foo.test', [`x-amzn-TRACE-id: ${given_}`]));
    const { headers, event } = await stub.call();
    expect([
      answer.header('x-amzn-trace-id'),
      headers['x-amzn-trace-id'],
      event.headers['x-amzn-trace-id'],
      proxy.lines[0]?.['trace_id'],
    ]).toEqual([given_, given_, given_, given_]);
  });

  it('is made where there is none, one for each request', async () => {
    const { stub, proxy } = await given();
    const answers = [await proxy.ask(request()), await proxy.ask(request())];
    const traces = answers.map((answer) => answer.header('x-amzn-trace-id'));
    for (const [at, trace] of traces.entries()) {
      expect(trace).toMatch(traceId);
      const { headers, event } = await stub.call(at + 1);
      expect([
        headers['x-amzn-trace-id'],
        event.headers['x-amzn-trace-id'],
        proxy.lines[at]?.['trace_id'],
      ]).toEqual([trace, trace, trace]);
    }
    expect(new Set(traces).size).toBe(2);
  });

  it('is made anew where the given one is no header that can be sent', async () => {
    const { stub, proxy } = await given();
    for (const bad of ['ü', `Root=${'a'.repeat(2_000)}`, '']) {
      const answer = await proxy.ask(
        Buffer.from(request('/', 'foo.test', [`X-Amzn-Trace-Id: ${bad}`]), 'latin1'),
      );
      expect(answer.header('x-amzn-trace-id')).toMatch(traceId);
    }
    expect(stub.calls.length).toBe(3);
  });

  it('is in answers that are no function of a route', async () => {
    const { proxy } = await given();
    expect((await proxy.ask(request('/', 'none.test'))).header('x-amzn-trace-id')).toMatch(traceId);
    expect((await proxy.ask(request('/ping'))).header('x-amzn-trace-id')).toMatch(traceId);
  });
});

describe('headers', () => {
  it('of one connection, and those that Connection names, end here', async () => {
    const { eventOf } = await given();
    const { headers } = await eventOf(
      request('/', 'foo.test', [
        'Connection: keep-alive, X-Mine, x-forwarded-for, host',
        'X-Mine: gone',
        'Keep-Alive: timeout=5',
        'Proxy-Connection: keep-alive',
        'Proxy-Authorization: Basic x',
        'TE: trailers',
        'Trailer: x',
        'Upgrade: h2c, websocket',
        'X-Yours: stays',
      ]),
    );
    expect(Object.keys(headers).toSorted()).toEqual([
      'host',
      'x-amzn-trace-id',
      'x-forwarded-for',
      'x-forwarded-port',
      'x-forwarded-proto',
      'x-yours',
    ]);
    expect(headers['x-forwarded-for']).toBe('127.0.0.1');
  });

  it('keep their bytes, their order and their number', async () => {
    const { stub, eventOf } = await given('', 'format: apigw-v1');
    const lines = ['X-A: 1', 'X-B: ü', 'x-a: 2', 'X-A:', 'Cookie: a=1', 'cookie: b="2"', 'X-Tab: a\tb'];
    await eventOf(Buffer.from(request('/', 'foo.test', lines), 'latin1'));
    const event = JSON.parse((await stub.call()).payload.toString()) as {
      multiValueHeaders: Record<string, string[]>;
    };
    expect(event.multiValueHeaders).toMatchObject({
      'x-a': ['1', '2', ''],
      'x-b': ['ü'],
      cookie: ['a=1', 'b="2"'],
      'x-tab': ['a\tb'],
    });
  });

  it.each([
    ['of its length', post('hällo', ['Content-Type: text/plain']), '6'],
    [
      'of chunks',
      request('/', 'foo.test', ['Transfer-Encoding: Chunked', 'Content-Type: text/plain'], 'POST') +
        '2\r\nab\r\n1\r\nc\r\n0\r\n\r\n',
      '3',
    ],
  ])('tell the length of a body %s', async (_name, bytes, length) => {
    const { headers, isBase64Encoded } = await (await given()).eventOf(bytes);
    expect(headers['content-length']).toBe(length);
    expect(headers).not.toHaveProperty('transfer-encoding');
    expect(isBase64Encoded).toBe(false);
  });

  it('and chunks make base64 of every body in envoy', async () => {
    const { stub, proxy } = await given('', 'format: envoy');
    const lines = ['Content-Type: application/json'];
    await proxy.ask(post('{}', lines));
    await proxy.ask(
      request('/', 'foo.test', [...lines, 'Transfer-Encoding: chunked'], 'POST') + '2\r\n{}\r\n0\r\n\r\n',
    );
    const events = stub.calls.map(({ payload }) => JSON.parse(payload.toString()) as object);
    expect(events).toMatchObject([
      { body: '{}', is_base64_encoded: false },
      { body: 'e30=', is_base64_encoded: true },
    ]);
  });

  it('to the function say what it is called for', async () => {
    const { stub, proxy } = await given('', 'function_name: my-fn$1');
    await proxy.ask(request());
    const { path, headers, payload } = await stub.call();
    expect(path).toBe('/2015-03-31/functions/my-fn%241/invocations');
    expect(headers).toMatchObject({
      'content-type': 'application/json',
      'content-length': String(payload.length),
    });
    expect(headers).not.toHaveProperty('x-amz-invocation-type');
  });
});

describe('events', () => {
  it('have a request id of their own, which the log has too', async () => {
    const { proxy, eventOf } = await given();
    const ids = [
      (await eventOf(request())).requestContext.requestId,
      (await eventOf(request())).requestContext.requestId,
    ];
    expect(proxy.lines.map((line) => line['request_id'])).toEqual(ids);
    expect(new Set(ids).size).toBe(2);
  });

  it('tell the protocol and the method', async () => {
    const { eventOf } = await given();
    const old = await eventOf('PURGE / HTTP/1.0\r\nHost: foo.test\r\n\r\n');
    expect(old.requestContext.http).toMatchObject({ method: 'PURGE', protocol: 'HTTP/1.0' });
    expect((await eventOf(request('/', 'foo.test', [], 'M-SEARCH'))).requestContext.http).toMatchObject({
      method: 'M-SEARCH',
      protocol: 'HTTP/1.1',
    });
  });

  it('of raw routes are the bodies', async () => {
    const { stub, proxy } = await given('', 'format: raw');
    const bytes = Buffer.from([0, 0xff, 1]);
    await proxy.ask(post(bytes));
    await proxy.ask(request());
    expect(stub.calls.map(({ payload }) => payload)).toEqual([bytes, Buffer.alloc(0)]);
  });
});
