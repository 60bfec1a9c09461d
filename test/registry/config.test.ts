import { expect, it } from 'vitest';
import { optionTable } from '../../src/config/options.ts';
import { readProxyConfig, readRegistryConfig, registryOptions } from '../../src/registry/config.ts';

it('needs a table name alone', () => {
  expect(readRegistryConfig({ TABLE_NAME: 'services' })).toEqual({
    tableName: 'services',
    tables: ['services'],
    serviceGrace: 0,
    hostTtl: 0,
    binds: [{ address: '', port: 80 }],
    tlsBinds: [],
    certificate: undefined,
    statsBinds: [{ address: '127.0.0.1', port: 8404 }],
    log: { address: '127.0.0.1', port: 514 },
    trustedProxies: [],
    nameservers: [],
    basePath: '',
    badCandidates: 'refuse',
    defaultAnswer: 'text',
    logLevel: 'info',
  });
});

it('reads lists, and empty text as off where that has a meaning', () => {
  const config = readRegistryConfig({
    TABLE_NAME: 'services',
    TABLES: 'prod, staging',
    BIND: ':80,[::]:80',
    TLS_BIND: ':443',
    TLS_CERT: '/etc/haproxy/certs',
    STATS_BIND: '',
    LOG: '',
    TRUSTED_PROXIES: '10.0.0.0/8,2001:DB8::/32',
    SERVICE_GRACE: '',
  });
  expect(config).toMatchObject({
    tables: ['prod', 'staging'],
    binds: [
      { address: '', port: 80 },
      { address: '::', port: 80 },
    ],
    statsBinds: [],
    log: undefined,
    trustedProxies: ['10.0.0.0/8', '2001:db8::/32'],
    serviceGrace: 0,
  });
  expect(readProxyConfig({ LOG: 'stdout' }).log).toBe('stdout');
});

it('names every problem at once', () => {
  const read = (): unknown =>
    readRegistryConfig({
      BIND: 'nonsense',
      HOST_TTL: '-1',
      LOG: 'syslog.example:514',
      TLS_CERT: 'c.pem\nuser root',
    });
  for (const name of ['TABLE_NAME is required', 'BIND must', 'HOST_TTL must', 'LOG must', 'TLS_CERT must']) {
    expect(read).toThrow(name);
  }
});

it('refuses options that contradict each other', () => {
  expect(() => readProxyConfig({ TLS_BIND: ':443' })).toThrow('TLS_CERT is required with TLS_BIND');
  expect(() => readProxyConfig({ BIND: ':80', STATS_BIND: ':80' })).toThrow(':80 is listed twice');
  expect(() => readProxyConfig({ BIND: ',' })).toThrow('BIND must name an address');
});

it('documents every option', () => {
  expect(optionTable(registryOptions)).toContain('| `BIND` | `:80` |');
});
