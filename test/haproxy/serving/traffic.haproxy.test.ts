import { resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Configuration, type Service, standardGlobal } from '../../../src/haproxy/model.ts';
import { render } from '../../../src/haproxy/render.ts';
import { type Echo, type EchoServer, startEchoServer } from '../../support/http/echo-server.ts';
import { configuration, quickChecks, serversOf, service } from '../../support/haproxy/models.ts';
import { type Answer, ask } from '../../support/haproxy/requests.ts';
import { freePorts } from '../../../src/sandbox/free-ports.ts';
import { startHaproxy } from '../../support/haproxy/server.ts';
import { startNameServer } from '../../support/haproxy/name-server.ts';

const a = { host: 'a.example' };
const seen = ({ body }: Answer): Echo => JSON.parse(body) as Echo;

let servers: [EchoServer, EchoServer, EchoServer];
beforeAll(async () => {
  servers = await Promise.all([startEchoServer('one'), startEchoServer('two'), startEchoServer('three')]);
});
afterAll(() => Promise.all(servers.map((server) => server[Symbol.asyncDispose]())));

/** HAProxy with these services and a function that asks it for a path of a.example. */
async function serving(services: readonly Service[], parts: Partial<Configuration> = {}) {
  const [http = 0] = await freePorts(1);
  const haproxy = await startHaproxy(render(configuration({ port: http, services, ...parts })), http);
  const get = (path = '/', headers: Record<string, string> = {}): Promise<Answer> =>
    ask({ ports: { http }, host: 'a.example', path, headers });
  return { get, output: () => haproxy.output(), [Symbol.asyncDispose]: () => haproxy[Symbol.asyncDispose]() };
}

describe('a service with a cookie', () => {
  const shop = (...members: EchoServer[]): Service =>
    service('shop', [a, { host: 'a.example', path: '/app' }], {
      cookie: 'SID',
      servers: serversOf(...members),
    });

  async function login(get: (path: string) => Promise<Answer>, name: string): Promise<string> {
    for (let attempt = 0; attempt < 10; attempt += 1) {
      const answer = await get('/login');
      const [cookie = ''] = answer.headers['set-cookie'] ?? [];
      if (seen(answer).server === name) return cookie.split(';')[0] ?? '';
    }
    throw new Error(`${name} never answered`);
  }

  it('keeps each of three clients with its own server, which sees its own cookie value', async () => {
    await using site = await serving([shop(...servers)]);
    for (const { name } of servers) {
      const cookie = await login(site.get, name);
      for (const path of ['/', '/x', '/app', '/app/y']) {
        const echo = seen(await site.get(path, { cookie: `other=1; ${cookie}; last=2` }));
        expect([echo.server, echo.headers.cookie]).toEqual([name, `other=1; SID=session-of-${name}; last=2`]);
      }
    }
  });

  it('keeps clients when the order changes, and when another server is gone', async () => {
    const [one, two, three] = servers;
    const cookies = new Map<string, string>();
    {
      await using site = await serving([shop(one, two, three)]);
      for (const { name } of servers) cookies.set(name, await login(site.get, name));
    }
    {
      await using site = await serving([shop(three, one, two)]);
      for (const [name, cookie] of cookies) expect(seen(await site.get('/', { cookie })).server).toBe(name);
    }
    {
      await using site = await serving([shop(three, two)]);
      expect(seen(await site.get('/', { cookie: cookies.get('two') ?? '' })).server).toBe('two');
      expect(seen(await site.get('/', { cookie: cookies.get('three') ?? '' })).server).toBe('three');
      expect((await site.get('/', { cookie: cookies.get('one') ?? '' })).status).toBe(200);
    }
  });

  it('does not tell clients which server they are with', async () => {
    await using site = await serving([shop(...servers)]);
    const cookie = await login(site.get, 'two');
    expect(cookie).toMatch(/^SID=[0-9a-f]{16}~session-of-two$/);
  });
});

