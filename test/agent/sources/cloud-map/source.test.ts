import { describe, expect, it } from 'vitest';
import type { Reading } from '../../../../src/agent/model/sighting.ts';
import {
  addNamespace,
  addService,
  deregister,
  register,
} from '../../../../src/sandbox/aws/cloud-map/world.ts';
import type { SandboxService } from '../../../../src/sandbox/aws/cloud-map/model.ts';
import type { SandboxAws } from '../../../../src/sandbox/aws/server.ts';
import { entryOf, followCloudMap, minute } from '../../../support/agent/followed-cloud-map.ts';

const at = (address: string, port = '80', more: Record<string, string> = {}) => ({
  AWS_INSTANCE_IPV4: address,
  AWS_INSTANCE_PORT: port,
  ...more,
});

function fill(service: SandboxService, count: number): void {
  for (let each = 0; each < count; each += 1)
    register(service, `i-${each}`, at(`10.0.${each >> 8}.${each & 255}`));
}

/** Services `s-0` … in the namespace `cluster`, one instance each. */
function cluster(count: number) {
  return ({ world }: SandboxAws): void => {
    const namespace = addNamespace(world, 'cluster');
    for (let each = 0; each < count; each += 1) fill(addService(namespace, `s-${each}`), 1);
  };
}

function serviceNamed({ world }: SandboxAws, name: string): SandboxService {
  const all = [...world.cloudMap.namespaces.values()].flatMap(({ services }) => [...services.values()]);
  const found = all.find((service) => service.name === name);
  if (found === undefined) throw new Error(`no service ${name}`);
  return found;
}

const namesIn = ({ sightings }: Reading) => [...sightings.keys()].toSorted();
const idsOf = ({ sightings }: Reading, service: string) =>
  sightings.get(service)?.instances.map(({ id }) => id) ?? [];
const statesOf = ({ sightings }: Reading, service: string) =>
  sightings.get(service)?.instances.map(({ state }) => state) ?? [];

