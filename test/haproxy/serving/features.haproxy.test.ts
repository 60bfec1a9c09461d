import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer as createHttp2Server } from 'node:http2';
import { createServer as createHttpsServer } from 'node:https';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Configuration, Service } from '../../../src/haproxy/model.ts';
import { passwordHash } from '../../../src/haproxy/password-hash.ts';
import { render } from '../../../src/haproxy/render.ts';
import { configText, layoutOf, mapText } from '../../../src/haproxy/running/layout.ts';
import { checkConfiguration } from '../../../src/haproxy-process/check.ts';
import { freePorts } from '../../../src/sandbox/free-ports.ts';
import { type Echo, type EchoServer, startEchoServer } from '../../support/http/echo-server.ts';
import { configuration, serversOf, service } from '../../support/haproxy/models.ts';
import { type Answer, type Ask, ask } from '../../support/haproxy/requests.ts';
import { haproxyBinary, startHaproxy } from '../../support/haproxy/server.ts';

const certificate = resolve('fixtures/haproxy/certificate.pem');
const a = { host: 'a.example' };

let servers: [EchoServer, EchoServer];
beforeAll(async () => {
  servers = await Promise.all([startEchoServer('one'), startEchoServer('two')]);
});
afterAll(() => Promise.all(servers.map((server) => server[Symbol.asyncDispose]())));

/** What a test says of its ports, once they are known. */
type Parts = (ports: { http: number; tls: number; admin: number }) => Partial<Configuration>;

