import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readAgentConfig } from '../../src/agent/config.ts';

const read = (text: string, env: Record<string, string> = {}) => readAgentConfig(text, 'agent.yaml', env);
const file = 'sources: { file: {} }\n';
const config = (text: string, env?: Record<string, string>) => read(file + text, env).config;

const dir = '/var/lib/lambda-registrator';

describe('the defaults', () => {
  it('are those of the whole file when it names a source alone', () => {
    expect(read(file)).toEqual({
      config: {
        binds: [{ address: '', port: 80 }],
        trustedProxies: [],
        tls: undefined,
        sources: {
          cloudMap: undefined,
          consul: undefined,
          docker: undefined,
          file: { path: 'services.yaml' },
        },
        lambda: undefined,
        push: undefined,
        routing: { defaultDomain: undefined, keepPath: true },
        serviceDefaults: {
          balance: 'roundrobin',
          check: 'tcp',
          interMs: 2000,
          fall: 3,
          rise: 2,
          weight: 100,
          maxconn: 0,
          timeoutMs: 60_000,
          slowstartMs: 0,
          failOpen: true,
          sticky: false,
          scheme: 'http',
          snippet: [],
        },
        services: {},
        haproxy: {
          mode: 'start',
          bin: 'haproxy',
          dir,
          config: `${dir}/haproxy.cfg`,
          socket: `${dir}/haproxy.sock`,
          masterSocket: `${dir}/master.sock`,
          base: undefined,
          extra: undefined,
          snippets: { frontend: [], backend: [] },
          log: 'stdout',
          stats: { bind: undefined, user: 'stats_user', password: undefined },
          hardStopAfterMs: 600_000,
          graceMs: 30_000,
        },
        apply: {
          mode: 'on',
          debounceMs: 50,
          maxWaitMs: 1000,
          minReloadIntervalMs: 2000,
          drainMs: 30_000,
          verifyMs: 10_000,
          startWaitMs: 10_000,
          resyncMs: 10_000,
        },
        guard: { percent: 50, reads: 3, intervalMs: 2000, emptyAfterMs: 600_000 },
        health: { bind: { address: '', port: 3000 }, sourceFailures: 0 },
        admin: undefined,
        pages: { metrics: undefined, stats: undefined },
        logLevel: 'info',
      },
      warnings: [],
    });
  });

  it('of Cloud Map are those of the reference', () => {
    const text =
      'sources: { cloud_map: { region: eu-west-1, namespaces: [{ namespace: n, domain: d.example }] } }';
    expect(read(text).config.sources.cloudMap).toEqual({
      region: 'eu-west-1',
      namespaces: [
        { namespace: 'n', domain: 'd.example', mode: 'host', ownerAccount: undefined, defaultPort: 0 },
      ],
      refreshMs: 60_000,
      healthRefreshMs: 60_000,
      servicesRefreshMs: 0,
      api: 'auto',
      endpoint: undefined,
    });
  });

  it('of Consul are its agent on this host and all services', () => {
    expect(read('sources: { consul: {} }').config.sources.consul).toMatchObject({
      settings: { address: { host: '127.0.0.1', port: 8500, secure: false }, token: undefined },
      place: {},
      services: ['*'],
      host: '',
      warning: 'keep',
      stale: true,
      maxConnections: 64,
    });
  });

  it('of Docker are its socket on this host', () => {
    expect(read('sources: { docker: {} }').config.sources.docker).toEqual({
      address: { kind: 'socket', path: '/var/run/docker.sock' },
      labelPrefix: 'lambda-registrator',
      env: true,
      keyword: '',
      network: '',
      hostAddress: '127.0.0.1',
      host: '',
      resyncMs: 60_000,
    });
  });

  it('of the sections that are off without a key are told once they are there', () => {
    expect(config('tls: { certs: /certs }').tls).toEqual({
      binds: [{ address: '', port: 443 }],
      certs: '/certs',
      minVersion: 'TLSv1.2',
      redirect: false,
      hstsSeconds: 0,
    });
    expect(config('lambda: {}').lambda).toEqual({
      proxy: [{ address: '127.0.0.1', port: 8080 }],
      check: 'tcp',
      host: '',
    });
    expect(config('admin: {}').admin).toEqual({
      bind: { address: '127.0.0.1', port: 9091 },
      token: undefined,
      tokenFile: undefined,
    });
    expect(config('push: { url: "https://registry.example/generate", table: astro }').push).toMatchObject({
      url: 'https://registry.example/generate',
      table: 'astro',
      auth: 'iam',
      apply: false,
      keyword: '',
      docker: { address: { kind: 'socket', path: '/var/run/docker.sock' } },
    });
  });
});

