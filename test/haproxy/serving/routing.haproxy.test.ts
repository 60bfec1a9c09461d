import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { render } from '../../../src/haproxy/render.ts';
import { configText, layoutOf, mapText } from '../../../src/haproxy/running/layout.ts';
import type { Configuration, Route, Service } from '../../../src/haproxy/model.ts';
import { type Echo, type EchoServer, startEchoServer } from '../../support/http/echo-server.ts';
import { configuration, service, serversOf } from '../../support/haproxy/models.ts';
import { type Answer, type Form, ask, forms } from '../../support/haproxy/requests.ts';
import { freePorts } from '../../../src/sandbox/free-ports.ts';
import { type RunningHaproxy, startHaproxy } from '../../support/haproxy/server.ts';

const certificate = resolve('fixtures/haproxy/certificate.pem');

let echo: EchoServer;
beforeAll(async () => {
  echo = await startEchoServer('echo');
});
afterAll(() => echo[Symbol.asyncDispose]());

/** Services that all lead to the same server: the cookie of the backend says which one was taken. */
interface Site {
  readonly ports: { http: number; tls: number };
  readonly haproxy: RunningHaproxy;
}

/** The ways in which a file finds the backend of a request. */
const ways = ['names', 'a map'] as const;
type Way = (typeof ways)[number];

async function startSite(way: Way, services: readonly Service[]): Promise<Site> {
  const [http = 0, tls = 0] = await freePorts(2);
  const model: Configuration = configuration({
    frontend: {
      binds: [{ address: '127.0.0.1', port: http }],
      tls: { binds: [{ address: '127.0.0.1', port: tls }], certificate, minVersion: 'TLSv1.2' },
      trustedProxies: [],
    },
    services,
  });
  const ports = { http, tls };
  if (way === 'names') return { ports, haproxy: await startHaproxy(render(model), http) };
  const folder = await mkdtemp(join(tmpdir(), 'haproxy-map-'));
  const layout = layoutOf(model, join(folder, 'routes.map'));
  await writeFile(layout.map.file, mapText(layout.map));
  const haproxy = await startHaproxy(configText(layout), http);
  const stop = async (): Promise<void> => {
    await haproxy[Symbol.asyncDispose]();
    await rm(folder, { recursive: true });
  };
  return { ports, haproxy: { ...haproxy, [Symbol.asyncDispose]: stop } };
}