describe('a look at Cloud Map', () => {
  it('tells of services with their routes and instances', async () => {
    await using followed = await followCloudMap({ namespaces: [entryOf('cluster')] }, ({ world }) => {
      const namespace = addNamespace(world, 'cluster');
      register(addService(namespace, '_my-app._tcp'), 'i-1', at('10.0.0.1', '8080', { check: '/up' }));
    });
    expect(await followed.reading()).toEqual({
      sightings: new Map([
        [
          'my-app.cluster',
          {
            service: 'my-app.cluster',
            instances: [
              {
                id: 'i-1',
                address: '10.0.0.1',
                port: 8080,
                weight: 1,
                state: 'ready',
                attributes: { check: '/up' },
                routes: [],
              },
            ],
            fallback: [{ host: 'my-app.test.com' }],
            isFunction: false,
          },
        ],
      ]),
      unread: new Set(),
      isWhole: true,
      problems: [],
    });
  });

  it('reads more than a hundred namespaces, services and instances', async () => {
    await using followed = await followCloudMap({ namespaces: [entryOf('cluster')] }, (aws) => {
      for (let each = 0; each < 120; each += 1) addService(addNamespace(aws.world, `other-${each}`), 'web');
      cluster(120)(aws);
      fill(serviceNamed(aws, 's-7'), 250);
    });
    const reading = await followed.reading();
    expect(reading.sightings.size).toBe(120);
    expect(reading.sightings.get('s-7.cluster')?.instances).toHaveLength(250);
    expect(reading.problems).toEqual([]);
  });

  it('is the same each time, though discovery has no order', async () => {
    await using followed = await followCloudMap({ namespaces: [entryOf('cluster')] }, (aws) => {
      cluster(1)(aws);
      fill(serviceNamed(aws, 's-0'), 30);
    });
    const first = await followed.reading();
    expect(await followed.reading(minute)).toEqual(first);
  });

  it('keeps a service without instances, with its route', async () => {
    await using followed = await followCloudMap({ namespaces: [entryOf('cluster')] }, ({ world }) => {
      addService(addNamespace(world, 'cluster'), 'empty');
    });
    const { sightings } = await followed.reading();
    expect(sightings.get('empty.cluster')).toMatchObject({
      instances: [],
      fallback: [{ host: 'empty.test.com' }],
    });
  });

  it('makes one service of names that are one', async () => {
    await using followed = await followCloudMap({ namespaces: [entryOf('cluster')] }, ({ world }) => {
      const namespace = addNamespace(world, 'cluster');
      register(addService(namespace, 'web'), 'i-1', at('10.0.0.1'));
      const srv = addService(namespace, '_web._tcp');
      register(srv, 'i-1', at('10.0.0.2'));
      register(srv, 'i-2', at('10.0.0.3'));
    });
    const reading = await followed.reading();
    expect(namesIn(reading)).toEqual(['web.cluster']);
    const addresses = reading.sightings.get('web.cluster')?.instances.map(({ id, address }) => [id, address]);
    expect(addresses).toEqual([
      ['i-1', '10.0.0.2'],
      ['i-1/1', '10.0.0.1'],
      ['i-2', '10.0.0.3'],
    ]);
  });

  it('tells which instances are left out', async () => {
    await using followed = await followCloudMap({ namespaces: [entryOf('cluster')] }, ({ world }) => {
      const service = addService(addNamespace(world, 'cluster'), 'web');
      register(service, 'alias', { AWS_ALIAS_DNS_NAME: 'lb-1.elb.amazonaws.com' });
      register(service, 'good', at('10.0.0.1'));
      register(service, 'zero', at('10.0.0.2', '0'));
    });
    const reading = await followed.reading();
    expect(idsOf(reading, 'web.cluster')).toEqual(['good']);
    expect(reading.problems.map(({ source, service, instance }) => [source, service, instance])).toEqual([
      ['cloud_map', 'web.cluster', 'alias'],
      ['cloud_map', 'web.cluster', 'zero'],
    ]);
  });

  it('warns of a namespace that is missing until it appears', async () => {
    await using followed = await followCloudMap({ namespaces: [entryOf('late')] });
    const first = await followed.reading();
    expect(first).toMatchObject({ isWhole: true, sightings: new Map() });
    expect(first.problems.map(({ message }) => message)).toEqual([
      'There is no namespace late: its services are served once it appears',
    ]);
    fill(addService(addNamespace(followed.aws.world, 'late'), 'web'), 1);
    const second = await followed.reading(minute);
    expect([namesIn(second), second.problems]).toEqual([['web.late'], []]);
  });

  it('discovers a namespace by its HTTP name where the name was used before', async () => {
    await using followed = await followCloudMap({ namespaces: [entryOf('cluster')] }, ({ world }) => {
      const first = addNamespace(world, 'cluster');
      fill(addService(addNamespace(world, 'cluster'), 'web'), 2);
      world.cloudMap.namespaces.delete(first.id);
    });
    const reading = await followed.reading();
    expect(idsOf(reading, 'web.cluster')).toEqual(['i-0', 'i-1']);
    expect([reading.unread, reading.problems]).toEqual([new Set(), []]);
    expect(followed.calls()).not.toHaveProperty('ListInstances');
  });

  it('reads the namespace that had the name first, and tells of others', async () => {
    await using followed = await followCloudMap({ namespaces: [entryOf('cluster')] }, ({ world }) => {
      fill(addService(addNamespace(world, 'cluster'), 'first'), 1);
      fill(addService(addNamespace(world, 'cluster'), 'second'), 1);
    });
    const reading = await followed.reading();
    expect(namesIn(reading)).toEqual(['first.cluster']);
    expect(reading.problems[0]?.message).toMatch(/^Several namespaces are called cluster: arn:/);
  });

  it('reads namespaces that another account shares', async () => {
    const owner = '210987654321';
    const namespaces = [entryOf('shared', { ownerAccount: owner }), entryOf('shared', { domain: 'own.com' })];
    for (const api of ['auto', 'list'] as const) {
      await using followed = await followCloudMap({ namespaces, api }, ({ world }) => {
        fill(addService(addNamespace(world, 'shared', { owner }), 'theirs'), 2);
        fill(addService(addNamespace(world, 'shared'), 'ours'), 1);
      });
      const reading = await followed.reading();
      expect([reading.unread, reading.problems]).toEqual([new Set(), []]);
      expect(namesIn(reading)).toEqual(['ours.shared', `theirs.shared.${owner}`]);
      expect(idsOf(reading, `theirs.shared.${owner}`)).toEqual(['i-0', 'i-1']);
      expect(reading.sightings.get('ours.shared')?.fallback).toEqual([{ host: 'ours.own.com' }]);
    }
  });
});

describe('health', () => {
  it('drains what is unhealthy, and follows while the revision stands still', async () => {
    await using followed = await followCloudMap({ namespaces: [entryOf('cluster')] }, ({ world }) => {
      fill(addService(addNamespace(world, 'cluster'), 'web', { check: 'custom' }), 2);
    });
    expect(statesOf(await followed.reading(), 'web.cluster')).toEqual(['ready', 'ready']);
    const [first] = serviceNamed(followed.aws, 'web').instances.values();
    if (first) first.health = 'UNHEALTHY';
    expect(statesOf(await followed.reading(minute), 'web.cluster')).toEqual(['drain', 'ready']);
  });

  it('is read every health_refresh, and at a revision that moved', async () => {
    const settings = { namespaces: [entryOf('cluster')], healthRefreshMs: 10 * minute };
    await using followed = await followCloudMap(settings, ({ world }) => {
      fill(addService(addNamespace(world, 'cluster'), 'web', { check: 'custom' }), 2);
    });
    await followed.reading();
    const service = serviceNamed(followed.aws, 'web');
    const [first] = service.instances.values();
    if (first) first.health = 'UNHEALTHY';
    expect(statesOf(await followed.reading(minute), 'web.cluster')).toEqual(['ready', 'ready']);
    register(service, 'i-2', at('10.0.0.3'));
    expect(statesOf(await followed.reading(minute), 'web.cluster')).toEqual(['drain', 'ready', 'ready']);
    if (first) first.health = 'HEALTHY';
    for (let looks = 1; looks < 10; looks += 1) {
      expect(statesOf(await followed.reading(minute), 'web.cluster')[0]).toBe('drain');
    }
    expect(statesOf(await followed.reading(minute), 'web.cluster')[0]).toBe('ready');
  });
});

