import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { unitedMetrics } from '../../src/proxy/report.ts';
import {
  type InvokeAnswer,
  type InvokeCall,
  type FunctionEndpoint,
  result,
  startFunctionEndpoint,
} from '../support/function-endpoint.ts';
import { type FileKeys, startTestProxy, type TestProxy } from '../support/proxy.ts';
import type { RawAnswer, RequestParts } from '../support/raw-http.ts';
import { waitUntil } from '../support/wait-until.ts';

/** What lambda-reverse-proxy does wrong, and people who come from it must not find here. */

/** The members of events that are looked at. */
interface SeenEvent {
  readonly rawPath: string;
  readonly rawQueryString: string;
  readonly cookies?: readonly string[];
  readonly headers: Readonly<Record<string, string>>;
  readonly requestContext: Readonly<Record<string, unknown>> & {
    readonly http: Readonly<Record<string, string>>;
  };
  readonly body?: string;
  readonly isBase64Encoded: boolean;
}

interface Setting extends AsyncDisposable {
  readonly endpoint: FunctionEndpoint;
  readonly proxy: TestProxy;
  send(parts?: RequestParts): Promise<RawAnswer>;
  /** Sends a request and gives the event that came of it. */
  eventOf(parts?: RequestParts): Promise<SeenEvent>;
}

/** A proxy before one function, by a route for every host unless `route` says otherwise. */
async function before(
  answer: (call: InvokeCall) => InvokeAnswer | Promise<InvokeAnswer>,
  route: FileKeys = {},
  file: FileKeys = {},
): Promise<Setting> {
  const endpoint = await startFunctionEndpoint(answer);
  const local = [{ hostname: '*', endpoint: endpoint.url, ...route }];
  const proxy = await startTestProxy({ local, ...file });
  return {
    endpoint,
    proxy,
    send: (parts) => proxy.send(parts),
    eventOf: async (parts) => {
      await proxy.send(parts);
      return eventIn(endpoint.calls.at(-1));
    },
    [Symbol.asyncDispose]: async () => {
      await proxy[Symbol.asyncDispose]();
      await endpoint[Symbol.asyncDispose]();
    },
  };
}

function eventIn(call: InvokeCall | undefined): SeenEvent {
  return JSON.parse(call?.payload.toString() ?? 'null') as SeenEvent;
}

const fine = (): InvokeAnswer => result({ statusCode: 200, body: 'fine' });
const told = ({ status, body }: RawAnswer): string => `${status} ${body.toString()}`;
const valuesOf = ({ headers }: RawAnswer, name: string): string[] =>
  headers.filter(([key]) => key === name).map(([, value]) => value);

/** An endpoint whose calls wait until the test lets them go. */
function held(): { answer: () => Promise<InvokeAnswer>; release: () => void } {
  const waiting: (() => void)[] = [];
  return {
    answer: async () => {
      await new Promise<void>((resolve) => waiting.push(resolve));
      return fine();
    },
    release: () => waiting.shift()?.(),
  };
}

/** What goes on at the only route. */
async function usageOf({
  app,
}: TestProxy): Promise<{ inUse: number | undefined; queued: number | undefined }> {
  const [route] = (await app.report()).routes;
  return { inUse: route?.in_use, queued: route?.queued };
}

