import { describe, expect, it } from 'vitest';
import { readAgentConfig } from '../../src/agent/config.ts';
import { createConfigurer, type Surroundings } from '../../src/agent/configuration.ts';
import type { Sighting } from '../../src/agent/model/sighting.ts';
import { modelRules } from '../../src/agent/rules.ts';
import type { Configuration } from '../../src/haproxy/model.ts';
import { passwordHash } from '../../src/haproxy/password-hash.ts';
import { render } from '../../src/haproxy/render.ts';
import { configText, layoutOf } from '../../src/haproxy/running/layout.ts';
import { instance, sighting, view, mergeSources } from '../support/agent/sightings.ts';
import { linesOf, parseHaproxyFile } from '../support/haproxy/file.ts';

const nothing: Surroundings = {
  base: undefined,
  extra: undefined,
  fingerprint: undefined,
  hashes: { metrics: undefined, stats: undefined, listener: undefined },
};

/** The configuration of a file's keys and what is seen. */
function configured(
  text: string,
  sightings: readonly Sighting[] = [],
  around: Partial<Surroundings> = {},
  running?: Parameters<typeof createConfigurer>[2],
): Configuration {
  const { config } = readAgentConfig(`sources: { file: {} }\n${text}`, 'agent.yaml', {});
  const model = mergeSources([view('docker', ...sightings)], modelRules(config, new Set()));
  return createConfigurer(config, { ...nothing, ...around }, running)(model);
}

const web = (attributes: Record<string, string> = {}, parts: Parameters<typeof instance>[1] = {}): Sighting =>
  sighting('web', [instance('a', { attributes, ...parts })]);
const serviceOf = (text: string, sighting: Sighting) => configured(text, [sighting]).services[0];

describe('a service', () => {
  it('says no more than what it has for itself', () => {
    expect(serviceOf('', web())).toEqual({
      name: 'web',
      routes: [{ host: 'web.example', strip: false, tls: false }],
      servers: [{ id: 'a', address: '10.0.0.1', port: 80, weight: 100, scheme: 'http' }],
      balance: 'roundrobin',
    });
  });

  it('says everything that is other than for all', () => {
    const keys =
      'services: { web: { inter: 500ms, fall: 5, slowstart: 30s, snippet: ["http-request deny"], sticky: true } }';
    const attributes = { check: '/up', timeout: '5m', maxconn: '9', scheme: 'h2', balance: 'leastconn' };
    expect(serviceOf(keys, web(attributes))).toMatchObject({
      balance: 'leastconn',
      check: '/up',
      checkTimes: { interval: 500, fastInterval: 500, downInterval: 500, rise: 2, fall: 5 },
      timeout: 300_000,
      slowstart: 30_000,
      sticky: 'SERVER',
      snippet: ['http-request deny'],
      servers: [{ maxconn: 9, scheme: 'h2' }],
    });
    expect(serviceOf('', web({ cookie: 'SID', check: 'off' }))).toMatchObject({
      cookie: 'SID',
      check: 'off',
    });
  });

  it('has servers of weight 0 where they drain', () => {
    const servers = [
      instance('a', { state: 'drain' }),
      instance('b', { address: '10.0.0.2', attributes: { weight: '7' } }),
    ];
    const { services } = configured('', [sighting('web', servers)]);
    expect(services[0]?.servers.map(({ weight }) => weight)).toEqual([0, 7]);
  });

  it('keeps the cookies of its servers where it shares a route', () => {
    const attributes = { cookie: 'SID', 'route-host': 'x,y' };
    const next = sighting('next', [
      instance('n', { address: '10.0.0.2', attributes: { 'route-host': 'x', 'route-percent': '10' } }),
    ]);
    const { backends } = layoutOf(configured('', [web(attributes), next]), '/maps/routes.map');
    const cookieOf = (backend: string, server: string) =>
      / cookie (\S+)/.exec(backends.get(backend)?.servers.get(server)?.options ?? '')?.[1];
    const together = [...backends.keys()].find((name) => name !== 'be_web') ?? '';
    expect(cookieOf(together, 's_web::a')).toBe(cookieOf('be_web', 's_a'));
    expect(cookieOf(together, 's_next::n')).toMatch(/^[0-9a-f]{16}$/);
  });
});

