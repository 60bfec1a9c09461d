import { describe, expect, it } from 'vitest';
import type { DockerOptions } from '../../../src/agent/sources/docker-options.ts';
import { instanceOf, readingOf } from '../../../src/agent/sources/docker-reading.ts';
import type { Container, ContainerNetwork } from '../../../src/docker/api.ts';
import { container, defaultOptions, labels } from '../../support/docker/containers.ts';

const routed = labels({ 'route-host': 'web.example.com' });

function see(parts: Partial<Container>, options: Partial<DockerOptions> = {}) {
  const one = container({ labels: routed, ...parts });
  return instanceOf(one, one, { ...defaultOptions, ...options });
}

function network(name: string, ipv4?: string, ipv6?: string): ContainerNetwork {
  return { name, ipv4, ipv6 };
}

function read(containers: Container[], options: Partial<DockerOptions> = {}, ending: string[] = []) {
  return readingOf(containers, { ...defaultOptions, ...options }, ({ id }) => ending.includes(id));
}

describe('a container with labels', () => {
  it('is an instance of its service, with every label of ours as an attribute', () => {
    const keys = { 'route-host': 'a.example.com,b.example.com', check: '/up', weight: '50', odd: '' };
    const { service, instance, problems } = see({
      labels: {
        ...labels({ service: 'shop', port: '8080', ...keys }),
        'lambda-registratory.port': '1',
        x: 'y',
      },
    });
    expect(problems).toEqual([]);
    expect(service).toBe('shop');
    expect(instance).toEqual({
      id: 'c1',
      address: '172.17.0.2',
      port: 8080,
      weight: 1,
      state: 'ready',
      attributes: keys,
      routes: [],
    });
  });

  it.each<[string, Record<string, string>, string]>([
    ['its label', { ...labels({ service: 'shop' }), 'com.docker.compose.service': 'web' }, 'shop'],
    ['the one of Compose', { 'com.docker.compose.service': 'web' }, 'web'],
    ['its own name', {}, 'web-1'],
    ['its own name where the label is empty', labels({ service: '' }), 'web-1'],
  ])('is of the service of %s', (_what, more, service) => {
    expect(see({ labels: { ...routed, ...more } }).service).toBe(service);
  });

  it('counts with another prefix', () => {
    const more = { 'acme.lb.route-path': '/api', ...labels({ 'route-host': 'not.this' }) };
    expect(see({ labels: more }, { labelPrefix: 'acme.lb' }).instance?.attributes).toEqual({
      'route-path': '/api',
    });
  });

  it('is left out without a route, and says so where it has other labels of ours', () => {
    expect(see({ labels: { other: 'x' } })).toEqual({ problems: [] });
    expect(see({ labels: labels({ service: 'web', 'route-percent': '5' }) })).toEqual({
      problems: ['has no route: label it lambda-registrator.route-host or lambda-registrator.route-path'],
    });
  });

  it('keeps a route that cannot be read, for whoever judges it', () => {
    expect(see({ labels: labels({ 'route-host': 'a b' }) }).instance?.attributes).toEqual({
      'route-host': 'a b',
    });
  });

  it('of a command that Compose ran once is none', () => {
    expect(see({ labels: { ...routed, 'com.docker.compose.oneoff': 'True' } }).service).toBeUndefined();
    expect(see({ labels: { ...routed, 'com.docker.compose.oneoff': 'False' } }).service).toBe('web-1');
  });
});