describe('answers', () => {
  it('1: are made of results without a status', async () => {
    const results = [{ a: 1 }, null, [1, true], 7];
    await using setting = await before(() => result(results.shift()));
    expect(told(await setting.send())).toBe('200 {"a":1}');
    expect(told(await setting.send())).toBe('200 null');
    expect(told(await setting.send())).toBe('200 [1,true]');
    expect(told(await setting.send())).toBe('200 7');
  });

  it('1: tell of an error of the function with 500, and the connection goes on', async () => {
    const payloads = [
      '{"errorType":"Error","errorMessage":"secret"}',
      '{"statusCode":99}',
      '{"statusCode":204}',
    ];
    await using setting = await before(() => ({ payload: payloads.shift() ?? '' }));
    expect(told(await setting.send())).toBe('500 {"message":"Internal Server Error"}');
    expect(told(await setting.send())).toBe('500 {"message":"Internal Server Error"}');
    expect(told(await setting.send())).toBe('204 ');
  });

  it('2: carry each of several cookies', async () => {
    const cookies = ['a=1; Path=/', 'b=2; HttpOnly', 'c=3; Expires=Wed, 21 Oct 2026 07:28:00 GMT'];
    await using setting = await before(() => result({ statusCode: 200, cookies }));
    expect(valuesOf(await setting.send(), 'set-cookie')).toEqual(cookies);
  });

  it('3: are the bytes that came in base64', async () => {
    const png = Buffer.from('89504e470d0a1a0aff00', 'hex');
    const picture = {
      statusCode: 200,
      headers: { 'content-type': 'image/png' },
      body: png.toString('base64'),
      isBase64Encoded: true,
    };
    await using setting = await before(() => result(picture));
    expect((await setting.send()).body).toEqual(png);
  });

  it('5: are made of texts, and of statuses that are texts', async () => {
    const results = ['hello', { statusCode: '418', body: 'tea' }];
    await using setting = await before(() => result(results.shift()));
    expect(told(await setting.send())).toBe('200 hello');
    expect(told(await setting.send())).toBe('418 tea');
  });

  it('5: have the headers of multiValueHeaders where the format knows them', async () => {
    const several = { statusCode: 200, multiValueHeaders: { 'x-list': ['a', 'b'] } };
    await using setting = await before(() => result(several), { format: 'apigw-v1' });
    expect(valuesOf(await setting.send(), 'x-list')).toEqual(['a', 'b']);
  });

  it('27: leave out the headers of one connection and a length that is not theirs', async () => {
    const headers = {
      connection: 'close',
      'keep-alive': 'timeout=1',
      'transfer-encoding': 'chunked',
      'content-length': '1',
      'x-own': 'kept',
    };
    await using setting = await before(() => result({ statusCode: 200, headers, body: 'whole' }));
    const answer = await setting.send();
    expect(answer.body.toString()).toBe('whole');
    expect(valuesOf(answer, 'content-length')).toEqual(['5']);
    expect(valuesOf(answer, 'transfer-encoding')).toEqual([]);
    expect(valuesOf(answer, 'x-own')).toEqual(['kept']);
  });
});

