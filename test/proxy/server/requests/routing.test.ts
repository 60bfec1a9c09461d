import { describe, expect, it } from 'vitest';
import { type FunctionStub, useFunction } from '../../../support/proxy/function-stub.ts';
import { request } from '../../../support/http/connection.ts';
import { type TestProxy, useProxy } from '../../../support/proxy/served-proxy.ts';

/** A proxy whose routes each have a function that answers with the name of its route and the path that it saw. */
async function given(routes: Readonly<Record<string, string>>, keys = ''): Promise<TestProxy> {
  const lines = await Promise.all(
    Object.entries(routes).map(async ([name, route]) => {
      const { url } = await useFunction((call) => call.answer(`${name} ${call.event.rawPath}`));
      return `  - { ${route}, endpoint: "${url}" }\n`;
    }),
  );
  return useProxy(`${keys}local:\n${lines.join('')}`);
}

async function answerTo(proxy: TestProxy, host: string, path = '/'): Promise<string> {
  const { status, text } = await proxy.ask(request(path, host));
  return status === 200 ? text : String(status);
}

describe('hosts', () => {
  const routes = {
    exact: 'hostname: a.example.com',
    wildcard: 'hostname: "*.example.com"',
    address: 'hostname: 192.0.2.1',
    six: 'hostname: "[2001:db8::1]"',
    all: 'hostname: "*"',
  };

  it.each([
    ['a.example.com', 'exact'],
    ['A.Example.COM', 'exact'],
    ['a.example.com.', 'exact'],
    ['a.example.com:8080', 'exact'],
    ['a.example.com.:8080', 'exact'],
    ['a.example.com..', 'all'],
    ['b.example.com', 'wildcard'],
    ['B.EXAMPLE.com.:1', 'wildcard'],
    ['c.b.example.com', 'all'],
    ['example.com', 'all'],
    ['.example.com', 'all'],
    ['192.0.2.1:80', 'address'],
    ['[2001:db8::1]', 'six'],
    ['[2001:DB8:0:0::1]:8080', 'six'],
    ['[::1]', 'all'],
    ['localhost', 'all'],
    ['', 'all'],
  ])('as %j lead to the route %s', async (host, name) => {
    const proxy = await given(routes);
    expect(await answerTo(proxy, host)).toBe(`${name} /`);
  });

  it.each([
    'a.example.com/x',
    'a,b',
    'a b',
    'user@a.example.com',
    '*',
    '*.example.com',
    'ä.example',
    '[::1',
    '::1',
    '[::g]',
    '[fe80::1%eth0]',
    'a:b',
    'a:123456',
    'a?b',
    'a#b',
    'a%41',
    '"a"',
  ])('as %j are answered with 400, on every route', async (host) => {
    const proxy = await given(routes);
    expect(await answerTo(proxy, host)).toBe('400');
    expect(proxy.lines).toMatchObject([{ error: 'bad_request', source_ip: '127.0.0.1' }]);
  });

  it('that nobody serves are answered with 404', async () => {
    const proxy = await given({ exact: routes.exact, wildcard: routes.wildcard });
    const answer = await proxy.ask(request('/x', 'other.test'));
    expect(answer).toMatchObject({ status: 404, text: '{"message":"Not Found"}' });
    expect(answer.header('content-type')).toBe('application/json');
    expect(proxy.lines).toMatchObject([{ status: 404, error: 'no_route', host: 'other.test', path: '/x' }]);
    expect(await proxy.metric('lambda_proxy_requests_total', { route: 'none', code: '404' })).toBe(1);
  });

  it('may be absent in HTTP/1.0 alone, which only * serves', async () => {
    const named = await given({ exact: routes.exact, wildcard: routes.wildcard });
    const all = await given(routes);
    expect((await named.ask('GET / HTTP/1.0\r\n\r\n')).status).toBe(404);
    expect((await all.ask('GET / HTTP/1.0\r\n\r\n')).text).toBe('all /');
    expect((await all.ask('GET / HTTP/1.0\r\nHost: a.example.com\r\n\r\n')).text).toBe('exact /');
    expect((await all.ask('GET / HTTP/1.1\r\n\r\n')).status).toBe(400);
  });

  it('may not be given twice, however many headers are between them', async () => {
    const proxy = await given(routes);
    const others = Array.from({ length: 3_000 }, () => 'a:b');
    expect((await proxy.ask(request('/', 'a.example.com', ['Host: a.example.com']))).status).toBe(400);
    expect((await proxy.ask(request('/', 'a.example.com', [...others, 'hOST: b.test']))).status).toBe(400);
  });

  it('of absolute targets win over the header', async () => {
    const proxy = await given(routes);
    expect(await answerTo(proxy, 'b.example.com', 'http://A.example.com:80/x?y')).toBe('exact /x');
    expect(await answerTo(proxy, 'b.example.com', 'http://a.example.com')).toBe('exact /');
    expect(await answerTo(proxy, 'b.example.com', 'HTTPS://a.example.com?q')).toBe('exact /');
    expect(await answerTo(proxy, 'b.example.com', 'http:///x')).toBe('400');
    expect(await answerTo(proxy, 'b.example.com', 'http://u@a.example.com/')).toBe('400');
    expect(await answerTo(proxy, 'a,b', 'http://a.example.com/')).toBe('400');
    expect(await answerTo(proxy, 'a.example.com', 'ftp://b.example.com/')).toBe('400');
  });

  it('are in events as their clients wrote them, and as they are meant', async () => {
    const stub = await useFunction();
    const proxy = await useProxy(`local: [{ hostname: "*", endpoint: "${stub.url}" }]`);
    await proxy.ask(request('/', 'A.Example.com.:80'));
    await proxy.ask(request('http://B.example.com:81/', 'c.test'));
    expect(stub.calls.map(({ event }) => [event.headers['host'], event.requestContext])).toMatchObject([
      ['A.Example.com.:80', { domainName: 'a.example.com', domainPrefix: 'a' }],
      ['B.example.com:81', { domainName: 'b.example.com', domainPrefix: 'b' }],
    ]);
  });
});

