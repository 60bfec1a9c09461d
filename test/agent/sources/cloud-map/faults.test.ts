import { describe, expect, it } from 'vitest';
import type { Reading } from '../../../../src/agent/model/sighting.ts';
import type { ApiCall } from '../../../../src/sandbox/aws/api.ts';
import { addNamespace, addService, register } from '../../../../src/sandbox/aws/cloud-map/world.ts';
import type { SandboxAws } from '../../../../src/sandbox/aws/server.ts';
import { entryOf, followCloudMap, minute } from '../../../support/agent/followed-cloud-map.ts';

const address = { AWS_INSTANCE_IPV4: '10.0.0.1', AWS_INSTANCE_PORT: '80' };
const both = { namespaces: [entryOf('one'), entryOf('two')] };

/** Two namespaces with the services `a` and `b` each. */
function twoNamespaces({ world }: SandboxAws): void {
  for (const name of ['one', 'two']) {
    const namespace = addNamespace(world, name);
    for (const service of ['a', 'b']) register(addService(namespace, service), 'i-1', address);
  }
}

function namespaceNamed({ world }: SandboxAws, name: string) {
  const found = [...world.cloudMap.namespaces.values()].find((namespace) => namespace.name === name);
  if (found === undefined) throw new Error(`no namespace ${name}`);
  return found;
}

const inputOf = ({ input }: ApiCall) => input as { NamespaceName?: string; ServiceName?: string };
const namesIn = ({ sightings }: Reading) => [...sightings.keys()].toSorted();
const messagesOf = ({ problems }: Reading) => problems.map(({ message }) => message);

