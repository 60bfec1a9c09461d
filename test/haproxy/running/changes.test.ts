import { describe, expect, it } from 'vitest';
import type { Configuration, Route, Service } from '../../../src/haproxy/model.ts';
import { type Changes, type Version, changesBetween } from '../../../src/haproxy/running/changes.ts';
import { linesOf, payloadsOf } from '../../../src/haproxy/running/commands.ts';
import { layoutOf } from '../../../src/haproxy/running/layout.ts';
import { configuration, service } from '../../support/haproxy/models.ts';

const old: Version = [2, 6];
const recent: Version = [3, 0];

const layout = (services: readonly Service[], parts: Partial<Configuration> = {}) =>
  layoutOf(configuration({ services, ...parts }), '/maps/routes.map');

const web = (
  ids: string[],
  parts: Partial<Service> = {},
  routes: Partial<Route>[] = [{ host: 'a' }],
): Service =>
  service('web', routes, {
    servers: ids.map((id, at) => ({ id, address: `10.0.0.${at + 1}`, port: 80 })),
    ...parts,
  });
const other = (hosts: string[] = ['b']): Service =>
  service(
    'other',
    hosts.map((host) => ({ host })),
  );

const between = (from: Service[], to: Service[], version: Version = old): Changes =>
  changesBetween(layout(from), layout(to), version);
const kinds = ({ runtime }: Changes): string[] => runtime.map(({ kind }) => kind);

describe('what a running HAProxy changes itself', () => {
  it('is nothing when the order alone is another', () => {
    const changes = between(
      [web(['1', '2']), other()],
      [other(), { ...web(['1', '2']), servers: web(['1', '2']).servers.toReversed() }],
    );
    expect(changes).toMatchObject({ runtime: [], reload: undefined });
  });

  it('is a server more or less', () => {
    expect(between([web(['1'])], [web(['1', '2'])])).toMatchObject({
      runtime: [
        {
          kind: 'add',
          backend: 'be_web',
          server: 's_2',
          endpoint: '10.0.0.2:80',
          weight: 1,
          isChecked: true,
          further: 'pool-max-conn -1 pool-purge-delay 5s',
        },
      ],
      reload: undefined,
    });
    expect(between([web(['1'])], [web(['1', '2'])], recent).runtime).toMatchObject([{ further: '' }]);
    expect(between([web(['1', '2'])], [web(['1'])])).toMatchObject({
      runtime: [{ kind: 'remove', backend: 'be_web', server: 's_2' }],
      reload: undefined,
    });
  });

  it('is address and weight', () => {
    const [server] = web(['1']).servers;
    const moved = { ...server, id: '1', address: '2001:db8::1', port: 81, weight: 0 };
    expect(between([web(['1'])], [web([], { servers: [moved] })])).toMatchObject({
      runtime: [
        { kind: 'address', endpoint: '[2001:db8::1]:81' },
        { kind: 'weight', weight: 0 },
      ],
      reload: undefined,
    });
  });

  it('is routes of backends that exist, with what they strip and want of TLS', () => {
    const trusting = { frontend: { binds: [{ address: '', port: 80 }], trustedProxies: ['10.0.0.1'] } };
    const routes = [{ host: 'c', path: '/x', strip: true, tls: true }];
    const changes = changesBetween(
      layout([web(['1']), other(['a2'])], trusting),
      layout([web(['1'], {}, [{ host: 'a2' }, ...routes]), other(['b', 'a'])], trusting),
      old,
    );
    expect(changes.reload).toBeUndefined();
    expect(changes.runtime).toEqual([
      {
        kind: 'map',
        file: '/maps/routes.map',
        entries: new Map([
          ['a/', 'be_other/0/plain'],
          ['a2/', 'be_web/0/plain'],
          ['b/', 'be_other/0/plain'],
          ['c/x/', 'be_web/1/tls'],
        ]),
      },
    ]);
  });

  it('is the routes and servers of a service that is gone; its empty backend stays, ready for its return', () => {
    const gone = between([web(['1']), other()], [other()]);
    expect(gone.reload).toBeUndefined();
    expect(kinds(gone)).toEqual(['map', 'remove']);
    const back = changesBetween(gone.after, layout([web(['1']), other()]), old);
    expect(back.reload).toBeUndefined();
    expect(kinds(back)).toEqual(['add', 'map']);
  });

  it('is not the host that health checks name', () => {
    const checked = (hosts: string[]): Service =>
      web(
        ['1'],
        { check: '/up' },
        hosts.map((host) => ({ host })),
      );
    expect(between([checked(['b'])], [checked(['a', 'b'])]).reload).toBeUndefined();
  });

  it('brings a server back that is out of service', () => {
    const running = layout([web(['1'])]);
    const [backend] = running.backends.values();
    const [server] = backend?.servers.values() ?? [];
    if (!backend || !server) throw new Error('there is one');
    const out = { ...backend, servers: new Map([['s_1', { ...server, isOut: true }]]) };
    const changes = changesBetween({ ...running, backends: new Map([['be_web', out]]) }, running, old);
    expect(changes.runtime).toEqual([{ kind: 'ready', backend: 'be_web', server: 's_1', isChecked: true }]);
  });
});