describe.each(ways)('a site with every kind of route, found by %s', (way) => {
  const servers = new Map<string, EchoServer>();
  let site: Site;

  const routes: Record<string, Partial<Route>[]> = {
    exact: [{ host: 'a.example' }],
    api: [{ host: 'a.example', path: '/api' }],
    deep: [{ host: 'a.example', path: '/api/v1/users' }],
    dotted: [{ host: 'my_app.a-b.example', path: '/x.y-z_0/Q' }],
    wildcard: [{ host: '*.example.org' }],
    wildcardApi: [{ host: '*.example.org', path: '/api' }],
    exactBelowWildcard: [{ host: 'shop.example.org' }],
    ipv4: [{ host: '10.0.0.1' }],
    ipv6: [{ host: '[2001:db8::1]' }],
    anywhere: [{ path: '/svc' }],
    anywhereDeep: [{ path: '/svc/deep' }],
    stripped: [{ host: 'b.example', path: '/app', strip: true }],
    many: [
      { host: 'c.example' },
      { host: 'd.example', path: '/one' },
      { host: 'd.example', path: '/two', strip: true },
    ],
  };

  beforeAll(async () => {
    for (const name of Object.keys(routes)) servers.set(name, await startEchoServer(name));
    const services = Object.entries(routes).map(([name, list]) => {
      const server = servers.get(name);
      return service(name, list, server ? { servers: serversOf(server) } : {});
    });
    site = await startSite(way, [
      ...services,
      service('down', [{ host: 'down.example.org' }, { host: 'a.example', path: '/down' }]),
    ]);
  });
  afterAll(async () => {
    await site.haproxy[Symbol.asyncDispose]();
    for (const server of servers.values()) await server[Symbol.asyncDispose]();
  });

  const taken = (host: string, path: string, form?: Form): Promise<string> =>
    ask({ ports: site.ports, host, path, ...(form && { form }) }).then(whoAnswered);

  describe.each(forms)('asked by %s', (form) => {
    it.each([
      ['a.example', '/', 'exact /'],
      ['a.example', '/api', 'api /api'],
      ['a.example', '/api/', 'api /api/'],
      ['a.example', '/api?q=/x/y', 'api /api?q=/x/y'],
      ['a.example', '/api/v1', 'api /api/v1'],
      ['a.example', '/api/v1/users', 'deep /api/v1/users'],
      ['a.example', '/api/v1/users/7/x/y', 'deep /api/v1/users/7/x/y'],
      ['a.example', '/api/v1/userspace', 'api /api/v1/userspace'],
      ['a.example', '/apix', 'exact /apix'],
      ['a.example', '/API', 'exact /API'],
      ['a.example', '//api', 'exact //api'],
      ['a.example', '/api:v1:users', 'exact /api:v1:users'],
      ['a.example', '/%61pi', 'exact /%61pi'],
      ['a.example', '/down/x', '503'],
      ['my_app.a-b.example', '/x.y-z_0/Q/r', 'dotted /x.y-z_0/Q/r'],
      ['my_app.a-b.example', '/x.y-z_0', '404'],
      ['one.example.org', '/', 'wildcard /'],
      ['one.example.org', '/api/x', 'wildcardApi /api/x'],
      ['shop.example.org', '/api', 'exactBelowWildcard /api'],
      ['down.example.org', '/', '503'],
      ['two.one.example.org', '/', '404'],
      ['example.org', '/', '404'],
      ['.example.org', '/', '404'],
      ['10.0.0.1', '/', 'ipv4 /'],
      ['[2001:db8::1]', '/', 'ipv6 /'],
      ['anything', '/svc', 'anywhere /svc'],
      ['anything', '/svc/deep/x', 'anywhereDeep /svc/deep/x'],
      ['a.example', '/svc', 'exact /svc'],
      ['anything', '/svcother', '404'],
      ['anything', '/', '404'],
      ['b.example', '/app', 'stripped /'],
      ['b.example', '/app/', 'stripped /'],
      ['b.example', '/app/x/y?q=1', 'stripped /x/y?q=1'],
      ['b.example', '/app?q=1', 'stripped /?q=1'],
      ['b.example', '/app//x', 'stripped //x'],
      ['b.example', '/other', '404'],
      ['c.example', '/', 'many /'],
      ['d.example', '/one/x', 'many /one/x'],
      ['d.example', '/two/x', 'many /x'],
    ])('%s%s leads to %s', async (host, path, expected) => {
      expect(await taken(host, path, form)).toBe(expected);
    });

    it.each(['A.EXAMPLE', 'a.example.', 'a.example:80', 'A.Example.:8080'])(
      '%s is a.example',
      async (host) => {
        expect(await taken(host, '/api', form)).toBe('api /api');
      },
    );

    it('matches an IPv6 host with a port', async () => {
      expect(await taken('[2001:DB8::1]:8080', '/', form)).toBe('ipv6 /');
    });

    it.each(['a.example.evil.net', 'evila.example', 'x.a.example', 'evilexample.org', 'r_a.example'])(
      'does not take %s for a host that it contains',
      async (host) => {
        expect(await taken(host, '/', form)).toBe('404');
      },
    );
  });

  it.each([
    'be_none',
    'fe_http',
    '#1',
    '#2',
    '',
    '.',
    ':80',
    'a:b:c',
    '2001:db8::1',
    '%[src]',
    'a.example,b.example',
    'a.example/api',
    '*.a.example',
    '/svc',
  ])('answers the Host header %j by 404 or 400, never from a backend', async (host) => {
    expect(await taken(host, '/')).toMatch(/^40[04]$/);
  });

  it('serves routes without a host to clients that send none', async () => {
    expect(await taken('', '/svc')).toBe('anywhere /svc');
  });
});