describe('a failed read', () => {
  it('of the namespaces tells nothing, and is repeated before its time', async () => {
    await using followed = await followCloudMap(both, twoNamespaces);
    await followed.reading();
    followed.strike = ({ operation }) => (operation === 'ListNamespaces' ? 'server-error' : undefined);
    expect(await followed.told(minute)).toMatchObject({ code: 'UPSTREAM_UNAVAILABLE' });
    expect(await followed.told()).toMatchObject({ code: 'UPSTREAM_UNAVAILABLE' });
    followed.strike = () => undefined;
    expect(namesIn(await followed.reading())).toHaveLength(4);
  });

  it('of a second page of services holds its namespace, and no other', async () => {
    await using followed = await followCloudMap(both, (aws) => {
      twoNamespaces(aws);
      for (let each = 0; each < 120; each += 1) addService(namespaceNamed(aws, 'one'), `s-${each}`);
    });
    expect((await followed.reading()).sightings.size).toBe(124);
    for (const name of ['one', 'two']) {
      const { services } = namespaceNamed(followed.aws, name);
      for (const service of services.values()) if (service.name === 'a') services.delete(service.id);
    }
    const { id } = namespaceNamed(followed.aws, 'one');
    followed.strike = ({ operation, input }) => {
      const { NextToken, Filters } = input as { NextToken?: string; Filters?: { Values: string[] }[] };
      const isOne = operation === 'ListServices' && Filters?.[0]?.Values[0] === id;
      return isOne && NextToken !== undefined ? 'throttle' : undefined;
    };
    const reading = await followed.reading(minute);
    expect(reading.isWhole).toBe(true);
    expect([...reading.unread]).toEqual(['a.one']);
    expect(reading.sightings.size).toBe(122);
    expect(messagesOf(reading)).toContainEqual(
      expect.stringContaining('The services of namespace one stay as they are: AWS throttled'),
    );
    followed.strike = () => undefined;
    const next = await followed.reading();
    expect([next.unread, next.sightings.size]).toEqual([new Set(), 122]);
  });

  it('of services that were never listed leaves open which there are', async () => {
    await using followed = await followCloudMap({ namespaces: [entryOf('one')] }, twoNamespaces);
    followed.strike = ({ operation }) => (operation === 'ListServices' ? 'server-error' : undefined);
    const first = await followed.reading();
    expect([first.isWhole, first.sightings.size]).toEqual([false, 0]);
    followed.strike = () => undefined;
    const second = await followed.reading();
    expect([second.isWhole, namesIn(second)]).toEqual([true, ['a.one', 'b.one']]);
  });

  it.each(['throttle', 'server-error', 'drop', 'truncate', 'garble', 'hollow'] as const)(
    'of one service, by "%s", holds that service alone',
    async (fault) => {
      await using followed = await followCloudMap(both, twoNamespaces);
      await followed.reading();
      followed.strike = (call) => {
        const { NamespaceName, ServiceName } = inputOf(call);
        return NamespaceName === 'two' && ServiceName === 'a' ? fault : undefined;
      };
      const reading = await followed.reading(minute);
      expect([...reading.unread]).toEqual(['a.two']);
      expect(namesIn(reading)).toEqual(['a.one', 'b.one', 'b.two']);
      expect(reading.isWhole).toBe(true);
      expect(reading.problems).toMatchObject([
        { source: 'cloud_map', service: 'a.two', instance: undefined },
      ]);
    },
  );

  it('of one service is all that is repeated before its time', async () => {
    await using followed = await followCloudMap(both, twoNamespaces);
    followed.strike = (call) => (inputOf(call).ServiceName === 'b' ? 'throttle' : undefined);
    expect((await followed.reading()).unread.size).toBe(2);
    followed.strike = () => undefined;
    followed.calls();
    expect((await followed.reading()).unread.size).toBe(0);
    expect(followed.calls()).toEqual({ DiscoverInstances: 2 });
  });

  it('of a second page of instances holds their service', async () => {
    const settings = { namespaces: [entryOf('one')], api: 'list' as const };
    await using followed = await followCloudMap(settings, (aws) => {
      twoNamespaces(aws);
      const [service] = namespaceNamed(aws, 'one').services.values();
      for (let each = 0; each < 120; each += 1) if (service) register(service, `more-${each}`, address);
    });
    expect((await followed.reading()).sightings.get('a.one')?.instances).toHaveLength(121);
    followed.strike = ({ input }) =>
      (input as { NextToken?: string }).NextToken === undefined ? undefined : 'throttle';
    expect([...(await followed.reading(minute)).unread]).toEqual(['a.one']);
  });

  it('of all services is a failure of the source', async () => {
    const settings = { ...both, servicesRefreshMs: 10 * minute };
    await using followed = await followCloudMap(settings, twoNamespaces);
    await followed.reading();
    followed.strike = () => 'server-error';
    expect(await followed.told(minute)).toMatchObject({ code: 'UPSTREAM_UNAVAILABLE' });
  });

  it('with refused credentials is one, and no reason to list instead', async () => {
    await using followed = await followCloudMap(both, twoNamespaces);
    await followed.reading();
    followed.aws.faults.expiredKeys.add('AKIDEXAMPLE');
    expect(await followed.told(minute)).toMatchObject({ code: 'UPSTREAM_AUTH' });
    followed.aws.faults.expiredKeys.clear();
    followed.calls();
    await followed.reading();
    expect(followed.calls()).not.toHaveProperty('ListInstances');
  });
});

describe('a service that is deleted', () => {
  it('is gone with the next list, which is asked for at once', async () => {
    const settings = { ...both, servicesRefreshMs: 10 * minute };
    await using followed = await followCloudMap(settings, twoNamespaces);
    await followed.reading();
    const { services } = namespaceNamed(followed.aws, 'two');
    for (const { id, name } of services.values()) if (name === 'a') services.delete(id);
    expect([...(await followed.reading(minute)).unread]).toEqual(['a.two']);
    const reading = await followed.reading();
    expect([namesIn(reading), reading.unread]).toEqual([['a.one', 'b.one', 'b.two'], new Set()]);
  });

  it('is not believed to be while lists have it and discovery does not', async () => {
    await using followed = await followCloudMap({ namespaces: [entryOf('one')] }, twoNamespaces);
    await followed.reading();
    namespaceNamed(followed.aws, 'one').httpName = 'unknown-to-discovery';
    for (const service of namespaceNamed(followed.aws, 'one').services.values()) service.revision += 1;
    const reading = await followed.reading(minute);
    expect(namesIn(reading)).toEqual(['a.one', 'b.one']);
  });
});

