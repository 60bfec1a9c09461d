import { afterAll, beforeAll, expect, it } from 'vitest';
import { readProxyConfig } from '../../src/registry/config.ts';
import { renderPayload } from '../../src/registry/render-payload.ts';
import { freePorts } from '../../src/sandbox/free-ports.ts';
import { type Echo, type EchoServer, startEchoServer } from '../support/http/echo-server.ts';
import { type Form, ask, forms } from '../support/haproxy/requests.ts';
import { type RunningHaproxy, startHaproxy } from '../support/haproxy/server.ts';
import { candidate } from '../support/registry/registry.ts';

const services = {
  host: { predicate: 'a.example:8080' },
  hostApi: { configMode: 'path', predicate: '/api/', hosts: ['a.example'], strip: true },
  wildcard: { predicate: '*.example.org:443' },
  api: { configMode: 'PATH', predicate: 'api/' },
  everything: { configMode: 'path', predicate: '/', strip: true },
};

let echoes: EchoServer[];
beforeAll(async () => {
  echoes = await Promise.all(Object.keys(services).map((name) => startEchoServer(name)));
});
afterAll(() => Promise.all(echoes.map((echo) => echo[Symbol.asyncDispose]())));

interface Site extends AsyncDisposable {
  /** The service that answers and the path that it sees, or the status of HAProxy's own answer. */
  get(host: string, path: string, form?: Form): Promise<string>;
}

async function startSite(without: readonly string[] = []): Promise<Site> {
  const [http = 0] = await freePorts(1);
  const candidates = Object.entries(services)
    .map(([name, parts], at) => candidate(name, { c: '127.0.0.1' }, { ...parts, port: echoes[at]?.port }))
    .filter((_, at) => !without.includes(Object.keys(services)[at] ?? ''));
  const proxy = readProxyConfig({ BIND: `127.0.0.1:${http}`, STATS_BIND: '', LOG: '' });
  const { config } = renderPayload({ table: 't', running: [], candidates }, proxy);
  const haproxy: RunningHaproxy = await startHaproxy(config, http);
  return {
    [Symbol.asyncDispose]: () => haproxy[Symbol.asyncDispose](),
    async get(host, path, form = 'HTTP/1.1') {
      const { status, body } = await ask({ ports: { http }, host, path, form });
      if (status !== 200) return String(status);
      const { server, url } = JSON.parse(body) as Echo;
      return `${server} ${url.replace(/^http:\/\/[^/]*/, '')}`;
    },
  };
}

it.each(forms.filter((form) => form !== 'HTTP/2 over TLS'))(
  'tries every path of every host last: %s',
  async (form) => {
    await using site = await startSite();
    expect(await site.get('a.example', '/x', form)).toBe('host /x');
    expect(await site.get('A.example.:81', '/', form)).toBe('host /');
    expect(await site.get('a.example', '/api/x', form)).toBe('hostApi /x');
    expect(await site.get('b.example.org', '/api', form)).toBe('wildcard /api');
    expect(await site.get('b.example', '/api/x', form)).toBe('api /api/x');
    expect(await site.get('b.example', '/other', form)).toBe('everything /other');
    expect(await site.get('x.b.example.org', '/', form)).toBe('everything /');
  },
);

it('answers 404 where nobody has every path', async () => {
  await using site = await startSite(['everything']);
  expect(await site.get('b.example', '/other')).toBe('404');
  expect(await site.get('b.example', '/api')).toBe('api /api');
});

it('matches paths byte for byte', async () => {
  await using site = await startSite();
  const others = ['//api', '/%61pi', '/./api', '/API', '/api;x', '/apis', '/x/../api'];
  for (const path of others) expect(await site.get('b.example', path)).toBe(`everything ${path}`);
  expect(await site.get('a.example', '/api//x')).toBe('hostApi //x');
  expect(await site.get('a.example', '/api/%2e')).toBe('hostApi /%2e');
});
