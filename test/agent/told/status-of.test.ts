import { expect, it } from 'vitest';
import { statusOf } from '../../../src/agent/told/status-of.ts';
import {
  createAgentWorld,
  modelOf,
  serverKey,
  serverOf,
  serviceNamed,
  startedAt,
  subjectOf,
  wellSource,
} from '../../support/agent/told.ts';

const start = new Date(startedAt).toISOString();

it('tells everything in the words of the contract', () => {
  const world = createAgentWorld();
  world.states = [
    {
      ...wellSource,
      ok: false,
      failures: 2,
      error: 'Consul does not answer.',
      held: [{ service: 'api', reason: 'less would be left', since: startedAt, reads: 1 }],
    },
    { ...wellSource, name: 'docker', lastSuccess: undefined },
  ];
  world.applied = {
    ...world.applied,
    pending: true,
    rejected: { at: startedAt, error: `unknown keyword in 'user u password $5$s$hash'` },
  };
  const servers = [
    serverOf('web', 'a', { address: '::1', weight: 50 }),
    serverOf('web', 'b', { state: 'drain' }),
  ];
  world.model = modelOf(
    [serviceNamed('web')],
    { web: servers },
    {
      conflicts: [{ host: 'web.example', winner: 'web', losers: ['other'] }],
      problems: [{ source: 'consul', service: 'web', instance: undefined, message: 'weight is no number' }],
    },
  );
  const change = {
    at: startedAt,
    how: 'runtime',
    reason: 'add',
    service: undefined,
    detail: 'added a',
  } as const;
  const subject = { ...subjectOf(world), changes: () => [change] };
  const healths = new Map([
    [serverKey('web', 'a'), { state: 'up', health: 'L4OK' }],
    [serverKey('web', 'b'), { state: 'up', health: 'L4OK' }],
  ] as const);
  expect(statusOf(subject, healths)).toEqual({
    version: '1.2.3',
    started_at: start,
    haproxy: { up: true, version: '3.0.11', mode: 'start', pid: 7, reloads: 2, old_workers: 1 },
    config: {
      revision: 'r1',
      applied_at: start,
      how: 'reload',
      pending: true,
      rejected: { at: start, error: `unknown keyword in 'user u password ***` },
    },
    sources: [
      {
        name: 'consul',
        ok: false,
        services: 1,
        servers: 1,
        last_success: start,
        age_s: 1,
        failures: 2,
        error: 'Consul does not answer.',
        held: [{ service: 'api', reason: 'less would be left', since: start, reads: 1 }],
      },
      {
        name: 'docker',
        ok: true,
        services: 1,
        servers: 1,
        last_success: null,
        age_s: null,
        failures: 0,
        error: null,
        held: [],
      },
    ],
    services: [
      {
        name: 'web',
        backend: 'be_web',
        sources: ['consul'],
        routes: [{ host: 'web.example', path: null, strip: false, percent: null, tls: false }],
        servers: [
          {
            name: 's_a',
            id: 'a',
            address: '[::1]:8080',
            source: 'consul',
            weight: 50,
            state: 'up',
            health: 'L4OK',
          },
          {
            name: 's_b',
            id: 'b',
            address: '10.0.0.1:8080',
            source: 'consul',
            weight: 100,
            state: 'drain',
            health: 'L4OK',
          },
        ],
      },
    ],
    conflicts: [{ host: 'web.example', path: null, winner: 'web', losers: ['other'] }],
    problems: [{ source: 'consul', service: 'web', instance: null, message: 'weight is no number' }],
    changes: [{ at: start, how: 'runtime', reason: 'add', service: null, detail: 'added a' }],
  });
});

it('knows little before anything was read', () => {
  const world = createAgentWorld();
  world.model = undefined;
  world.haproxy = {
    state: 'starting',
    version: undefined,
    mode: 'start',
    pid: undefined,
    reloads: 0,
    oldWorkers: 0,
  };
  world.applied = {
    revision: undefined,
    appliedAt: undefined,
    how: undefined,
    pending: false,
    rejected: undefined,
  };
  expect(statusOf(subjectOf(world), new Map())).toMatchObject({
    haproxy: { up: false, version: null, pid: null },
    config: { revision: null, applied_at: null, how: null, rejected: null },
    services: [],
    conflicts: [],
    problems: [],
  });
});

it('tells of each who shares a route what is his own, and of the part that he gets', () => {
  const world = createAgentWorld();
  const place = { host: 'shop.example', path: '/a' };
  const shared = [serverOf('shop', 'x', { of: 'shop' }), serverOf('canary', 'y', { of: 'canary' })];
  world.model = modelOf(
    [
      serviceNamed('canary', {
        routes: [],
        shares: [{ ...place, percent: 10, service: 'shop', backend: 'mixed' }],
      }),
      serviceNamed('shop', { routes: [{ ...place, strip: true, tls: true, backend: 'mixed' }] }),
    ],
    { mixed: shared },
  );
  const { services } = statusOf(subjectOf(world), new Map());
  expect(services).toMatchObject([
    {
      routes: [{ ...place, strip: true, tls: true, percent: 10 }],
      servers: [{ id: 'y', name: 's_canary::y' }],
    },
    { routes: [{ ...place, strip: true, tls: true, percent: null }], servers: [{ id: 'x' }] },
  ]);
});

it('shows with each function the servers of all', () => {
  const world = createAgentWorld();
  const functionNamed = (name: string) => serviceNamed(name, { backend: 'functions' });
  const proxies = [serverOf('functions', '127.0.0.1:8080')];
  world.model = modelOf([functionNamed('a'), functionNamed('b')], { functions: proxies });
  expect(statusOf(subjectOf(world), new Map()).services).toMatchObject([
    { name: 'a', servers: [{ id: '127.0.0.1:8080' }] },
    { name: 'b', servers: [{ id: '127.0.0.1:8080' }] },
  ]);
});
