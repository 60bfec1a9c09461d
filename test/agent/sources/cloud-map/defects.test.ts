import { describe, expect, it } from 'vitest';
import type { Reading } from '../../../../src/agent/model/sighting.ts';
import { addNamespace, addService, register } from '../../../../src/sandbox/aws/cloud-map/world.ts';
import type { World } from '../../../../src/sandbox/aws/world.ts';
import { entryOf, followCloudMap, minute } from '../../../support/agent/followed-cloud-map.ts';

/** What other builders of configurations from Cloud Map are known to do wrong, as far as it is about reading it. */

const address = { AWS_INSTANCE_IPV4: '10.0.0.1', AWS_INSTANCE_PORT: '80' };
const cluster = { namespaces: [entryOf('cluster')] };

function add(world: World, name: string, attributes: Record<string, string>[] = [address]): void {
  const [namespace = addNamespace(world, 'cluster')] = world.cloudMap.namespaces.values();
  const service = addService(namespace, name);
  for (const [at, each] of attributes.entries()) register(service, `i-${at}`, each);
}

const namesIn = ({ sightings }: Reading) => [...sightings.keys()].toSorted();
const fallbackOf = ({ sightings }: Reading, name: string) => sightings.get(name)?.fallback;

describe('namespaces', () => {
  it('are listed again and again, not only at the start', async () => {
    await using followed = await followCloudMap(cluster);
    expect(namesIn(await followed.reading())).toEqual([]);
    add(followed.aws.world, 'web');
    expect(namesIn(await followed.reading(minute))).toEqual(['web.cluster']);
  });

  it('that are unknown are not skipped in silence', async () => {
    await using followed = await followCloudMap(cluster);
    expect((await followed.reading()).problems).toHaveLength(1);
  });

  it('that two entries name serve both', async () => {
    const namespaces = [
      entryOf('cluster', { domain: 'a.example' }),
      entryOf('cluster', { domain: 'b.example' }),
    ];
    await using followed = await followCloudMap({ namespaces }, ({ world }) => add(world, 'web'));
    expect(fallbackOf(await followed.reading(), 'web.cluster')).toEqual([
      { host: 'web.a.example' },
      { host: 'web.b.example' },
    ]);
  });

  it('past the first hundred are found', async () => {
    await using followed = await followCloudMap(cluster, ({ world }) => {
      for (let each = 0; each < 150; each += 1) addNamespace(world, `other-${each}`);
      addService(addNamespace(world, 'cluster'), 'web');
    });
    expect(namesIn(await followed.reading())).toEqual(['web.cluster']);
  });
});

describe('services and instances', () => {
  it('past the first hundred are found', async () => {
    await using followed = await followCloudMap({ ...cluster, api: 'list' }, ({ world }) => {
      add(
        world,
        'large',
        Array.from({ length: 101 }, () => address),
      );
      for (let each = 0; each < 110; each += 1) add(world, `s-${each}`);
    });
    const { sightings } = await followed.reading();
    expect(sightings.size).toBe(111);
    expect(sightings.get('large.cluster')?.instances).toHaveLength(101);
  });

  it('are read while one of them fails', async () => {
    await using followed = await followCloudMap(cluster, ({ world }) => {
      add(world, 'bad');
      add(world, 'good');
    });
    followed.strike = ({ input }) =>
      (input as { ServiceName?: string }).ServiceName === 'bad' ? 'server-error' : undefined;
    const { sightings, unread } = await followed.reading();
    expect([[...sightings.keys()], [...unread]]).toEqual([['good.cluster'], ['bad.cluster']]);
  });

  it('of one name in two namespaces are two services', async () => {
    const namespaces = [entryOf('one', { domain: 'one.com' }), entryOf('two', { domain: 'two.com' })];
    await using followed = await followCloudMap({ namespaces }, ({ world }) => {
      for (const name of ['one', 'two']) register(addService(addNamespace(world, name), 'web'), 'i', address);
    });
    expect(namesIn(await followed.reading())).toEqual(['web.one', 'web.two']);
  });

  it('lose no route by having no instances', async () => {
    await using followed = await followCloudMap(cluster, ({ world }) => add(world, 'web', []));
    expect(fallbackOf(await followed.reading(), 'web.cluster')).toEqual([{ host: 'web.test.com' }]);
  });

  it('keep their names when their order changes', async () => {
    const four = Array.from({ length: 4 }, () => address);
    await using followed = await followCloudMap(cluster, ({ world }) => add(world, 'web', four));
    const { sightings } = await followed.reading();
    expect(sightings.get('web.cluster')?.instances.map(({ id }) => id)).toEqual(['i-0', 'i-1', 'i-2', 'i-3']);
  });
});