describe('the calls of a look', () => {
  const rarely = { namespaces: [entryOf('cluster')], healthRefreshMs: 100 * minute };

  it('are one a service while nothing changes, beside the lists', async () => {
    await using followed = await followCloudMap(rarely, cluster(20));
    await followed.reading();
    expect(followed.calls()).toEqual({ ListNamespaces: 1, ListServices: 1, DiscoverInstances: 20 });
    await followed.reading(minute);
    expect(followed.calls()).toEqual({ ListNamespaces: 1, ListServices: 1, DiscoverInstancesRevision: 20 });
  });

  it('read only the service whose revision moved', async () => {
    await using followed = await followCloudMap(rarely, cluster(20));
    await followed.reading();
    followed.calls();
    deregister(serviceNamed(followed.aws, 's-3'), 'i-0');
    expect(idsOf(await followed.reading(minute), 's-3.cluster')).toEqual([]);
    expect(followed.calls()).toMatchObject({ DiscoverInstancesRevision: 20, DiscoverInstances: 1 });
  });

  it('are one a service, too, when health is due with every refresh', async () => {
    await using followed = await followCloudMap({ namespaces: [entryOf('cluster')] }, cluster(20));
    await followed.reading();
    followed.calls();
    await followed.reading(minute);
    expect(followed.calls()).toEqual({ ListNamespaces: 1, ListServices: 1, DiscoverInstances: 20 });
  });

  it('list services no more often than asked for', async () => {
    await using followed = await followCloudMap({ ...rarely, servicesRefreshMs: 3 * minute }, cluster(2));
    await followed.reading();
    addService([...followed.aws.world.cloudMap.namespaces.values()][0] ?? fail(), 'new');
    followed.calls();
    for (const _look of [1, 2]) expect(namesIn(await followed.reading(minute))).toHaveLength(2);
    expect(followed.calls()).toEqual({ DiscoverInstancesRevision: 4 });
    expect(namesIn(await followed.reading(minute))).toHaveLength(3);
    expect(followed.calls()).toMatchObject({ ListNamespaces: 1, ListServices: 1 });
  });

  it('list all that discovery may have cut', async () => {
    await using followed = await followCloudMap(rarely, ({ world }) => {
      world.cloudMap.largestAnswer = 100;
      const service = addService(addNamespace(world, 'cluster'), 'web', { check: 'custom' });
      fill(service, 130);
      const [first] = service.instances.values();
      if (first) first.health = 'UNHEALTHY';
    });
    const reading = await followed.reading();
    expect(idsOf(reading, 'web.cluster')).toHaveLength(130);
    expect(statesOf(reading, 'web.cluster').filter((state) => state === 'drain')).toHaveLength(1);
    expect(followed.calls()).toMatchObject({ ListInstances: 2, GetInstancesHealthStatus: 2 });
    await followed.reading(minute);
    expect(followed.calls()).toEqual({ ListNamespaces: 1, ListServices: 1, DiscoverInstancesRevision: 1 });
  });

  it('are lists alone where that is asked for', async () => {
    await using followed = await followCloudMap({ ...rarely, api: 'list' }, ({ world }) => {
      const namespace = addNamespace(world, 'cluster');
      fill(addService(namespace, 'checked', { check: 'custom' }), 1);
      fill(addService(namespace, 'unchecked'), 1);
    });
    await followed.reading();
    const lists = { ListNamespaces: 1, ListServices: 1, ListInstances: 2, GetInstancesHealthStatus: 1 };
    expect(followed.calls()).toEqual(lists);
    await followed.reading(minute);
    expect(followed.calls()).toEqual(lists);
  });

  it('read everything whole when asked to look again', async () => {
    await using followed = await followCloudMap({ ...rarely, servicesRefreshMs: 10 * minute }, cluster(3));
    await followed.reading();
    followed.calls();
    followed.source.refresh();
    await followed.reading();
    expect(followed.calls()).toEqual({ ListNamespaces: 1, ListServices: 1, DiscoverInstances: 3 });
  });

  it('end when it is closed', async () => {
    await using followed = await followCloudMap(rarely, cluster(1));
    await followed.reading();
    followed.source.close();
    followed.calls();
    followed.source.refresh();
    await expect(Promise.race([followed.reading(10 * minute), Promise.resolve('nothing')])).resolves.toBe(
      'nothing',
    );
    expect(followed.calls()).toEqual({});
  });
});

function fail(): never {
  throw new Error('no namespace');
}
