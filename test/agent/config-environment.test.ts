import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { readAgentConfig } from '../../src/agent/config.ts';

const read = (text: string, env: Record<string, string> = {}) => readAgentConfig(text, 'agent.yaml', env);
const file = 'sources: { file: {} }\n';
const config = (text: string, env?: Record<string, string>) => read(file + text, env).config;

/** The environment of the Cloud Map image. */
const imageEnv = {
  AWS_REGION: 'eu-central-1',
  NAMESPACE_MAP: '[{"namespace":"cluster","domainname":"test.com"}]',
};
const imageConfig = (env: Record<string, string> = {}) =>
  readAgentConfig(undefined, 'environment', { ...imageEnv, ...env });

describe('the environment of the Cloud Map image', () => {
  it('needs no file', () => {
    const { config, warnings } = imageConfig();
    expect(warnings).toEqual([]);
    expect(config.sources).toMatchObject({
      cloudMap: {
        region: 'eu-central-1',
        namespaces: [{ namespace: 'cluster', domain: 'test.com', mode: 'host' }],
        refreshMs: 60_000,
      },
      docker: undefined,
    });
  });

  it('maps one namespace to two domains, in any case of the mode', () => {
    const map = [
      { namespace: 'cluster', domainname: 'test.com' },
      { namespace: 'cluster', domainname: 'test.org', mode: 'path' },
      {
        namespace: 'gone.local',
        domainname: 'x.example',
        mode: 'Path',
        ownerAccount: '123456789012',
        defaultPort: 80,
      },
      { namespace: 'pathonly', mode: 'PATH' },
    ];
    const { config } = imageConfig({ NAMESPACE_MAP: JSON.stringify(map) });
    expect(config.sources.cloudMap?.namespaces).toEqual([
      { namespace: 'cluster', domain: 'test.com', mode: 'host', ownerAccount: undefined, defaultPort: 0 },
      { namespace: 'cluster', domain: 'test.org', mode: 'path', ownerAccount: undefined, defaultPort: 0 },
      {
        namespace: 'gone.local',
        domain: 'x.example',
        mode: 'path',
        ownerAccount: '123456789012',
        defaultPort: 80,
      },
      { namespace: 'pathonly', domain: '', mode: 'path', ownerAccount: undefined, defaultPort: 0 },
    ]);
  });

  it.each([
    ['30', 30_000, []],
    ['30s', 30_000, []],
    [' 7', 7000, []],
    ['1.9', 1000, []],
    ['0', 1000, ['REFRESH_RATE: is below 1 second, which is taken instead']],
    ['-5', 1000, ['REFRESH_RATE: is below 1 second, which is taken instead']],
  ])('refreshes at the rate of the leading digits of %j', (rate, refreshMs, warnings) => {
    const read = imageConfig({ REFRESH_RATE: rate });
    expect(read.config.sources.cloudMap).toMatchObject({ refreshMs });
    expect(read.warnings).toEqual(warnings);
  });

  it('is applied with APPLY_MODE on alone', () => {
    const modeOf = (mode: string) => imageConfig({ APPLY_MODE: mode }).config.apply.mode;
    expect(['on', '', 'off', 'ON', 'true'].map(modeOf)).toEqual(['on', 'on', 'off', 'off', 'off']);
  });

  it('has pages for those who know the passwords, unless the file keeps them away', () => {
    const env = { PROM_PASSWD: 'a $& #b', STATS_PASSWD: 's3cret' };
    const { pages } = imageConfig(env).config;
    expect([pages.metrics?.reveal(), pages.stats?.reveal()]).toEqual(['a $& #b', 's3cret']);
    expect(JSON.stringify(pages)).not.toMatch(/s3cret|#b/);
    expect(config('routing: { stats_paths: false }', env).pages).toEqual({
      metrics: undefined,
      stats: undefined,
    });
  });

  it.each([
    [{ DEFAULT_DOMAIN: 'WWW.Test.com:8080' }, { routing: { defaultDomain: 'www.test.com:8080' } }],
    [{ BIND: ':8080, 127.0.0.1:81' }, { binds: [{ port: 8080 }, { address: '127.0.0.1', port: 81 }] }],
    [{ TRUSTED_PROXIES: '10.0.0.0/8, ::1' }, { trustedProxies: ['10.0.0.0/8', '::1'] }],
    [{ HEALTH_BIND: '127.0.0.1:0' }, { health: { bind: { address: '127.0.0.1', port: 0 } } }],
    [{ HEALTH_SOURCE_FAILURES: '3' }, { health: { sourceFailures: 3 } }],
    [{ ADMIN_BIND: '[::1]:9' }, { admin: { bind: { address: '::1', port: 9 } } }],
    [{ STATE_DIRECTORY: '/run/a:/run/b' }, { haproxy: { dir: '/run/a', config: '/run/a/haproxy.cfg' } }],
    [{ HAPROXY_BIN: '/usr/sbin/haproxy' }, { haproxy: { bin: '/usr/sbin/haproxy' } }],
    [{ HAPROXY_BIN: '/home/zoë/my tools/haproxy' }, { haproxy: { bin: '/home/zoë/my tools/haproxy' } }],
    [{ LOG_LEVEL: 'off' }, { logLevel: 'silent' }],
    [{ AWS_ENDPOINT_URL: 'http://a:1/' }, { sources: { cloudMap: { endpoint: 'http://a:1' } } }],
    [
      { AWS_ENDPOINT_URL: 'http://a:1', AWS_ENDPOINT_URL_SERVICEDISCOVERY: 'http://b:2' },
      { sources: { cloudMap: { endpoint: 'http://b:2' } } },
    ],
  ])('is read from %j', (env, expected) => {
    expect(imageConfig(env).config).toMatchObject(expected);
  });
});

it('names the authorities of AWS', () => {
  const { sources } = imageConfig({ AWS_CA_BUNDLE: '/ca.pem' }).config;
  expect(sources.cloudMap?.caFile).toBe('/ca.pem');
});

describe('the environment beside a file', () => {
  const text = `
bind: [":1"]
trusted_proxies: [10.0.0.1]
sources:
  cloud_map: { region: eu-west-1, namespaces: [{ namespace: a, domain: a.example }], refresh: 5s }
  consul: { address: "http://file:1", token: of-the-file, services: [web] }
  docker: { address: "unix:///file.sock" }
apply: { mode: "off", debounce: 1s }
haproxy: { bin: /file/haproxy, dir: /file }
health: { bind: ":1", source_failures: 1 }
admin: { bind: "127.0.0.1:1" }
routing: { default_domain: file.example }
`;

  it('wins over it, key by key', () => {
    const { config, warnings } = read(text, {
      ...imageEnv,
      BIND: ':2',
      TRUSTED_PROXIES: '10.0.0.2',
      REFRESH_RATE: '9',
      APPLY_MODE: 'on',
      DEFAULT_DOMAIN: 'env.example',
      HEALTH_BIND: ':2',
      HEALTH_SOURCE_FAILURES: '2',
      ADMIN_BIND: '127.0.0.1:2',
      STATE_DIRECTORY: '/env/',
      HAPROXY_BIN: 'env-haproxy',
      CONSUL_HTTP_ADDR: 'env:2',
      CONSUL_HTTP_TOKEN: 'of-the-environment',
      DOCKER_HOST: 'tcp://env:2375',
    });
    expect(warnings).toEqual([]);
    expect(config).toMatchObject({
      binds: [{ port: 2 }],
      trustedProxies: ['10.0.0.2'],
      sources: {
        cloudMap: { region: 'eu-central-1', namespaces: [{ namespace: 'cluster' }], refreshMs: 9000 },
        consul: { settings: { address: { host: 'env', port: 2 } }, services: ['web'] },
        docker: { address: { kind: 'http', origin: 'http://env:2375' } },
      },
      apply: { mode: 'on', debounceMs: 1000 },
      haproxy: { bin: 'env-haproxy', dir: '/env' },
      health: { bind: { port: 2 }, sourceFailures: 2 },
      admin: { bind: { port: 2 } },
      routing: { defaultDomain: 'env.example' },
    });
    expect(config.sources.consul?.settings.token?.reveal()).toBe('of-the-environment');
  });

  it('counts as left out where it is empty', () => {
    const env = { BIND: '', AWS_REGION: '', NAMESPACE_MAP: '', CONSUL_HTTP_TOKEN: '', LOG_LEVEL: '' };
    expect(read(text, env).config).toEqual(read(text).config);
  });

  it('makes no source of what other programs read as well', () => {
    const env = { AWS_REGION: 'eu-west-1', CONSUL_HTTP_ADDR: 'consul:1', DOCKER_HOST: 'tcp://docker:1' };
    expect(config('', env).sources).toEqual({
      cloudMap: undefined,
      consul: undefined,
      docker: undefined,
      file: { path: 'services.yaml' },
    });
    expect(config('', imageEnv).sources.cloudMap).toMatchObject({ region: 'eu-central-1' });
  });

  it('names the token that counts', () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'agent-config-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const tokenFile = path.join(folder, 'token');
    writeFileSync(tokenFile, 'from-the-file\n');
    const settingsOf = (env: Record<string, string>) => read(text, env).config.sources.consul?.settings;
    expect(settingsOf({})?.token?.reveal()).toBe('of-the-file');
    expect(settingsOf({ CONSUL_HTTP_TOKEN_FILE: tokenFile, CONSUL_HTTP_TOKEN: 'x' })).toMatchObject({
      token: undefined,
      tokenFile,
    });
  });

  it('tells the push where Docker is', () => {
    const push = 'push: { url: "http://r", table: t, apply: true }';
    expect(read(push, { DOCKER_HOST: 'tcp://d:1' }).config.push?.docker.address).toEqual({
      kind: 'http',
      origin: 'http://d:1',
    });
    const wrong = () => read(push, { DOCKER_HOST: 'ssh://d' });
    expect(wrong).toThrow('- DOCKER_HOST: must be unix:///path, tcp://host:port or http://host:port');
    expect(read(`${push}\nsources: { docker: { keyword: web } }`).config.push).toMatchObject({
      apply: true,
      docker: { keyword: 'web' },
    });
  });
});
