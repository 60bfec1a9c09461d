import { expect, it } from 'vitest';
import { type ProxyConfig, configurationOf, knowsTls, leadsBack } from '../../src/haproxy/assembly.ts';
import { render } from '../../src/haproxy/render.ts';
import { service } from '../support/haproxy/models.ts';

const proxy: ProxyConfig = {
  binds: [{ address: '', port: 80 }],
  tlsBinds: [],
  statsBinds: [{ address: '127.0.0.1', port: 8404 }],
  trustedProxies: [],
  nameservers: [{ address: '10.0.0.2', port: 53 }],
};
const withTls: ProxyConfig = {
  ...proxy,
  tlsBinds: [{ address: '', port: 443 }],
  certificate: '/etc/haproxy/certificate.pem',
};
const secured = service('shop', [{ host: 'a.example', tls: true }]);

it('says all that the options say', () => {
  expect(
    configurationOf([secured], { ...withTls, log: 'stdout', trustedProxies: ['10.0.0.0/8'] }),
  ).toMatchObject({
    global: { log: 'stdout' },
    frontend: {
      binds: [{ port: 80 }],
      tls: { binds: [{ port: 443 }], certificate: '/etc/haproxy/certificate.pem' },
      trustedProxies: ['10.0.0.0/8'],
    },
    stats: { binds: [{ port: 8404 }] },
    resolvers: { nameservers: [{ address: '10.0.0.2' }] },
    services: [secured],
  });
  expect(configurationOf([], { ...proxy, statsBinds: [] })).not.toHaveProperty('stats');
});

it('serves in the clear what asks for TLS, where HAProxy does not know TLS', () => {
  expect(knowsTls(proxy)).toBe(false);
  const served = configurationOf([secured], proxy);
  expect(served.services).toMatchObject([{ routes: [{ host: 'a.example', tls: false }] }]);
  expect(() => render(served)).not.toThrow();
  expect(knowsTls(withTls)).toBe(true);
  expect(knowsTls({ ...proxy, trustedProxies: ['10.0.0.0/8'] })).toBe(true);
});

it.each<[string, number, boolean]>([
  ['127.0.0.1', 80, true],
  ['::1', 443, true],
  ['::ffff:7f00:9', 8404, true],
  ['localhost', 80, true],
  ['127.0.0.1', 8080, false],
  ['10.0.0.1', 80, false],
])('tells whether %s:%i is HAProxy itself, and leaves such a server out', (address, port, itself) => {
  expect(leadsBack(address, port, withTls)).toBe(itself);
  const servers = [{ id: 'one', address, port }];
  const { services } = configurationOf([service('shop', [], { servers })], withTls);
  expect(services[0]?.servers).toEqual(itself ? [] : servers);
});