describe.each(['one file', 'a file and a map'])('%s', (form) => {
  async function serving(services: readonly Service[], parts: Parts = () => ({})) {
    const [http = 0, tls = 0, admin = 0] = await freePorts(3);
    const ports = { http, tls, admin };
    const model = configuration({ port: http, services, ...parts(ports) });
    const folder = await mkdtemp(join(tmpdir(), 'haproxy-form-'));
    const layout = layoutOf(model, join(folder, 'routes.map'));
    await writeFile(layout.map.file, mapText(layout.map));
    const text = form === 'one file' ? render(model) : configText(layout);
    expect(await checkConfiguration(await haproxyBinary(), text)).toEqual({
      valid: true,
      errors: [],
      warnings: [],
    });
    const haproxy = await startHaproxy(text, http);
    const get = (host: string, path = '/', more: Partial<Ask> = {}): Promise<Answer> =>
      ask({ ports, host, path, ...more });
    const stop = async (): Promise<void> => {
      await haproxy[Symbol.asyncDispose]();
      await rm(folder, { recursive: true });
    };
    return { get, ports, [Symbol.asyncDispose]: stop };
  }

  it('spreads requests over servers of several services by their weights', async () => {
    const [own] = serversOf({ ...servers[0], name: '1' });
    const [other] = serversOf({ ...servers[1], name: '1' });
    if (!own || !other) throw new Error('there are two');
    const together = [
      { ...own, of: 'web', weight: 80 },
      { ...other, of: 'next', weight: 20 },
    ];
    await using site = await serving([
      service('web', [{ host: 'b.example' }], { servers: serversOf(servers[0]) }),
      service('web_next', [a], { servers: together }),
    ]);
    const counts = new Map<string, number>();
    for (let request = 0; request < 100; request += 1) {
      const { server } = seen(await site.get('a.example'));
      counts.set(server, (counts.get(server) ?? 0) + 1);
      expect(seen(await site.get('b.example')).server).toBe('one');
    }
    expect(counts).toEqual(
      new Map([
        ['one', 80],
        ['two', 20],
      ]),
    );
  });

  it('keeps a client with its server by a cookie of its own', async () => {
    await using site = await serving([
      service('web', [a], { servers: serversOf(...servers), sticky: 'SRV' }),
    ]);
    const first = await site.get('a.example');
    const [cookie = ''] = first.headers['set-cookie'] ?? [];
    expect(cookie).toMatch(/^SRV=[0-9a-f]{16}; path=\/; HttpOnly$/);
    for (let request = 0; request < 6; request += 1) {
      const again = await site.get('a.example', '/', { headers: { cookie: cookie.split(';')[0] ?? '' } });
      expect(seen(again)).toMatchObject({ server: seen(first).server });
      expect(seen(again).headers.cookie).toBeUndefined();
    }
  });

  it('sends what no route takes to another domain, path and query with it, and never in circles', async () => {
    const parts: Parts = ({ http }) => ({
      frontend: {
        binds: [{ address: '127.0.0.1', port: http }],
        trustedProxies: [],
        fallback: { domain: 'home.example:8080', keepPath: true },
      },
    });
    await using site = await serving([service('web', [{ ...a, path: '/app' }])], parts);
    const answer = await site.get('unknown.example', '/x?q=1');
    expect([answer.status, answer.headers.location]).toEqual([302, 'http://home.example:8080/x?q=1']);
    expect((await site.get('a.example', '/other')).status).toBe(302);
    for (const host of ['home.example', 'HOME.example.', 'home.example:8080'])
      expect((await site.get(host)).status).toBe(404);
  });

  it('shows its pages on the public listener to those who know the passwords, before any route', async () => {
    const credentials = (user: string) => ({ user, hash: passwordHash(`${user}-secret`, 'salt') });
    const parts: Parts = ({ http }) => ({
      frontend: {
        binds: [{ address: '127.0.0.1', port: http }],
        trustedProxies: [],
        pages: { stats: credentials('stats_user'), metrics: credentials('stats') },
      },
    });
    const routes = [{}, { ...a, path: '/stats', strip: true }];
    await using site = await serving([service('web', routes, { servers: serversOf(servers[0]) })], parts);
    const as = (user: string, password: string) => ({
      headers: { authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}` },
    });
    for (const [path, user, text] of [
      ['/stats', 'stats_user', 'Statistics Report'],
      ['/stats;csv', 'stats_user', '# pxname'],
      ['/metrics', 'stats', 'haproxy_process_'],
    ] as const) {
      expect((await site.get('a.example', path)).status).toBe(401);
      expect((await site.get('a.example', path, as(user, 'wrong'))).status).toBe(401);
      expect((await site.get('a.example', path, as('nobody', `${user}-secret`))).status).toBe(401);
      const answer = await site.get('a.example', path, as(user, `${user}-secret`));
      expect(answer).toMatchObject({ status: 200, body: expect.stringContaining(text) as string });
    }
    for (const path of ['/statsx', '/metrics/x'])
      expect(seen(await site.get('a.example', path)).url).toBe(path);
  });

  it('asks for a password on a listener of its own', async () => {
    const parts: Parts = ({ admin }) => ({
      stats: {
        binds: [{ address: '127.0.0.1', port: admin }],
        credentials: { user: 'admin', hash: passwordHash('secret', 'salt') },
      },
    });
    await using site = await serving([], parts);
    const { admin } = site.ports;
    const headers = { authorization: `Basic ${Buffer.from('admin:secret').toString('base64')}` };
    for (const path of ['/stats', '/metrics']) {
      expect((await ask({ ports: { http: admin }, host: 'x', path })).status).toBe(401);
      expect((await ask({ ports: { http: admin }, host: 'x', path, headers })).status).toBe(200);
    }
  });

  it('sends every request in the clear to TLS, and tells browsers to stay there', async () => {
    const parts: Parts = ({ http, tls }) => ({
      frontend: {
        binds: [{ address: '127.0.0.1', port: http }],
        tls: {
          binds: [{ address: '127.0.0.1', port: tls }],
          certificate,
          minVersion: 'TLSv1.2',
          redirect: true,
          hsts: 3600,
          fingerprint: 'a1',
        },
        trustedProxies: [],
      },
    });
    await using site = await serving([service('web', [a], { servers: serversOf(servers[0]) })], parts);
    const answer = await site.get('a.example', '/x?q=1');
    expect([answer.status, answer.headers.location]).toEqual([
      308,
      `https://a.example:${site.ports.tls}/x?q=1`,
    ]);
    expect(answer.headers).not.toHaveProperty('strict-transport-security');
    const secure = await site.get('a.example', '/x', { form: 'HTTP/2 over TLS' });
    expect(secure.headers['strict-transport-security']).toBe('max-age=3600');
    expect(seen(secure).url).toBe('/x');
  });

  it('sends requests in the clear of one route to TLS, and serves its pages and other routes', async () => {
    const parts: Parts = ({ http, tls }) => ({
      frontend: {
        binds: [{ address: '127.0.0.1', port: http }],
        tls: { binds: [{ address: '127.0.0.1', port: tls }], certificate, minVersion: 'TLSv1.2' },
        trustedProxies: [],
      },
    });
    const routes = [a, { ...a, path: '/app', tls: true, strip: true }];
    await using site = await serving([service('web', routes, { servers: serversOf(servers[0]) })], parts);
    const answer = await site.get('A.example', '/app/x?q=1', { headers: { 'x-forwarded-proto': 'https' } });
    expect([answer.status, answer.headers.location]).toEqual([
      308,
      `https://a.example:${site.ports.tls}/app/x?q=1`,
    ]);
    expect(seen(await site.get('a.example', '/app/x', { form: 'HTTP/2 over TLS' })).url).toBe('/x');
    expect((await site.get('a.example')).status).toBe(200);
    expect((await site.get('')).status).toBe(404);
  });

  it('speaks HTTPS and HTTP/2 to servers that want it', async () => {
    const pem = readFileSync(certificate);
    const names: (string | boolean | undefined)[] = [];
    const secure = createHttpsServer({ key: pem, cert: pem }, ({ socket }, response) => {
      names.push((socket as { servername?: string }).servername);
      response.end('secure');
    }).listen(0, '127.0.0.1');
    const modern = createHttp2Server((request, response) =>
      response.end(`HTTP/${request.httpVersion}`),
    ).listen(0, '127.0.0.1');
    await Promise.all([once(secure, 'listening'), once(modern, 'listening')]);
    const at = (server: { address(): unknown }) => ({
      id: '1',
      address: '127.0.0.1',
      port: (server.address() as { port: number }).port,
    });
    await using site = await serving([
      service('secure', [a], { servers: [{ ...at(secure), scheme: 'https' }] }),
      service('modern', [{ host: 'b.example' }], {
        servers: [{ ...at(modern), scheme: 'h2' }],
        check: 'off',
      }),
    ]);
    expect((await site.get('a.example:80')).body).toBe('secure');
    expect(names).toEqual(['a.example']);
    expect((await site.get('b.example')).body).toBe('HTTP/2.0');
    secure.closeAllConnections();
    secure.close();
    modern.close();
  });

  it('takes lines and sections of an administrator', async () => {
    const own = {
      base: 'global\n    maxconn 1000\n\ndefaults\n    mode http\n    timeout connect 5s\n    timeout client 5s\n    timeout server 5s\n',
      extra: 'frontend fe_extra\n    bind 127.0.0.1:EXTRA\n    http-request return status 204\n',
      frontend: ['http-request set-header X-Front front'],
      backend: ['http-request set-header X-Every every'],
    };
    const parts: Parts = ({ admin }) => ({
      own: { ...own, extra: own.extra.replace('EXTRA', String(admin)) },
    });
    const services = [
      service('web', [a], {
        servers: serversOf(servers[0]),
        snippet: ['http-request set-header X-Web "with words"'],
      }),
      service('other', [{ host: 'b.example' }], {
        servers: serversOf(servers[0]),
        timeout: 1_000,
        slowstart: 1_000,
      }),
    ];
    await using site = await serving(services, parts);
    expect(seen(await site.get('a.example')).headers).toMatchObject({
      'x-front': 'front',
      'x-every': 'every',
      'x-web': 'with words',
    });
    const other = seen(await site.get('b.example')).headers;
    expect([other['x-every'], other['x-web']]).toEqual(['every', undefined]);
    expect((await ask({ ports: { http: site.ports.admin }, host: 'x' })).status).toBe(204);
  });
});

const seen = ({ body }: Answer): Echo => JSON.parse(body) as Echo;