describe('what servers are told of the client', () => {
  const forged = {
    'x-forwarded-for': '6.6.6.6',
    'x-forwarded-proto': 'https',
    'x-forwarded-host': 'evil.example',
    'x-forwarded-port': '666',
    'x-real-ip': '6.6.6.6',
    forwarded: 'for=6.6.6.6',
  };
  const plain = (): Service => service('plain', [a], { servers: serversOf(servers[0]) });
  const told = async (
    trustedProxies: string[],
    headers: Record<string, string>,
  ): Promise<Record<string, unknown>> => {
    const [http = 0] = await freePorts(1);
    const frontend = { binds: [{ address: '127.0.0.1', port: http }], trustedProxies };
    await using _haproxy = await startHaproxy(render(configuration({ frontend, services: [plain()] })), http);
    const echo = seen(await ask({ ports: { http }, host: 'a.example', headers }));
    return Object.fromEntries(Object.entries(echo.headers).filter(([name]) => /^(x-|forwarded)/.test(name)));
  };

  it('is what HAProxy saw, whatever the client claims', async () => {
    expect(await told([], forged)).toEqual({ 'x-forwarded-for': '127.0.0.1', 'x-forwarded-proto': 'http' });
    expect(await told(['10.0.0.0/8', '::1'], forged)).toEqual({
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-proto': 'http',
    });
  });

  it('is kept and completed when a trusted proxy says it', async () => {
    expect(await told(['10.0.0.0/8', '127.0.0.0/8'], forged)).toEqual({
      ...forged,
      'x-forwarded-for': '6.6.6.6, 127.0.0.1',
    });
  });

  it('is filled in where a trusted proxy says nothing', async () => {
    expect(await told(['127.0.0.1'], {})).toEqual({
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-proto': 'http',
    });
  });
});

describe('a route that wants TLS', () => {
  const certificate = resolve('fixtures/haproxy/certificate.pem');
  const secure = (): Service[] => [
    service(
      'secure',
      [
        { ...a, tls: true },
        { host: 'a.example', path: '/app', tls: true, strip: true },
      ],
      { servers: serversOf(servers[0]) },
    ),
    service('open', [{ host: 'open.example' }], { servers: serversOf(servers[1]) }),
  ];

  it('redirects requests in the clear to the TLS port, path and query unchanged, and serves those over TLS', async () => {
    const [http = 0, tls = 0] = await freePorts(2);
    const frontend = {
      binds: [{ address: '127.0.0.1', port: http }],
      tls: { binds: [{ address: '127.0.0.1', port: tls }], certificate, minVersion: 'TLSv1.2' as const },
      trustedProxies: [],
    };
    await using _haproxy = await startHaproxy(render(configuration({ frontend, services: secure() })), http);
    const ports = { http, tls };
    for (const headers of [{}, { 'x-forwarded-proto': 'https' }]) {
      const answer = await ask({ ports, host: `A.example:${http}`, path: '/app/x?q=1', headers });
      expect([answer.status, answer.headers.location]).toEqual([308, `https://a.example:${tls}/app/x?q=1`]);
    }
    const answer = await ask({ ports, host: 'a.example', path: '/app/x', form: 'HTTP/2 over TLS' });
    expect(seen(answer)).toMatchObject({ url: '/x', headers: { 'x-forwarded-proto': 'https' } });
    expect((await ask({ ports, host: 'open.example' })).status).toBe(200);
  });

  it('never redirects to what is no host', async () => {
    const [http = 0] = await freePorts(1);
    const frontend = { binds: [{ address: '127.0.0.1', port: http }], trustedProxies: ['192.0.2.1'] };
    const services = [
      service('all', [{ tls: true }, { path: '/app', tls: true }], { servers: serversOf(servers[0]) }),
    ];
    await using _haproxy = await startHaproxy(render(configuration({ frontend, services })), http);
    for (const host of ['', ':80', 'foo/bar', 'evil@foo', '"a"', "'a'", 'a b', '[zz]', '::1]', 'a:b:c']) {
      const answer = await ask({ ports: { http }, host, path: '/app' });
      expect([host, answer.status, answer.headers.location]).toEqual([host, 400, undefined]);
    }
    for (const host of ['Sub_1.a-b.example', '10.0.0.1', '[2001:DB8::1]']) {
      const answer = await ask({ ports: { http }, host, path: '/app' });
      expect([answer.status, answer.headers.location]).toEqual([308, `https://${host.toLowerCase()}/app`]);
    }
  });

  it('believes a trusted proxy that ends TLS, and redirects to the usual port', async () => {
    const [http = 0] = await freePorts(1);
    const frontend = { binds: [{ address: '127.0.0.1', port: http }], trustedProxies: ['127.0.0.1'] };
    await using _haproxy = await startHaproxy(render(configuration({ frontend, services: secure() })), http);
    const ports = { http };
    expect((await ask({ ports, host: 'a.example', headers: { 'x-forwarded-proto': 'https' } })).status).toBe(
      200,
    );
    const answer = await ask({ ports, host: 'a.example:8080', headers: { 'x-forwarded-proto': 'http' } });
    expect([answer.status, answer.headers.location]).toEqual([308, 'https://a.example/']);
  });
});

