import { describe, expect, it } from 'vitest';
import type { Configuration } from '../../../src/haproxy/model.ts';
import { render } from '../../../src/haproxy/render.ts';
import { linesOf } from '../../support/haproxy/file.ts';
import { configuration, fieldsRefused, service } from '../../support/haproxy/models.ts';

describe('a model is refused', () => {
  const one = service('one', [{ host: 'a.example' }]);

  it.each<[string, Partial<Configuration>, string]>([
    ['two services of one name', { services: [one, service('one', [])] }, 'services[1].name'],
    [
      'one route twice',
      { services: [one, service('two', [{ host: 'a.example' }])] },
      'services[1].routes[0]',
    ],
    [
      'two hosts of one backend name',
      { services: [service('x', [{ host: '[2001:db8::1]' }, { host: '2001_db8__1' }])] },
      'services[0].routes[1]',
    ],
    [
      'a server of a service that has no name',
      { services: [service('x', [{}], { servers: [{ id: 'a', of: '', address: '10.0.0.1', port: 1 }] })] },
      'services[0].servers[0].of',
    ],
    [
      'two servers of one id',
      {
        services: [
          service('x', [{}], {
            servers: [
              { id: 'a', address: '10.0.0.1', port: 1 },
              { id: 'a', address: '10.0.0.2', port: 1 },
            ],
          }),
        ],
      },
      'services[0].servers[1].id',
    ],
    [
      'a host not in its normal form',
      { services: [service('x', [{ host: 'A.example' }])] },
      'services[0].routes[0].host',
    ],
    ['a path without slash', { services: [service('x', [{ path: 'a' }])] }, 'services[0].routes[0].path'],
    [
      'strip without a path',
      { services: [service('x', [{ host: 'a', strip: true }])] },
      'services[0].routes[0].strip',
    ],
    [
      'a redirect to TLS that nothing ends',
      { services: [service('x', [{ host: 'a', tls: true }])] },
      'services[0].routes[0].tls',
    ],
    [
      'a port out of range',
      { services: [service('x', [], { servers: [{ id: 'a', address: '10.0.0.1', port: 0 }] })] },
      'services[0].servers[0].port',
    ],
    [
      'a port that is no number',
      { services: [service('x', [], { servers: [{ id: 'a', address: '10.0.0.1', port: Number.NaN }] })] },
      'services[0].servers[0].port',
    ],
    ['no place to listen', { frontend: { binds: [], trustedProxies: [] } }, 'frontend.binds'],
    [
      'one bind twice',
      {
        frontend: {
          binds: [
            { address: '', port: 80 },
            { address: '', port: 80 },
          ],
          trustedProxies: [],
        },
      },
      'frontend.binds[1]',
    ],
    ['statistics without a place to listen', { stats: { binds: [] } }, 'stats.binds'],
    [
      'a name server without an address',
      { resolvers: { nameservers: [{ address: '', port: 53 }] } },
      'resolvers.nameservers[0]',
    ],
  ])('for %s', (_what, parts, field) => {
    expect(fieldsRefused(configuration(parts))).toEqual([field]);
  });

  it('with all its problems in one message that names field, value and rule', () => {
    const bad = service('a b', [{ host: 'x#y' }], { cookie: '$' });
    expect(() => render(configuration({ services: [bad] }))).toThrow(
      /services\[0\]\.name must be .*not "a b"[^]*services\[0\]\.cookie must be .*not "\$"[^]*services\[0\]\.routes\[0\]\.host must be .*not "x#y"/,
    );
  });
});

describe('routing rules', () => {
  const rules = (...routes: Parameters<typeof service>[1][number][]): string[] =>
    linesOf(render(configuration({ services: [service('x', routes)] })), 'frontend fe_http').filter((line) =>
      /set-var|backend/.test(line),
    );

  it('are the same number for one host and for thousands', () => {
    const hosts = Array.from({ length: 2000 }, (_, at) => ({ host: `h${at}.example` }));
    expect(rules(...hosts)).toEqual(rules({ host: 'a.example' }));
    expect(rules({ host: 'a.example' })).toHaveLength(3);
  });

  it('hold nothing of kinds of routes that the model does not have', () => {
    expect(rules({ host: 'a.example' }).join('\n')).not.toMatch(/path|wild/);
    expect(rules({ path: '/a' }).join('\n')).not.toMatch(/host|wild/);
    expect(rules()).toEqual(['default_backend be_none']);
    expect(rules({})).toEqual(['default_backend r_']);
  });

  it('try the deepest path first, then the host itself, then wildcards, then any host', () => {
    const tried = rules(
      { host: 'a', path: '/b' },
      { host: 'a' },
      { host: 'a', path: '/b/c' },
      { host: '*.a', path: '/b' },
      { host: '*.a' },
      { path: '/x' },
    );
    const names = tried.filter((line) => line.startsWith('use_backend')).map((line) => line.split(' ')[1]);
    const guarded = ['h2', 'h1', 'h0', 'w1', 'w0'].map((name) => `%[var(txn.${name})]`);
    expect(names).toEqual([...guarded, 'r_%[var(txn.p1)]']);
  });
});

it('stays as it is when a server gets another address or neighbours', () => {
  const server = { id: 'b', address: '10.0.0.2', port: 80 };
  const lineOf = (servers: Configuration['services'][number]['servers']): string | undefined =>
    linesOf(
      render(configuration({ services: [service('x', [{ host: 'a' }], { cookie: 'SID', servers })] })),
      'backend r_a',
    ).find((line) => line.includes('s_b'));
  const cookieOf = (line: string | undefined): string | undefined => /cookie (\w+)/.exec(line ?? '')?.[1];
  const alone = lineOf([server]);
  expect(lineOf([{ id: 'a', address: '10.0.0.1', port: 80 }, server])).toBe(alone);
  expect(cookieOf(lineOf([{ ...server, address: '10.9.9.9' }]))).toBe(cookieOf(alone));
  expect(cookieOf(alone)).toMatch(/^[0-9a-f]{16}$/);
});

it('checks a server of several routes once', () => {
  const servers = [{ id: 'a', address: '10.0.0.1', port: 80 }];
  const text = render(
    configuration({
      services: [service('x', [{ host: 'a' }, { host: 'b' }, { path: '/c' }], { servers, check: '/up' })],
    }),
  );
  expect(text.match(/ check observe/g)).toHaveLength(1);
  expect(text.match(/ track /g)).toHaveLength(2);
  expect(text.match(/option httpchk/g)).toHaveLength(1);
});
