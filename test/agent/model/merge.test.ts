import { describe, expect, it } from 'vitest';
import { sharedBackendName } from '../../../src/agent/model/backends.ts';
import { functionsBackend } from '../../../src/agent/model/functions.ts';
import {
  defaultOptions,
  instance,
  instances,
  rules,
  sighting,
  view,
  mergeSources,
} from '../../support/agent/sightings.ts';

const routed = (service: string, hosts: string, attributes: Record<string, string> = {}) =>
  sighting(service, [instance(`${service}-1`, { attributes: { 'route-host': hosts, ...attributes } })]);

describe('a service', () => {
  it('has a backend and servers whose names come from its name and their ids', () => {
    const { services, backends, conflicts, problems } = mergeSources(
      [view('consul', sighting('web', instances('n1/web', 'plain')))],
      rules(),
    );
    expect(services).toEqual([
      {
        name: 'web',
        backend: 'web',
        sources: ['consul'],
        routes: [{ host: 'web.example', strip: false, tls: false, backend: 'web' }],
        shares: [],
      },
    ]);
    expect(backends).toMatchObject([
      {
        name: 'web',
        options: defaultOptions,
        servers: [
          { name: expect.stringMatching(/^n1_web:/) as string, id: 'n1/web', address: '10.0.0.1' },
          { name: 'plain', service: 'web', source: 'consul', port: 80, weight: 100, state: 'ready' },
        ],
      },
    ]);
    expect([conflicts, problems]).toEqual([[], []]);
  });

  it('keeps its route without servers', () => {
    const { services, backends } = mergeSources([view('cloud_map', sighting('web', []))], rules());
    expect(services).toHaveLength(1);
    expect(backends).toMatchObject([{ name: 'web', servers: [] }]);
  });

  it('that asks for no route is left out without a word', () => {
    const quiet = sighting('web', instances('a'), { fallback: [] });
    expect(mergeSources([view('docker', quiet)], rules())).toEqual({
      services: [],
      backends: [],
      conflicts: [],
      problems: [],
    });
  });

  it('is served as its first instance by id says, key by key', () => {
    const { backends, services, problems } = mergeSources(
      [
        view(
          'docker',
          sighting('web', [
            instance('c', {
              address: '10.0.0.3',
              attributes: { check: '/c', 'route-host': 'c', balance: 'random' },
            }),
            instance('b', { address: '10.0.0.2', attributes: { check: '/b', 'route-host': 'b' } }),
            instance('a', {
              address: '10.0.0.1',
              attributes: { check: 'x', 'route-host': '!', weight: '10' },
            }),
          ]),
        ),
      ],
      rules(),
    );
    expect(backends[0]?.options).toMatchObject({ check: '/b', balance: 'random' });
    expect(backends[0]?.servers.map(({ weight }) => weight)).toEqual([10, 100, 100]);
    expect(services[0]?.routes).toMatchObject([{ host: 'b' }]);
    expect(problems.map(({ instance }) => instance)).toEqual(['a', 'a']);
  });

  it('is spoken to as its routes say, and not in two ways at once', () => {
    const routes = [{ host: 'a', scheme: 'https' }, { host: 'b', scheme: 'http' }, { host: 'c' }] as const;
    const { backends, services, problems } = mergeSources(
      [view('consul', sighting('web', [instance('i', { routes })]))],
      rules(),
    );
    expect(backends[0]?.options.scheme).toBe('https');
    expect(services[0]?.routes.map(({ host }) => host)).toEqual(['a', 'c']);
    expect(problems).toMatchObject([
      { service: 'web', message: expect.stringContaining('wants http') as string },
    ]);
  });

  it('is served as the configuration says, over what its source says', () => {
    const overrides = { web: { check: '/own', weight: 7, snippet: ['http-request deny'] } } as const;
    const one = instance('a', { attributes: { check: '/theirs', weight: '200', maxconn: '5' } });
    const { backends } = mergeSources([view('docker', sighting('web', [one]))], rules({ overrides }));
    expect(backends[0]).toMatchObject({
      options: { check: '/own', maxconn: 5, snippet: ['http-request deny'] },
      servers: [{ weight: 7 }],
    });
  });

  it('weighs its servers by what source and attributes say together', () => {
    const servers = [
      instance('a', { address: '10.0.0.1', weight: 10 }),
      instance('b', { address: '10.0.0.2', weight: 1 }),
      instance('c', { address: '10.0.0.3', weight: 0 }),
      instance('d', { address: '10.0.0.4', weight: 1, attributes: { weight: '0' } }),
    ];
    const { backends } = mergeSources([view('consul', sighting('web', servers))], rules());
    expect(backends[0]?.servers.map(({ weight }) => weight)).toEqual([256, 26, 0, 0]);
  });

  it('takes requests on all servers when none is well, unless it shall not', () => {
    const drained = instances('a', 'b').map((one) => ({ ...one, state: 'drain' as const }));
    const statesOf = (servers: typeof drained, failOpen: boolean) =>
      mergeSources(
        [view('consul', sighting('web', servers))],
        rules({ defaults: { ...defaultOptions, failOpen } }),
      ).backends[0]?.servers.map(({ state }) => state);
    expect(statesOf(drained, true)).toEqual(['ready', 'ready']);
    expect(statesOf(drained, false)).toEqual(['drain', 'drain']);
    const [first, ...others] = drained;
    expect(statesOf([{ ...first, state: 'ready' } as never, ...others], true)).toEqual(['ready', 'drain']);
  });

  it('has no server that is HAProxy itself', () => {
    const own = rules({ isOwn: (address, port) => address === '127.0.0.1' && port === 80 });
    const servers = [
      instance('loop', { address: '127.0.0.1' }),
      instance('ok', { address: '127.0.0.1', port: 81 }),
    ];
    const { backends, problems } = mergeSources([view('docker', sighting('web', servers))], own);
    expect(backends[0]?.servers.map(({ id }) => id)).toEqual(['ok']);
    expect(problems).toMatchObject([
      { instance: 'loop', message: expect.stringContaining('HAProxy itself') as string },
    ]);
  });

  it('redirects to TLS where HAProxy has it', () => {
    const tls = [view('docker', routed('web', 'a', { 'route-tls': 'true' }))];
    expect(mergeSources(tls, rules()).services[0]?.routes).toMatchObject([{ tls: true }]);
    const plain = mergeSources(tls, rules({ knowsTls: false }));
    expect(plain.services[0]?.routes).toMatchObject([{ tls: false }]);
    expect(plain.problems).toMatchObject([
      { service: 'web', message: expect.stringContaining('route-tls') as string },
    ]);
  });
});