describe('events', () => {
  it('4: carry every byte of a body', async () => {
    const body = Buffer.from(Array.from({ length: 256 }, (_, at) => at));
    await using setting = await before(fine);
    const event = await setting.eventOf({ method: 'POST', body });
    expect(event.isBase64Encoded).toBe(true);
    expect(Buffer.from(event.body ?? '', 'base64')).toEqual(body);
  });

  it('4: keep a text that mentions a form as a text', async () => {
    const body = 'Content-Disposition: form-data';
    await using setting = await before(fine);
    const event = await setting.eventOf({ method: 'POST', headers: [['Content-Type', 'text/plain']], body });
    expect(event).toMatchObject({ body, isBase64Encoded: false });
  });

  it('6: name the host', async () => {
    await using setting = await before(fine);
    expect((await setting.eventOf({ host: 'shop.example.com:8080' })).headers['host']).toBe(
      'shop.example.com:8080',
    );
  });

  it('7: have headers in lower case, and what front ends add', async () => {
    await using setting = await before(fine);
    const { headers } = await setting.eventOf({
      headers: [
        ['X-Forwarded-For', '203.0.113.7'],
        ['X-Custom', 'A'],
      ],
    });
    expect(headers).toMatchObject({
      'x-custom': 'A',
      'x-forwarded-for': '203.0.113.7, 127.0.0.1',
      'x-forwarded-port': String(setting.proxy.port),
      'x-forwarded-proto': 'http',
      'x-amzn-trace-id': expect.stringMatching(/^Root=1-[0-9a-f]{8}-[0-9a-f]{24}$/) as string,
    });
  });

  it('8: carry cookies as they came, quoted and odd ones too', async () => {
    await using setting = await before(fine);
    const { cookies, headers } = await setting.eventOf({
      headers: [['Cookie', 'a="q"; b=\\; c d; {"e":1}=2']],
    });
    expect(cookies).toEqual(['a="q"', 'b=\\', 'c d', '{"e":1}=2']);
    expect(headers).not.toHaveProperty('cookie');
  });

  it('9: have the path as it was asked for', async () => {
    await using setting = await before(fine);
    const event = await setting.eventOf({ target: '/a%2Fb%20c' });
    expect([event.rawPath, event.requestContext.http['path']]).toEqual(['/a%2Fb%20c', '/a%2Fb%20c']);
  });

  it.each(['//x', '/a/../b', '/a/./b', '/a//', '/%zz'])(
    '10: have %s as it is, with the body',
    async (target) => {
      await using setting = await before(fine);
      const event = await setting.eventOf({
        method: 'POST',
        target,
        headers: [['Content-Type', 'text/plain']],
        body: 'kept',
      });
      expect(event).toMatchObject({ rawPath: target, body: 'kept' });
    },
  );

  it.each(['a;b', 'a=%zz', '%'])('11: have the query %s as it is', async (query) => {
    await using setting = await before(fine);
    expect((await setting.eventOf({ target: `/?${query}` })).rawQueryString).toBe(query);
  });

  it('12: have the address of the client without its port', async () => {
    await using setting = await before(fine);
    expect((await setting.eventOf()).requestContext.http['sourceIp']).toBe('127.0.0.1');
  });

  it('13: tell the time in milliseconds and in the common log format, a request id and nobody who logged in', async () => {
    await using setting = await before(fine);
    const earlier = Date.now();
    const { requestContext } = await setting.eventOf();
    const { timeEpoch, time, requestId } = requestContext;
    expect(timeEpoch).toBeGreaterThanOrEqual(earlier);
    expect(timeEpoch).toBeLessThanOrEqual(Date.now());
    expect(time).toMatch(/^\d{2}\/[A-Z][a-z]{2}\/\d{4}:\d{2}:\d{2}:\d{2} \+0000$/);
    expect(requestId).toMatch(/\S/);
    expect(requestContext).not.toHaveProperty('authentication');
    expect(requestContext).not.toHaveProperty('authorizer');
  });

  it.each([
    ['shop.example.com', 'shop'],
    ['example.com', 'example'],
    ['a.b.c.example.com', 'a'],
  ])('14: have the first label of %s as its prefix', async (host, domainPrefix) => {
    await using setting = await before(fine);
    expect((await setting.eventOf({ host })).requestContext).toMatchObject({
      domainName: host,
      domainPrefix,
    });
  });
});

describe('routes', () => {
  it('15: are found whatever the case, the port and the final dot of a host', async () => {
    await using setting = await before(fine, { hostname: 'foo.example' });
    for (const host of ['foo.example', 'FOO.Example', 'foo.example:81', 'foo.example.', 'foo.example.:80']) {
      expect(told(await setting.send({ host }))).toBe('200 fine');
    }
    expect((await setting.send({ host: 'bar.example' })).status).toBe(404);
  });

  it('15: know addresses of IPv6, one label for a star, paths and a default', async () => {
    await using endpoint = await startFunctionEndpoint(({ path }) =>
      result({ statusCode: 200, body: path.split('/')[3] }),
    );
    const route = (name: string, keys: FileKeys): FileKeys => ({
      endpoint: endpoint.url,
      function_name: name,
      ...keys,
    });
    await using proxy = await startTestProxy({
      local: [
        route('six', { hostname: '[::1]' }),
        route('star', { hostname: '*.example' }),
        route('api', { hostname: '*.example', path_prefix: '/api' }),
        route('rest', { hostname: '*' }),
      ],
    });
    expect(told(await proxy.send({ host: '[::1]:8080' }))).toBe('200 six');
    expect(told(await proxy.send({ host: 'a.example' }))).toBe('200 star');
    expect(told(await proxy.send({ host: 'a.example', target: '/api/x' }))).toBe('200 api');
    expect(told(await proxy.send({ host: 'a.example', target: '/apix' }))).toBe('200 star');
    expect(told(await proxy.send({ host: 'a.b.example' }))).toBe('200 rest');
  });

  it('16: keep connections to their functions', async () => {
    await using setting = await before(fine);
    for (let at = 0; at < 5; at += 1) await setting.send();
    expect(setting.endpoint.connections).toBe(1);
  });

  it('26: take /ping and /healthz where the proxy is told to leave them', async () => {
    await using setting = await before(fine, {}, { internal_routes: false });
    expect(told(await setting.send({ target: '/ping' }))).toBe('200 fine');
    expect(told(await setting.send({ target: '/healthz' }))).toBe('200 fine');
    await using prefixed = await before(fine, {}, { internal_route_prefix: 'internal' });
    expect(told(await prefixed.send({ target: '/ping' }))).toBe('200 fine');
    expect(told(await prefixed.send({ target: '/internal/ping' }))).toBe('200 pong');
  });

  it('28: name functions as other emulators do', async () => {
    await using setting = await before(fine, { function_name: 'my-stack-Fn' });
    await setting.send();
    expect(setting.endpoint.calls[0]?.path).toBe('/2015-03-31/functions/my-stack-Fn/invocations');
  });
});