describe('servers that fail', () => {
  it('are passed over within the request when they refuse connections', async () => {
    const [closed = 0] = await freePorts(1);
    const members = serversOf(servers[0], { name: 'closed', port: closed });
    await using site = await serving([service('x', [a], { servers: members })]);
    const answers = await Promise.all(Array.from({ length: 20 }, () => site.get()));
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 20 }, () => 200));
  });

  it('get no requests while their health path fails, on any route, and 503 says that all do', async () => {
    await using sick = await startEchoServer('sick');
    sick.broken.add('/up?full=1');
    const members = serversOf(servers[0], sick);
    const routes = [a, { host: 'a.example', path: '/app' }, { path: '/any' }];
    const services = [
      service('x', routes, { servers: members, check: '/up?full=1' }),
      service('none', [{ host: 'a.example', path: '/none' }], {
        servers: serversOf(sick),
        check: '/up?full=1',
      }),
      service('wild', [{ host: '*.example' }], { servers: serversOf(servers[1]) }),
    ];
    await using site = await serving(services, { defaults: quickChecks });
    await vi.waitFor(async () => expect((await site.get('/none')).status).toBe(503), { timeout: 10_000 });
    const answering = async (): Promise<string[]> => {
      const answers = await Promise.all(['/', '/app', '/', '/app'].map((path) => site.get(path)));
      return answers.map((answer) => seen(answer).server);
    };
    await vi.waitFor(async () => expect(new Set(await answering())).toEqual(new Set(['one'])), {
      timeout: 10_000,
    });
    sick.broken.clear();
    await vi.waitFor(async () => expect((await site.get('/none')).status).toBe(200), { timeout: 10_000 });
    await vi.waitFor(async () => expect(seen(await site.get('/app')).server).toBe('sick'), {
      timeout: 10_000,
    });
  });

  it('are asked for their health under the name of the route', async () => {
    const hosts = new Set<string | undefined>();
    await using server = await startEchoServer('watched');
    server.observe = ({ url, headers }) => url === '/up' && hosts.add(headers.host);
    await using _site = await serving(
      [service('x', [{ host: '*.shop.example' }], { check: '/up', servers: serversOf(server) })],
      {
        defaults: quickChecks,
      },
    );
    await vi.waitFor(() => expect([...hosts]).toEqual(['shop.example']), { timeout: 10_000 });
  });
});

describe('servers that are given by name', () => {
  it('are found by DNS while HAProxy runs; one that is not found stops nothing', async () => {
    await using dns = await startNameServer('web.internal', 'rhtml.internal');
    const resolvers = { nameservers: [dns] };
    const named = (name: string): Service['servers'] => [
      { id: 'named', address: name, port: servers[2].port },
    ];
    const services = [
      service('web', [a], { servers: named('web.internal') }),
      service('reverse', [{ host: 'a.example', path: '/reverse' }], { servers: named('rhtml.internal') }),
      service('gone', [{ host: 'a.example', path: '/gone' }], { servers: named('gone.internal') }),
    ];
    await using site = await serving(services, { resolvers, defaults: quickChecks });
    await vi.waitFor(async () => expect((await site.get()).status).toBe(200), { timeout: 15_000 });
    await vi.waitFor(async () => expect((await site.get('/reverse')).status).toBe(200), { timeout: 15_000 });
    expect((await site.get('/gone')).status).toBe(503);
  });
});

it('logs every request of the public listener to standard output when told to', async () => {
  const [http = 0, admin = 0] = await freePorts(2);
  const stats = { binds: [{ address: '127.0.0.1', port: admin }] };
  const model = configuration({
    port: http,
    stats,
    global: { ...standardGlobal, log: 'stdout' },
    services: [service('x', [a], { servers: serversOf(servers[0]) })],
  });
  await using haproxy = await startHaproxy(render(model), http);
  await ask({ ports: { http: admin }, host: 'admin', path: '/stats' });
  await ask({ ports: { http }, host: 'a.example', path: '/logged' });
  await vi.waitFor(() =>
    expect(haproxy.output()).toMatch(/fe_http r_a\.example\/s_one .* 200 .*"GET \/logged HTTP\/1\.1"/),
  );
  expect(haproxy.output()).not.toContain('/stats');
});