describe('a service of several sources', () => {
  it('has the servers of all, each address once, and routes and options of the first that has any', () => {
    const file = sighting('web', [], { attributes: { check: '/file' }, fallback: [{ host: 'of-the-file' }] });
    const docker = sighting('web', [
      instance('d', { address: '10.0.0.1', attributes: { check: '/docker', 'route-host': 'of-docker' } }),
    ]);
    const consul = sighting('web', [
      instance('same', { address: '10.0.0.1', state: 'drain' }),
      instance('d', { address: '10.0.0.2' }),
    ]);
    const { services, backends } = mergeSources(
      [view('consul', consul), view('docker', docker), view('file', file)],
      rules(),
    );
    expect(services).toMatchObject([
      { sources: ['file', 'docker', 'consul'], routes: [{ host: 'of-the-file' }] },
    ]);
    expect(backends[0]?.options.check).toBe('/file');
    expect(backends[0]?.servers).toMatchObject([
      { name: 'd', source: 'docker', address: '10.0.0.1', state: 'ready' },
      {
        name: expect.stringMatching(/^d_consul:/) as string,
        source: 'consul',
        id: 'd',
        address: '10.0.0.2',
      },
    ]);
  });

  it('is a function or none, as the first says', () => {
    const lambda = { proxy: [{ address: '127.0.0.1', port: 8080 }], check: 'tcp' } as const;
    const fn = sighting('web', instances('fn'), { isFunction: true });
    const views = [view('consul', fn), view('docker', sighting('web', instances('a')))];
    const { backends, problems } = mergeSources(views, rules({ lambda }));
    expect(backends.map(({ name }) => name)).toEqual([functionsBackend, 'web']);
    expect(problems).toMatchObject([{ source: 'consul', service: 'web' }]);
  });
});