describe('calls', () => {
  it.each([500, 502, 429])('17: are never repeated after an answer of %d', async (status) => {
    await using setting = await before(() => ({ status, payload: '{"Message":"no"}' }));
    expect((await setting.send({ method: 'POST', body: 'once' })).status).toBe(status === 429 ? 429 : 502);
    expect(setting.endpoint.calls).toHaveLength(1);
  });

  it('20: run on several endpoints at once, and wait in a queue with an end', async () => {
    const first = held();
    const second = held();
    await using one = await startFunctionEndpoint(first.answer);
    await using other = await startFunctionEndpoint(second.answer);
    const route = { hostname: '*', endpoints: [one.url, other.url], queue: { size: 1 } };
    await using proxy = await startTestProxy({ local: [route] });
    const answers = [proxy.send(), proxy.send(), proxy.send()];
    await waitUntil('two calls and one that waits', async () => {
      const { inUse, queued } = await usageOf(proxy);
      return inUse === 2 && queued === 1;
    });
    expect([one.calls.length, other.calls.length]).toEqual([1, 1]);
    const refused = await proxy.send();
    expect(told(refused)).toBe('503 {"message":"Service Unavailable"}');
    expect(valuesOf(refused, 'retry-after')).toEqual(['1']);
    first.release();
    await waitUntil('the third call', () => one.calls.length === 2);
    first.release();
    second.release();
    expect((await Promise.all(answers)).map(told)).toEqual(['200 fine', '200 fine', '200 fine']);
  });

  it('20: leave the queue when their time is over', async () => {
    const { answer, release } = held();
    await using setting = await before(answer, { queue: { timeout: '100ms' } });
    const running = setting.send();
    await waitUntil('the first call', () => setting.endpoint.calls.length === 1);
    expect(told(await setting.send())).toBe('503 {"message":"Service Unavailable"}');
    release();
    expect(told(await running)).toBe('200 fine');
  });

  it('21: are not made for a client that left the queue', async () => {
    const { answer, release } = held();
    await using setting = await before(answer);
    const running = setting.send();
    await waitUntil('the first call', () => setting.endpoint.calls.length === 1);
    const leaving = connect(setting.proxy.port, '127.0.0.1');
    leaving.write('GET /left HTTP/1.1\r\nhost: a\r\n\r\n');
    await waitUntil('the one that waits', async () => (await usageOf(setting.proxy)).queued === 1);
    leaving.destroy();
    await waitUntil('nobody to wait', async () => (await usageOf(setting.proxy)).queued === 0);
    release();
    await running;
    expect(setting.endpoint.calls).toHaveLength(1);
    expect(setting.proxy.lines).toContainEqual(
      expect.objectContaining({ path: '/left', status: 499, error: 'client_closed' }),
    );
  });
});