describe("Cosmonaut's variables", () => {
  const base = { SERVICE_NAME: 'first', PREDICATE: 'first.example.com' };

  function seeEnv(
    env: Record<string, string>,
    parts: Partial<Container> = {},
    options: Partial<DockerOptions> = {},
  ) {
    return see({ labels: {}, env: new Map(Object.entries(env)), ...parts }, options);
  }

  it.each<[string, Record<string, string>, object]>([
    ['a host by default', base, { host: 'first.example.com' }],
    ['a host', { ...base, CONFIG_MODE: 'HOST' }, { host: 'first.example.com' }],
    [
      'a host whose port does not count',
      { ...base, PREDICATE: 'first.example.com:8080' },
      { host: 'first.example.com' },
    ],
    ['an IPv6 address', { ...base, PREDICATE: '[2001:db8::1]:80' }, { host: '[2001:db8::1]' }],
    ['a path', { ...base, CONFIG_MODE: 'path', PREDICATE: '/api/' }, { path: '/api/' }],
    ['a path without its slash', { ...base, CONFIG_MODE: 'Path', PREDICATE: 'api/v1' }, { path: '/api/v1' }],
    ['a value with =', { ...base, PREDICATE: 'a=b=c' }, { host: 'a=b=c' }],
  ])('give %s', (_what, env, route) => {
    const { service, instance, problems } = seeEnv(env);
    expect(problems).toEqual([]);
    expect(service).toBe('first');
    expect(instance?.routes).toEqual([route]);
  });

  it('give port and cookie, which may both be missing', () => {
    expect(seeEnv({ ...base, PORT: '8080', COOKIE: 'JSESSIONID' }).instance).toMatchObject({
      port: 8080,
      attributes: { cookie: 'JSESSIONID' },
    });
    expect(seeEnv({ ...base, PORT: '', COOKIE: '' }).instance).toMatchObject({ port: 80, attributes: {} });
  });

  it('do not count beside labels of ours, nor where they are switched off', () => {
    expect(seeEnv(base, { labels: labels({ port: '1' }) }).instance).toBeUndefined();
    expect(seeEnv(base, { labels: routed }).service).toBe('web-1');
    expect(seeEnv(base, {}, { env: false })).toEqual({ problems: [] });
  });

  it('leave out a container with a problem, rather than to give it a wider route', () => {
    const host = '{service}.example.com';
    expect(seeEnv({ ...base, CONFIG_MODE: 'hots' }, {}, { host })).toEqual({
      problems: ['CONFIG_MODE must be host or path, not "hots"'],
    });
    expect(seeEnv({ PREDICATE: 'first.example.com' }, {}, { host })).toEqual({
      problems: ['has PREDICATE without SERVICE_NAME, so it is left out'],
    });
  });

  it('are none without a predicate', () => {
    expect(seeEnv({ SERVICE_NAME: 'first' })).toEqual({ problems: [] });
    expect(seeEnv({ SERVICE_NAME: 'first', PREDICATE: '', CONFIG_MODE: 'path' })).toEqual({ problems: [] });
  });
});

describe('the port', () => {
  it.each<[string, string | undefined, number[], number | undefined, string[]]>([
    ['that is named', '8080', [80], 8080, []],
    ['that alone is exposed', undefined, [80], 80, []],
    ['of several is none', undefined, [80, 443], undefined, []],
    ['of none is none', undefined, [], undefined, []],
    ['0 stays, which no instance has', '0', [80], 0, []],
    [
      'that is none costs the label',
      '80/tcp',
      [8080],
      8080,
      ['port must be a port from 1 to 65535, not "80/tcp"'],
    ],
    [
      'that is too large costs the label',
      '65536',
      [80, 81],
      undefined,
      ['port must be a port from 1 to 65535, not "65536"'],
    ],
  ])('%s', (_what, port, exposed, expected, problems) => {
    const seen = see({ exposed, labels: { ...routed, ...(port !== undefined && labels({ port })) } });
    expect(seen.instance).toMatchObject({ port: expected, address: '172.17.0.2' });
    expect(seen.problems).toEqual(problems);
  });
});

describe('the address', () => {
  const two = [network('back', '10.1.0.2'), network('front', '10.2.0.2', 'fd00::2')];

  it.each<[string, Partial<Container>, Partial<DockerOptions>, string]>([
    ['on its only network', {}, {}, '172.17.0.2'],
    ['on the first of two networks by name', { networks: two }, {}, '10.1.0.2'],
    ['on the network that is named', { networks: two }, { network: 'front' }, '10.2.0.2'],
    [
      'on the first network that has one',
      { networks: [network('a'), network('b', '10.3.0.2')] },
      {},
      '10.3.0.2',
    ],
    ['that is IPv6 alone', { networks: [network('six', undefined, 'fd00::5')] }, {}, 'fd00::5'],
    ["on the host's network", { networkMode: 'host', networks: [network('host')] }, {}, '127.0.0.1'],
    [
      "on the host's network, with the host's own",
      { networkMode: 'host', networks: [] },
      { hostAddress: '10.0.0.9' },
      '10.0.0.9',
    ],
    [
      "on the host's network, whatever network is named",
      { networkMode: 'host', networks: [] },
      { network: 'front' },
      '127.0.0.1',
    ],
    [
      'of its own where its port is published on loopback alone',
      { published: [{ port: 80, hostAddress: '127.0.0.1', hostPort: 8080 }] },
      {},
      '172.17.0.2',
    ],
  ])('is the one %s', (_what, parts, options, address) => {
    expect(see(parts, options)).toMatchObject({ instance: { address, port: 80 }, problems: [] });
  });

  it.each<[string, Partial<Container>, Partial<DockerOptions>, string]>([
    [
      'on no network',
      { networkMode: 'none', networks: [network('none')] },
      {},
      'has no address on any network',
    ],
    ['not on the network that is named', {}, { network: 'front' }, 'has no address on the network front'],
  ])('is missing %s, which costs the instance', (_what, parts, options, problem) => {
    expect(see(parts, options)).toEqual({ service: 'web-1', instance: undefined, problems: [problem] });
  });

  it('is where the port is published when no network gives one, as with rootless Podman', () => {
    const networks = [network('pasta')];
    const everywhere = [{ port: 80, hostAddress: undefined, hostPort: 8080 }];
    const loopback = [{ port: 80, hostAddress: '127.0.0.1', hostPort: 8081 }];
    const at = (address: string, port: number) => ({ instance: { address, port }, problems: [] });
    expect(see({ networks, published: everywhere })).toMatchObject(at('127.0.0.1', 8080));
    expect(see({ networks, published: everywhere }, { hostAddress: '10.0.0.9' })).toMatchObject(
      at('10.0.0.9', 8080),
    );
    expect(see({ networks, published: loopback })).toMatchObject(at('127.0.0.1', 8081));
    expect(see({ networks, published: loopback }, { hostAddress: '10.0.0.9' }).problems).toEqual([
      'has no address on any network, and its port is published on the loopback of another host alone',
    ]);
  });

  it('is that of the container whose network it uses', () => {
    const vpn = container({ id: 'c0', name: 'vpn', networks: [network('front', '10.2.0.9')] });
    const inside = container({ networkMode: 'container:c0', networks: [], labels: routed });
    const { sightings } = read([vpn, inside]);
    expect(sightings.get('web-1')?.instances).toMatchObject([{ id: 'c1', address: '10.2.0.9', port: 80 }]);
  });
});