describe('what is around services', () => {
  it('is what the configuration says', () => {
    const hash = passwordHash('secret', 'salt');
    const text = `
bind: [":80", "[::1]:81"]
tls: { certs: /certs, redirect: true, hsts: 60, min_version: TLSv1.3 }
routing: { default_domain: "WWW.example.com.:8080", keep_path: false }
service_defaults: { inter: 3s, timeout: 10s }
haproxy:
  log: "127.0.0.1:514"
  hard_stop_after: 1500ms
  stats: { bind: ":8404", user: me, password: p }
  snippets: { frontend: ["http-request set-header A b"], backend: ["http-request set-header C d"] }`;
    const hashes = { metrics: hash, stats: hash, listener: hash };
    const running = { socket: '/s/haproxy.sock', stateFile: '/s/states' };
    expect(
      configured(text, [], { fingerprint: 'a1', base: 'global\n', extra: 'backend x\n', hashes }, running),
    ).toMatchObject({
      global: { ...running, hardStopAfter: 2, log: { address: '127.0.0.1', port: 514 } },
      defaults: { timeouts: { server: 10_000 }, checks: { interval: 3000, fastInterval: 1000, fall: 3 } },
      frontend: {
        binds: [
          { address: '', port: 80 },
          { address: '::1', port: 81 },
        ],
        tls: { certificate: '/certs', redirect: true, hsts: 60, minVersion: 'TLSv1.3', fingerprint: 'a1' },
        fallback: { domain: 'www.example.com:8080', keepPath: false },
        pages: { metrics: { user: 'stats', hash }, stats: { user: 'stats_user', hash } },
      },
      stats: { binds: [{ address: '', port: 8404 }], credentials: { user: 'me', hash } },
      own: {
        base: 'global\n',
        extra: 'backend x\n',
        frontend: ['http-request set-header A b'],
        backend: ['http-request set-header C d'],
      },
    });
  });

  it('is nothing of sockets and state in a file that stands alone', () => {
    expect(render(configured('', [web()]))).not.toMatch(/socket|state/);
  });
});

it('ends old processes beside an administrator’s own base, which may say when', () => {
  const text = render(
    configured('', [web()], { base: 'global\n    hard-stop-after 5s\ndefaults\n    mode http\n' }),
  );
  const times = [...text.matchAll(/hard-stop-after (\S+)/g)].map(([, time]) => time);
  expect(times).toEqual(['600s', '5s']);
});

it.each([
  ['a file that stands alone', render],
  ['a file with a map', (model: Configuration) => configText(layoutOf(model, '/maps/routes.map'))],
])('%s has always what connections and reloads need, and nothing that takes rights', (_, textOf) => {
  const text = textOf(configured('tls: { certs: /certs }', [web({ cookie: 'SID' }), sighting('b', [])]));
  expect(linesOf(text, 'defaults')).toEqual(
    expect.arrayContaining([
      'option redispatch 1',
      'retries 3',
      'option idle-close-on-response',
      'timeout tunnel 3600s',
    ]),
  );
  expect(linesOf(text, 'global')).toContain('hard-stop-after 600s');
  expect(linesOf(text, 'frontend fe_http')).toContain('option http-no-delay');
  for (const { heading, lines } of parseHaproxyFile(text)) {
    const balances = lines.filter(([word]) => word === 'balance');
    expect([heading, balances.length]).toEqual([heading, heading.startsWith('backend') ? 1 : 0]);
  }
  expect(text).not.toMatch(/^\s*(user|group|chroot|daemon|option httpclose)\b/m);
});