describe('paths', () => {
  const routes = {
    api: 'hostname: a.test, path_prefix: /api',
    v1: 'hostname: a.test, path_prefix: /api/v1',
    stripped: 'hostname: a.test, path_prefix: /strip, strip_prefix: true',
    wild: 'hostname: "*.test"',
    all: 'hostname: "*", path_prefix: /deep/down',
  };

  it.each([
    ['/api', 'api /api'],
    ['/api/', 'api /api/'],
    ['/api?/api/v1', 'api /api'],
    ['/apix', 'wild /apix'],
    ['/API', 'wild /API'],
    ['/api/v1', 'v1 /api/v1'],
    ['/api/v1/', 'v1 /api/v1/'],
    ['/api/v10', 'api /api/v10'],
    ['/api/v1/x/../..', 'v1 /api/v1/x/../..'],
    ['/api//v1', 'api /api//v1'],
    ['//api', 'wild //api'],
    ['/%61pi', 'wild /%61pi'],
    ['/./api', 'wild /./api'],
    ['/api;x', 'wild /api;x'],
    ['/strip', 'stripped /'],
    ['/strip/', 'stripped /'],
    ['/strip//x%2F', 'stripped //x%2F'],
    ['/strip?a=b', 'stripped /'],
    ['/deep/down', 'wild /deep/down'],
    ['/', 'wild /'],
    ['*', 'wild *'],
  ])('as %s lead to %s', async (path, expected) => {
    expect(await answerTo(await given(routes), 'a.test', path)).toBe(expected);
  });

  it('fall through to every host where none of the host fits', async () => {
    const proxy = await given({ api: routes.api, all: routes.all });
    expect(await answerTo(proxy, 'a.test', '/deep/down/x')).toBe('all /deep/down/x');
    expect(await answerTo(proxy, 'a.test', '/deep')).toBe('404');
  });

  it('and queries reach functions as their bytes came', async () => {
    const stub = await useFunction();
    const proxy = await useProxy(`local: [{ hostname: "*", endpoint: "${stub.url}" }]`);
    await proxy.ask(request('/a%2F%zz/../b//c?x=%20;y=1&&z=+%e2?&'));
    expect((await stub.call()).event).toMatchObject({
      rawPath: '/a%2F%zz/../b//c',
      rawQueryString: 'x=%20;y=1&&z=+%e2?&',
    });
  });
});

describe('the own answers of the proxy', () => {
  it('are on every host, for GET and HEAD, below the prefix', async () => {
    const stub: FunctionStub = await useFunction((call) => call.answer('function'));
    const local = `local: [{ hostname: a.test, endpoint: "${stub.url}" }]`;
    const plain = await useProxy(local);
    const below = await useProxy(`internal_route_prefix: internal\n${local}`);
    const none = await useProxy(`internal_routes: false\n${local}`);
    for (const host of ['a.test', 'other.test']) {
      expect(await answerTo(plain, host, '/ping')).toBe('pong');
      expect(await answerTo(plain, host, '/ping?x=y')).toBe('pong');
      expect(await answerTo(plain, host, '/healthz')).toBe('');
      expect(await answerTo(below, host, '/internal/ping')).toBe('pong');
      expect(await answerTo(below, host, '/internal/healthz')).toBe('');
    }
    for (const [proxy, path] of [
      [below, '/ping'],
      [below, '/healthz'],
      [none, '/ping'],
      [plain, '/ping/'],
      [plain, '/Ping'],
      [plain, '/healthz/x'],
    ] as const) {
      expect(await answerTo(proxy, 'a.test', path)).toBe('function');
      expect(await answerTo(proxy, 'other.test', path)).toBe('404');
    }
    expect((await plain.ask(request('/ping', 'a.test', [], 'POST'))).text).toBe('function');
    expect((await plain.ask(request('/ping', 'a.test', [], 'OPTIONS'))).text).toBe('function');
  });

  it('have no body for HEAD, and the connection goes on', async () => {
    const proxy = await useProxy('local: []');
    const connection = await proxy.connect();
    connection.send(request('/ping', 'a.test', [], 'HEAD') + request('/ping', 'a.test'));
    const head = await connection.answer('HEAD');
    expect(head).toMatchObject({ status: 200, text: '' });
    expect(head.header('content-length')).toBe('4');
    expect((await connection.answer()).text).toBe('pong');
  });
});