describe('names', () => {
  it.each(['_my-app._tcp', '_my_app.v2._tcp', '_App1._tcp'])(
    'as %s lose what SRV records want',
    async (name) => {
      await using followed = await followCloudMap(cluster, ({ world }) => add(world, name));
      const plain = name.slice(1, -'._tcp'.length);
      expect(fallbackOf(await followed.reading(), `${plain}.cluster`)).toEqual([
        { host: `${plain}.test.com` },
      ]);
    },
  );

  it('of paths are prefixes that are taken off', async () => {
    const namespaces = [entryOf('cluster', { mode: 'path' })];
    await using followed = await followCloudMap({ namespaces }, ({ world }) => add(world, 'shop'));
    expect(fallbackOf(await followed.reading(), 'shop.cluster')).toEqual([{ path: '/shop', strip: true }]);
  });
});

describe('an instance', () => {
  it.each([
    ['without any address', { AWS_INSTANCE_PORT: '80' }],
    ['that is an alias', { AWS_ALIAS_DNS_NAME: 'lb-1.elb.amazonaws.com' }],
    ['with a port that is none', { ...address, AWS_INSTANCE_PORT: 'http' }],
    ['with the port 0', { ...address, AWS_INSTANCE_PORT: '0' }],
  ])('%s costs itself alone', async (_what, attributes) => {
    await using followed = await followCloudMap(cluster, ({ world }) => {
      add(world, 'web', [attributes, address]);
    });
    const { sightings, problems } = await followed.reading();
    expect(sightings.get('web.cluster')?.instances.map(({ id }) => id)).toEqual(['i-1']);
    expect(problems.map(({ instance }) => instance)).toEqual(['i-0']);
  });

  it.each([
    ['an IPv6 address', { AWS_INSTANCE_IPV6: '2001:db8::1', AWS_INSTANCE_PORT: '80' }, '2001:db8::1'],
    ['a name', { AWS_INSTANCE_CNAME: 'web.example', AWS_INSTANCE_PORT: '80' }, 'web.example'],
    ['no port, but a default one', { AWS_INSTANCE_IPV4: '10.0.0.1' }, '10.0.0.1'],
  ])('with %s is reached', async (_what, attributes, reached) => {
    const namespaces = [entryOf('cluster', { defaultPort: 80 })];
    await using followed = await followCloudMap({ namespaces }, ({ world }) =>
      add(world, 'web', [attributes]),
    );
    const { sightings } = await followed.reading();
    expect(sightings.get('web.cluster')?.instances).toMatchObject([{ address: reached, port: 80 }]);
  });

  it('that is unhealthy is drained', async () => {
    await using followed = await followCloudMap(cluster, ({ world }) => {
      const service = addService(addNamespace(world, 'cluster'), 'web', { check: 'custom' });
      register(service, 'i-0', { ...address, AWS_INIT_HEALTH_STATUS: 'UNHEALTHY' });
      register(service, 'i-1', address);
    });
    const { sightings } = await followed.reading();
    expect(sightings.get('web.cluster')?.instances.map(({ state }) => state)).toEqual(['drain', 'ready']);
  });
});

describe('failures', () => {
  it('are over with the first read that succeeds, though nothing changed', async () => {
    await using followed = await followCloudMap(cluster, ({ world }) => add(world, 'web'));
    const first = await followed.reading();
    followed.strike = () => 'server-error';
    expect(await followed.told(minute)).toBeInstanceOf(Error);
    for (const _more of [2, 3]) expect(await followed.told()).toBeInstanceOf(Error);
    followed.strike = () => undefined;
    expect(await followed.reading()).toEqual(first);
  });
});