describe.each(ways)('a site whose last tier is every path of every host, found by %s', (way) => {
  const routes: Record<string, Partial<Route>> = {
    exact: { host: 'a.example', path: '/api' },
    wildcard: { host: '*.example' },
    wildcardApi: { host: '*.example', path: '/api' },
    anywhere: { path: '/svc' },
    anywhereDeep: { path: '/svc/deep' },
    everything: {},
  };
  const servers: EchoServer[] = [];
  let site: Site;

  beforeAll(async () => {
    for (const name of Object.keys(routes)) servers.push(await startEchoServer(name));
    const services = Object.values(routes).map((route, at) =>
      service(`s${at}`, [route], { servers: serversOf(...servers.slice(at, at + 1)) }),
    );
    site = await startSite(way, [...services, service('down', [{ path: '/down' }])]);
  });
  afterAll(async () => {
    await site.haproxy[Symbol.asyncDispose]();
    for (const server of servers) await server[Symbol.asyncDispose]();
  });

  it.each([
    ['a.example', '/api/x', 'exact /api/x'],
    ['a.example', '/', 'wildcard /'],
    ['a.example', '/svc', 'wildcard /svc'],
    ['b.example', '/api', 'wildcardApi /api'],
    ['example', '/svc', 'anywhere /svc'],
    ['b.c.example', '/svc/deep/x', 'anywhereDeep /svc/deep/x'],
    ['any', '/svcx', 'everything /svcx'],
    ['any', '/', 'everything /'],
    ['', '/x', 'everything /x'],
    ['any', '/down', '503'],
  ])('%s%s leads to %s', async (host, path, expected) => {
    expect(whoAnswered(await ask({ ports: site.ports, host, path }))).toBe(expected);
  });
});

describe.each(ways)('a site with one kind of route alone, found by %s', (way) => {
  const only = async (route: Partial<Route>, asked: [host: string, path: string][]): Promise<string[]> => {
    const site = await startSite(way, [service('only', [route], { servers: serversOf(echo) })]);
    await using _running = site.haproxy;
    const answers: string[] = [];
    for (const [host, path] of asked) answers.push(whoAnswered(await ask({ ports: site.ports, host, path })));
    return answers;
  };

  it('takes everything with neither host nor path', async () => {
    expect(
      await only({}, [
        ['any', '/x'],
        ['', '/'],
      ]),
    ).toEqual(['echo /x', 'echo /']);
  });

  it('takes a path on any host', async () => {
    expect(
      await only({ path: '/a/b' }, [
        ['any', '/a/b/c'],
        ['any', '/a'],
        ['any', '/a/bc'],
      ]),
    ).toEqual(['echo /a/b/c', '404', '404']);
  });

  it('takes the hosts of a wildcard', async () => {
    expect(
      await only({ host: '*.x' }, [
        ['a.x:1', '/'],
        ['x', '/'],
        ['a.b.x', '/'],
      ]),
    ).toEqual(['echo /', '404', '404']);
  });

  it('takes a host', async () => {
    expect(
      await only({ host: 'x' }, [
        ['x', '/'],
        ['y', '/'],
        ['', '/'],
      ]),
    ).toEqual(['echo /', '404', '404']);
  });

  it('has no length at which a host or path stops to match', async () => {
    const host = `${'a'.repeat(63)}.${'b'.repeat(63)}.${'c'.repeat(63)}.${'d'.repeat(61)}`;
    const path = `/${'p'.repeat(254)}`;
    expect(
      await only({ host, path }, [
        [host, path],
        [host, path.slice(0, -1)],
      ]),
    ).toEqual([`echo ${path}`, '404']);
  });

  it('takes 16 segments', async () => {
    const path = '/s'.repeat(16);
    expect(
      await only({ host: 'x', path }, [
        ['x', `${path}/t`],
        ['x', '/s'.repeat(15)],
      ]),
    ).toEqual([`echo ${path}/t`, '404']);
  });
});

describe.each(ways)('a site without services, by %s', (way) => {
  it('answers 404', async () => {
    const site = await startSite(way, []);
    await using _running = site.haproxy;
    expect(whoAnswered(await ask({ ports: site.ports, host: 'a.example' }))).toBe('404');
  });
});

/** The server and the path and query that it saw, or the status of an answer by HAProxy itself. */
function whoAnswered({ status, body }: Answer): string {
  if (status !== 200) return String(status);
  const { server, url } = JSON.parse(body) as Echo;
  return `${server} ${url.replace(/^http:\/\/[^/]*/, '')}`;
}