describe('what is not granted', () => {
  const denied = (aws: SandboxAws, ...operations: string[]) => {
    for (const operation of operations) aws.faults.denied.add(`servicediscovery:${operation}`);
  };

  it('of discovery is done by lists, and tried again later', async () => {
    await using followed = await followCloudMap(both, (aws) => {
      twoNamespaces(aws);
      denied(aws, 'DiscoverInstances');
    });
    const first = await followed.reading();
    expect(namesIn(first)).toHaveLength(4);
    expect(messagesOf(first)).toEqual([
      'servicediscovery:DiscoverInstances is not granted: instances are listed, which AWS limits more',
    ]);
    followed.calls();
    await followed.reading(minute);
    expect(followed.calls()).toEqual({ ListNamespaces: 1, ListServices: 2, ListInstances: 4 });
    followed.aws.faults.denied.clear();
    for (let looks = 0; looks < 5; looks += 1) await followed.reading(minute);
    expect(followed.calls()).toMatchObject({ DiscoverInstances: expect.any(Number) as number });
    expect(messagesOf(await followed.reading(minute))).toEqual([]);
  });

  it('of the revision is done by whole reads', async () => {
    const settings = { ...both, healthRefreshMs: 100 * minute };
    await using followed = await followCloudMap(settings, (aws) => {
      twoNamespaces(aws);
      denied(aws, 'DiscoverInstancesRevision');
    });
    await followed.reading();
    followed.calls();
    expect(namesIn(await followed.reading(minute))).toHaveLength(4);
    await followed.reading(minute);
    expect(followed.calls()).toMatchObject({ DiscoverInstances: 8 });
  });

  it('of all calls but the three lists costs health alone', async () => {
    await using followed = await followCloudMap({ namespaces: [entryOf('one')] }, (aws) => {
      const service = addService(addNamespace(aws.world, 'one'), 'a', { check: 'custom' });
      register(service, 'i-1', address);
      register(service, 'i-2', { ...address, AWS_INIT_HEALTH_STATUS: 'UNHEALTHY' });
      denied(aws, 'DiscoverInstances', 'DiscoverInstancesRevision', 'GetInstancesHealthStatus');
    });
    const reading = await followed.reading();
    expect(reading.sightings.get('a.one')?.instances.map(({ state }) => state)).toEqual(['ready', 'ready']);
    expect(reading.problems).toHaveLength(2);
  });

  it('of lists holds the source, and says what to grant', async () => {
    await using followed = await followCloudMap(both, (aws) => denied(aws, 'ListNamespaces'));
    expect(await followed.told()).toMatchObject({
      code: 'UPSTREAM_AUTH',
      message: expect.stringContaining('grant servicediscovery:ListNamespaces') as string,
    });
  });
});

it('asks no more than sixteen services at once', async () => {
  let running = 0;
  let most = 0;
  await using followed = await followCloudMap({ namespaces: [entryOf('one')] }, ({ world, faults }) => {
    const namespace = addNamespace(world, 'one');
    for (let each = 0; each < 60; each += 1) register(addService(namespace, `s-${each}`), 'i-1', address);
    faults.latencyMs = 5;
  });
  followed.strike = ({ operation }) => {
    if (operation !== 'DiscoverInstances') return undefined;
    most = Math.max(most, (running += 1));
    setTimeout(() => (running -= 1), 4);
    return undefined;
  };
  expect((await followed.reading()).sightings.size).toBe(60);
  expect(most).toBeLessThanOrEqual(16);
});