describe('the state', () => {
  it.each<[Partial<Container>, string | undefined]>([
    [{}, 'ready'],
    [{ health: 'none' }, 'ready'],
    [{ health: 'healthy' }, 'ready'],
    [{ health: 'unhealthy' }, 'drain'],
    [{ health: 'starting' }, undefined],
    [{ status: 'paused' }, 'drain'],
    [{ status: 'paused', health: 'starting' }, undefined],
    [{ status: 'created' }, undefined],
    [{ status: 'restarting' }, undefined],
    [{ status: 'exited' }, undefined],
    [{ status: 'removing' }, undefined],
    [{ status: 'dead' }, undefined],
  ])('of %j is %s', (parts, state) => {
    expect(see(parts).instance?.state).toBe(state);
  });
});

describe('what is looked for', () => {
  it('are names that hold the keyword, in any case', () => {
    const names = ['my-ASTEROID-1', 'comet', 'asteroid'];
    const found = names.filter((name) => see({ name }, { keyword: 'Asteroid' }).service !== undefined);
    expect(found).toEqual(['my-ASTEROID-1', 'asteroid']);
  });

  it('are, with a route for every service, all that listen to something', () => {
    const host = '{service}.example.com';
    expect(see({ labels: {} }, { host }).service).toBe('web-1');
    expect(see({ labels: {}, exposed: [80, 81] }, { host }).instance?.port).toBeUndefined();
    expect(see({ labels: {}, exposed: [] }, { host })).toEqual({ problems: [] });
    expect(see({ labels: labels({ port: '80' }), exposed: [] }, { host }).instance?.port).toBe(80);
  });
});

describe('a reading', () => {
  const web = labels({ service: 'web', 'route-host': 'web.example.com' });

  it('unites the containers of a service, whatever their order', () => {
    const containers = ['c3', 'c1', 'c2'].map((id) => container({ id, labels: web }));
    const reading = read(containers);
    expect(reading).toEqual(read(containers.toReversed()));
    expect(reading.isWhole).toBe(true);
    expect([...reading.sightings.keys()]).toEqual(['web']);
    expect(reading.sightings.get('web')).toMatchObject({
      instances: [{ id: 'c1' }, { id: 'c2' }, { id: 'c3' }],
      fallback: [],
      isFunction: false,
    });
  });

  it('has the route of services that ask for none', () => {
    const { sightings } = read([container({ name: 'api' })], { host: '{service}.example.com' });
    expect(sightings.get('api')?.fallback).toEqual([{ host: 'api.example.com' }]);
  });

  it('drains what is ending', () => {
    const containers = ['c1', 'c2'].map((id) => container({ id, labels: web }));
    const { sightings } = read(containers, {}, ['c2']);
    expect(sightings.get('web')?.instances.map(({ state }) => state)).toEqual(['ready', 'drain']);
  });

  it('tells of each container with a problem which one it is, and keeps the others', () => {
    const containers = [
      container({ id: 'c1', name: 'web-1', labels: web }),
      container({ id: 'c2', name: 'web-2', labels: { ...web, ...labels({ port: 'x' }) }, networks: [] }),
    ];
    const { sightings, problems } = read(containers);
    expect(sightings.get('web')?.instances.map(({ id }) => id)).toEqual(['c1']);
    expect(problems).toEqual([
      {
        source: 'docker',
        service: 'web',
        instance: 'c2',
        message: 'container web-2 port must be a port from 1 to 65535, not "x"',
      },
      {
        source: 'docker',
        service: 'web',
        instance: 'c2',
        message: 'container web-2 has no address on any network',
      },
    ]);
  });
});