describe('what the agent is told', () => {
  it.each([
    ['bind: [":80", "[::1]:81"]', { binds: [{ port: 80 }, { address: '::1', port: 81 }] }],
    ['bind: []\ntls: { certs: /c }', { binds: [] }],
    ['trusted_proxies: [10.0.0.0/8, "2001:DB8::/32"]', { trustedProxies: ['10.0.0.0/8', '2001:db8::/32'] }],
    [
      'tls: { bind: [":8443"], certs: /c/x.pem, min_version: tlsv1.3, redirect: true, hsts: 31536000 }',
      { tls: { binds: [{ port: 8443 }], minVersion: 'TLSv1.3', redirect: true, hstsSeconds: 31_536_000 } },
    ],
    [
      'lambda: { proxy: ["proxy:8080", "10.0.0.1:80"], check: /healthz, host: "{service}.fn.example" }',
      {
        lambda: {
          proxy: [
            { address: 'proxy', port: 8080 },
            { address: '10.0.0.1', port: 80 },
          ],
          check: '/healthz',
          host: '{service}.fn.example',
        },
      },
    ],
    ['routing: { keep_path: false, stats_paths: auto }', { routing: { keepPath: false } }],
    [
      'service_defaults: { balance: leastconn, check: "off", inter: 500ms, timeout: 1h, weight: 0, fail_open: false }',
      {
        serviceDefaults: {
          balance: 'leastconn',
          check: 'off',
          interMs: 500,
          timeoutMs: 3_600_000,
          weight: 0,
          failOpen: false,
        },
      },
    ],
    [
      'services: { web: { check: /healthz, snippet: ["http-request set-header x-a b"] } }',
      { services: { web: { check: '/healthz', snippet: ['http-request set-header x-a b'] } } },
    ],
    [
      'services: { web: { cookie: SID, sticky: true, scheme: h2, maxconn: 5, slowstart: 10s, fall: 1, rise: 1 } }',
      {
        services: {
          web: {
            cookie: 'SID',
            sticky: true,
            scheme: 'h2',
            maxconn: 5,
            slowstartMs: 10_000,
            fall: 1,
            rise: 1,
          },
        },
      },
    ],
    [
      'haproxy: { mode: drive, master_socket: /run/m.sock, socket: /run/h.sock, config: /etc/haproxy.cfg }',
      {
        haproxy: {
          mode: 'drive',
          masterSocket: '/run/m.sock',
          socket: '/run/h.sock',
          config: '/etc/haproxy.cfg',
          log: 'off',
        },
      },
    ],
    [
      'haproxy: { dir: state/, socket: ./h.sock, base: ../base.cfg }',
      {
        haproxy: {
          dir: resolve('state'),
          config: resolve('state/haproxy.cfg'),
          socket: resolve('h.sock'),
          masterSocket: resolve('state/master.sock'),
          base: resolve('../base.cfg'),
        },
      },
    ],
    ['tls: { certs: certs }', { tls: { certs: resolve('certs') } }],
    ['haproxy: { log: "127.0.0.1:514" }', { haproxy: { log: { address: '127.0.0.1', port: 514 } } }],
    [
      'haproxy: { stats: { bind: ":8404", user: me, password: p }, base: /b.cfg, extra: /e.cfg }',
      { haproxy: { stats: { bind: { port: 8404 }, user: 'me' }, base: '/b.cfg', extra: '/e.cfg' } },
    ],
    [
      'guard: { percent: 30, reads: 5, interval: 1, empty_after: 2h }',
      { guard: { percent: 30, reads: 5, intervalMs: 1000, emptyAfterMs: 7_200_000 } },
    ],
    ['admin: { bind: ":9091", token: t }', { admin: { bind: { address: '', port: 9091 } } }],
  ])('is read from %s', (text, expected) => {
    expect(config(text)).toMatchObject(expected);
  });

  it('is shown without its secrets', () => {
    const text = 'admin: { token: s3cret }\nhaproxy: { stats: { password: s3cret } }';
    expect(config(text).admin?.token?.reveal()).toBe('s3cret');
    expect(JSON.stringify(config(text))).not.toContain('s3cret');
  });

  it('reads health at least as often as Cloud Map at all', () => {
    const map = 'namespaces: [{ namespace: n, mode: path }], refresh: 90s, health_refresh: 30s';
    expect(read(`sources: { cloud_map: { region: r, ${map} } }`).config.sources.cloudMap).toMatchObject({
      refreshMs: 90_000,
      healthRefreshMs: 90_000,
    });
  });
});