describe('what takes a reload', () => {
  const reasonOf = (from: Service[], to: Service[], version?: Version): unknown =>
    between(from, to, version).reload?.reason;

  it('is a new service; its routes wait for it, and those that move there stay until then', () => {
    const changes = between(
      [web(['1'], {}, [{ host: 'a' }, { host: 'b' }])],
      [web(['1']), other(['b', 'c'])],
    );
    expect(changes).toMatchObject({ runtime: [], reload: { reason: 'service_added', service: 'other' } });
  });

  it('is a server more in a backend with a cookie, before 3.0', () => {
    for (const cookie of [{ cookie: 'SID' }, { sticky: 'SRV' }]) {
      expect(reasonOf([web(['1'], cookie)], [web(['1', '2'], cookie)], [2, 9])).toBe('sticky_server');
      expect(reasonOf([web(['1'], cookie)], [web(['1', '2'], cookie)], recent)).toBeUndefined();
      expect(reasonOf([web(['1', '2'], cookie)], [web(['1'], cookie)], old)).toBeUndefined();
    }
  });

  it.each([
    { balance: 'leastconn' },
    { check: '/up' },
    { check: 'off' },
    { timeout: 1000 },
    { slowstart: 1000 },
    { checkTimes: { interval: 1 } },
    { snippet: ['http-request deny'] },
    { sticky: 'SRV' },
  ] as Partial<Service>[])('is another option of a service: %j', (parts) => {
    expect(reasonOf([web(['1'])], [web(['1'], parts)])).toBe('service_changed');
  });

  it('is a server that is given by name, and other options of a server', () => {
    const named = { id: '2', address: 'web.internal', port: 80 };
    const servers = [...web(['1']).servers, named];
    expect(reasonOf([web(['1'])], [web([], { servers })])).toBe('service_changed');
    const secure = web(['1']).servers.map((server) => ({ ...server, scheme: 'https' as const }));
    expect(reasonOf([web(['1'])], [web([], { servers: secure })])).toBe('service_changed');
  });

  it('is a longer path to take off than ever before', () => {
    const path = (segments: number): Partial<Route>[] => [{ path: '/s'.repeat(segments), strip: true }];
    expect(reasonOf([web([], {}, path(1))], [web([], {}, path(4))])).toBeUndefined();
    const longer = between([web([], {}, path(1))], [web([], {}, [...path(5), ...path(2)])]);
    expect(longer.reload?.reason).toBe('route_changed');
    expect(longer.runtime).toMatchObject([{ entries: new Map([['/s/s/', 'be_web/2/plain']]) }]);
  });

  const tls = { binds: [{ address: '', port: 443 }], certificate: '/certs', minVersion: 'TLSv1.2' } as const;
  const frontend = { binds: [{ address: '', port: 80 }], trustedProxies: [] };
  it.each<[string, Partial<Configuration>, Partial<Configuration>]>([
    ['base', {}, { frontend }],
    ['base', {}, { own: { base: 'global\n' } }],
    ['base', {}, { own: { extra: 'backend x\n' } }],
    ['base', {}, { own: { frontend: ['http-request deny'] } }],
    ['base', {}, { resolvers: { nameservers: [{ address: '10.0.0.1', port: 53 }] } }],
    ['base', {}, { stats: { binds: [{ address: '', port: 8404 }] } }],
    ['tls', { frontend }, { frontend: { ...frontend, tls } }],
    ['tls', { frontend: { ...frontend, tls } }, { frontend: { ...frontend, tls: { ...tls, hsts: 60 } } }],
    [
      'certificates',
      { frontend: { ...frontend, tls } },
      { frontend: { ...frontend, tls: { ...tls, fingerprint: 'a1' } } },
    ],
    ['service_changed', {}, { own: { backend: ['http-request deny'] } }],
  ])('is called %s: %j, %j', (reason, from, to) => {
    const changes = changesBetween(layout([web(['1'])], from), layout([web(['1'])], to), recent);
    expect(changes.reload?.reason).toBe(reason);
  });

  it('holds nothing up that can be done at once', () => {
    const changes = between(
      [web(['1']), other()],
      [web(['1', '2']), other(), service('new', [{ host: 'n' }])],
    );
    expect(kinds(changes)).toEqual(['add']);
    expect(changes.reload?.reason).toBe('service_added');
    expect([...(changes.after.backends.get('be_web')?.servers.keys() ?? [])]).toEqual(['s_1', 's_2']);
  });
});