describe('limits', () => {
  it('22: refuse a body that is too large before it is sent', async () => {
    await using setting = await before(fine);
    expect(await headSent(setting.proxy.port, 'a', 7_000_000)).toMatch(/^HTTP\/1.1 413 /);
    expect(setting.endpoint.calls).toEqual([]);
  });

  it('22: look for the route before the body', async () => {
    await using setting = await before(fine, { hostname: 'known.example' });
    expect(await headSent(setting.proxy.port, 'unknown.example', 5_000_000)).toMatch(/^HTTP\/1.1 404 /);
  });

  it('22: end a connection whose headers, or whose body, do not come', async () => {
    await using setting = await before(
      fine,
      {},
      { limits: { header_timeout: '200ms', body_timeout: '200ms', grace: 1 } },
    );
    const silent = connect(setting.proxy.port, '127.0.0.1');
    silent.write('GET / HTTP/1.1\r\n');
    await once(silent.resume(), 'close');
    expect(await headSent(setting.proxy.port, 'a', 10)).toMatch(/^HTTP\/1.1 408 /);
  });

  it('22: end a request whose function takes too long', async () => {
    const { answer, release } = held();
    await using setting = await before(answer, { timeout: '100ms' });
    expect(told(await setting.send())).toBe('504 {"message":"Gateway Timeout"}');
    release();
  });
});

/** Sends a head that promises a body, none of it, and gives the answer. */
async function headSent(port: number, host: string, length: number): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  socket.write(`POST / HTTP/1.1\r\nhost: ${host}\r\ncontent-length: ${length}\r\n\r\n`);
  const [answer] = (await once(socket, 'data')) as [Buffer];
  socket.destroy();
  return answer.toString('latin1');
}

describe('failures', () => {
  it('23: have a status each, and say nothing of what is behind', async () => {
    const statuses = [429, 404, 500];
    await using setting = await before(() => ({
      status: statuses.shift() ?? 200,
      payload: '{"Message":"secret"}',
    }));
    expect(told(await setting.send())).toBe('429 {"message":"Too Many Requests"}');
    expect(told(await setting.send())).toBe('502 {"message":"Bad Gateway"}');
    expect(told(await setting.send())).toBe('502 {"message":"Bad Gateway"}');
  });

  it('23: are 502 where nobody listens, and 504 where the function ran out of time', async () => {
    const gone = createServer();
    await once(gone.listen(0, '127.0.0.1'), 'listening');
    const endpoint = `http://127.0.0.1:${(gone.address() as AddressInfo).port}`;
    await once(gone.close(), 'close');
    await using proxy = await startTestProxy({ local: [{ hostname: '*', endpoint }] });
    expect(told(await proxy.send())).toBe('502 {"message":"Bad Gateway"}');
    await using setting = await before(() => ({ payload: 'Task timed out after 3.00 seconds' }));
    expect(told(await setting.send())).toBe('504 {"message":"Gateway Timeout"}');
  });

  it('24: of listening end the start', async () => {
    await using setting = await before(fine);
    await expect(startTestProxy({ port: setting.proxy.port })).rejects.toThrow();
  });
});

describe('operation', () => {
  it('25: goes over to another file without losing what runs', async () => {
    const { answer, release } = held();
    await using setting = await before(answer, { hostname: 'old.example' });
    await using other = await startFunctionEndpoint(() => result('new'));
    const running = setting.send({ host: 'old.example' });
    await waitUntil('the call', () => setting.endpoint.calls.length === 1);
    setting.proxy.change({ local: [{ hostname: 'new.example', endpoint: other.url }] });
    expect(told(await setting.send({ host: 'new.example' }))).toBe('200 new');
    expect((await setting.send({ host: 'old.example' })).status).toBe(404);
    release();
    expect(told(await running)).toBe('200 fine');
  });

  it('27: writes a line for each request', async () => {
    await using setting = await before(fine);
    await setting.send({ target: '/a?b=secret', host: 'shop.example.com' });
    await setImmediate();
    expect(await waitUntil('the line', () => setting.proxy.lines[0])).toMatchObject({
      level: 'info',
      msg: 'request',
      method: 'GET',
      host: 'shop.example.com',
      path: '/a',
      status: 200,
      bytes_out: 4,
      source_ip: '127.0.0.1',
      route: '*',
      format: 'apigw-v2',
    });
  });

  it('27: counts requests', async () => {
    await using setting = await before(fine);
    await setting.send();
    await waitUntil('the count', async () => {
      const text = await unitedMetrics([(await setting.proxy.app.report()).metrics]);
      return text.includes('lambda_proxy_requests_total{route="*",code="200"} 1');
    });
  });
});