describe('functions', () => {
  const lambda = { proxy: [{ address: '127.0.0.1', port: 8080 }], check: '/healthz' } as const;
  const fn = (name: string, path: string) =>
    sighting(
      name,
      [instance(`n/${name}`, { address: '', port: undefined, routes: [{ path, strip: true }] })],
      {
        isFunction: true,
        fallback: [],
      },
    );

  it('share one backend, whatever their addresses, and get requests as they came', () => {
    const { services, backends, problems } = mergeSources(
      [view('consul', fn('pay', '/pay'), fn('ship', '/ship'))],
      rules({ lambda }),
    );
    expect(services.map(({ name, backend, routes }) => [name, backend, routes])).toEqual([
      ['pay', functionsBackend, [{ path: '/pay', strip: false, tls: false, backend: functionsBackend }]],
      ['ship', functionsBackend, [{ path: '/ship', strip: false, tls: false, backend: functionsBackend }]],
    ]);
    expect(backends).toMatchObject([
      {
        name: functionsBackend,
        options: { check: '/healthz' },
        servers: [{ address: '127.0.0.1', port: 8080 }],
      },
    ]);
    expect(problems).toEqual([]);
  });

  it('have their backend before the first of them, who then takes no reload', () => {
    const { backends } = mergeSources([view('consul')], rules({ lambda }));
    expect(backends.map(({ name, servers }) => [name, servers.length])).toEqual([[functionsBackend, 1]]);
  });

  it('are left out with one notice where nobody says where the proxy is', () => {
    const model = mergeSources([view('consul', fn('pay', '/pay'), fn('ship', '/ship'))], rules());
    expect(model.services).toEqual([]);
    expect(model.problems).toEqual([
      {
        source: 'consul',
        service: undefined,
        instance: undefined,
        message: expect.stringContaining('lambda.proxy'),
      },
    ]);
  });

  it('that ask for one route do not share it: the proxy decides by host and path', () => {
    const [one, other] = [fn('pay', '/x'), fn('ship', '/x')];
    const canary = {
      ...other,
      instances: [instance('i', { attributes: { 'route-path': '/x', 'route-percent': '10' } })],
    };
    const { backends, conflicts } = mergeSources([view('consul', one, canary)], rules({ lambda }));
    expect(backends).toHaveLength(1);
    expect(conflicts).toEqual([{ path: '/x', winner: 'pay', losers: ['ship'] }]);
  });
});

describe('a route that several services ask for', () => {
  it('belongs to the one of the first source, then to the first by name; the others are told', () => {
    const { services, conflicts } = mergeSources(
      [
        view('cloud_map', routed('a', 'x,only-a')),
        view('consul', routed('c', 'x'), routed('b', 'x.'), routed('d', 'X:80')),
      ],
      rules(),
    );
    expect(services.map(({ name, routes }) => [name, routes.map(({ host }) => host)])).toEqual([
      ['a', ['only-a']],
      ['b', ['x']],
      ['c', []],
      ['d', []],
    ]);
    expect(conflicts).toEqual([{ host: 'x', winner: 'b', losers: ['a', 'c', 'd'] }]);
  });

  it('is in conflict with a page that HAProxy itself has there', () => {
    const stats = sighting('stats', instances('a'), {
      fallback: [{ path: '/stats' }, { host: 'h', path: '/stats' }],
    });
    const { services, conflicts } = mergeSources([view('cloud_map', stats)], rules({ ownPaths: ['/stats'] }));
    expect(services[0]?.routes).toMatchObject([{ host: 'h', path: '/stats' }]);
    expect(conflicts).toEqual([{ path: '/stats', winner: 'HAProxy', losers: ['stats'] }]);
  });

  it('is shared with a service that wants a percentage of it, whoever comes first', () => {
    const canary = routed('canary', 'x', { 'route-percent': '20', check: '/canary' });
    const { services, backends, conflicts } = mergeSources(
      [view('docker', canary), view('consul', routed('web', 'x,y', { check: '/web' }))],
      rules(),
    );
    const shared = sharedBackendName(['web', 'canary']);
    expect(conflicts).toEqual([]);
    expect(services).toMatchObject([
      { name: 'canary', routes: [], shares: [{ host: 'x', percent: 20, service: 'web', backend: shared }] },
      {
        name: 'web',
        routes: [
          { host: 'x', backend: shared },
          { host: 'y', backend: 'web' },
        ],
        shares: [],
      },
    ]);
    expect(backends.map(({ name }) => name)).toEqual(['web', shared]);
    expect(backends[1]).toMatchObject({ options: { check: '/web' } });
  });
});