describe('commands', () => {
  it('repeat every option of a server, in fewer words than HAProxy takes', () => {
    const servers = [{ id: '1', address: '10.0.0.1', port: 80, maxconn: 5, scheme: 'https' as const }];
    const sticky = { servers, sticky: 'SRV', slowstart: 1000 };
    const [add] = between([web([], { ...sticky, servers: [] })], [web([], sticky)], recent).runtime;
    if (add?.kind !== 'add') throw new Error('it adds');
    expect(linesOf(add)).toEqual([
      expect.stringMatching(
        /^add server be_web\/s_1 10\.0\.0\.1:80 weight 1 check observe layer4 inter 10s fastinter 1s downinter 2s rise 2 fall 3 maxconn 5 ssl verify none sni \S+ slowstart 1s cookie [0-9a-f]{16}$/,
      ),
      'enable health be_web/s_1',
      'set server be_web/s_1 state ready',
    ]);
    expect(linesOf(add)[0]?.split(' ').length).toBeLessThan(64);
  });

  it('write addresses as the socket takes them', () => {
    const place = { backend: 'be_web', server: 's_1' };
    expect(linesOf({ kind: 'address', ...place, endpoint: '[2001:db8::1]:81' })).toEqual([
      'set server be_web/s_1 addr 2001:db8::1 port 81',
    ]);
    expect(linesOf({ kind: 'address', ...place, endpoint: '10.0.0.1:81' })).toEqual([
      'set server be_web/s_1 addr 10.0.0.1 port 81',
    ]);
  });

  it('divide a map into payloads under 16 kB, and nothing of it is lost', () => {
    const entries = new Map(
      Array.from({ length: 2_000 }, (_, at) => [`${'h'.repeat(200)}-${at}/`, 'be_web/0/plain'] as const),
    );
    const payloads = payloadsOf({ entries });
    expect(payloads.every((payload) => payload.length < 16_000 && payload.endsWith('\n'))).toBe(true);
    expect(payloads.join('')).toBe([...entries].map(([key, value]) => `${key} ${value}\n`).join(''));
  });
});
