import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { NodeBody, ServiceDefaults } from '../../src/consul/api.ts';
import type { Consul } from '../../src/consul/client.ts';
import { agentsPlace } from '../../src/lambda-service/place.ts';
import { consulClient, testDeadline } from '../support/consul/client.ts';
import { atLeast } from '../support/consul/server.ts';
import { type Federation, startFederation } from '../support/places/federation.ts';

const deadline = testDeadline();
const primary = { datacenter: 'dc1' };
const elsewhere = { datacenter: 'dc9' };
const kind = 'service-defaults';
const entry = (Name: string, Protocol = 'http'): ServiceDefaults => ({ Kind: kind, Name, Protocol });
const node: NodeBody = { Node: 'lambdas', Address: '' };
const landing = [
  { verb: 'cas' as const, node, index: 0 },
  { verb: 'cas' as const, on: 'lambdas', service: { ID: 'a', Service: 'a' }, index: 0 },
];

/** A federation and a client of each of its servers. */
interface Clients {
  federation: Federation;
  dc1: Consul;
  dc2: Consul;
}

async function start(options: { primary?: boolean } = {}): Promise<Clients> {
  const federation = await startFederation(options);
  const { dc1, dc2 } = { dc1: federation.of('dc1'), dc2: federation.of('dc2') };
  return { federation, dc1: consulClient(dc1), dc2: consulClient(dc2) };
}

async function close({ federation, dc1, dc2 }: Clients): Promise<void> {
  dc1.close();
  dc2.close();
  await federation.close();
}

describe('beside a secondary datacenter', () => {
  let given: Clients;
  let dc2: Consul;
  beforeAll(async () => {
    given = await start();
    ({ dc2 } = given);
    // So that no index of one datacenter is one of the other.
    for (let at = 0; at < 200; at += 1) await given.federation.of('dc1').ok('PUT', '/v1/kv/other', at);
  });
  afterAll(() => close(given));

  /** Creates an entry and gives its index here and in the primary datacenter. */
  async function created(name: string): Promise<{ here: number; there: number }> {
    expect(await dc2.putServiceDefaults(agentsPlace, entry(name), 0, deadline)).toBe(true);
    await given.federation.replicated(kind, name);
    const here = await dc2.serviceDefaults(agentsPlace, name, deadline);
    const there = await dc2.serviceDefaults(primary, name, deadline);
    return { here: here?.ModifyIndex ?? 0, there: there?.ModifyIndex ?? 0 };
  }

  test('an entry is created in the primary datacenter, and is seen here a little later', async () => {
    const { here, there } = await created('made');
    expect(here).not.toBe(there);
    expect(await given.dc1.serviceDefaults(agentsPlace, 'made', deadline)).toMatchObject({
      Protocol: 'http',
      ModifyIndex: there,
    });
    expect(await dc2.putServiceDefaults(agentsPlace, entry('made', 'tcp'), 0, deadline)).toBe(false);
  });

  test('the index that is read here is refused, whatever datacenter is named', async () => {
    const { here, there } = await created('changed');
    for (const place of [agentsPlace, primary, elsewhere]) {
      expect(await dc2.putServiceDefaults(place, entry('changed', 'tcp'), here, deadline)).toBe(false);
    }
    expect(await dc2.putServiceDefaults(agentsPlace, entry('changed', 'tcp'), there, deadline)).toBe(true);
    await given.federation.replicated(kind, 'changed');
    expect(await dc2.serviceDefaults(agentsPlace, 'changed', deadline)).toMatchObject({ Protocol: 'tcp' });
  });

  test('a deletion takes the index of the primary datacenter alone', async () => {
    const { here, there } = await created('removed');
    const checkedAndSet = atLeast(given.federation.of('dc2').version, 1, 12);
    expect(await dc2.deleteServiceDefaults(agentsPlace, 'removed', here, deadline)).toBe(!checkedAndSet);
    expect(await dc2.deleteServiceDefaults(primary, 'removed', there, deadline)).toBe(true);
    expect(await dc2.serviceDefaults(primary, 'removed', deadline)).toBeUndefined();
    await given.federation.replicated(kind, 'removed');
    expect(await dc2.serviceDefaults(agentsPlace, 'removed', deadline)).toBeUndefined();
  });

  test('a transaction lands where it is sent, and its node says so', async () => {
    const { dc1 } = given;
    expect(await dc1.transact({ datacenter: 'dc2' }, landing, deadline)).toEqual([undefined, undefined]);
    expect(await dc2.nodeServices(agentsPlace, 'lambdas', deadline)).toMatchObject({
      node: { Datacenter: 'dc2' },
      services: [{ ID: 'a' }],
    });
    expect((await dc1.nodeServices(agentsPlace, 'lambdas', deadline)).node).toBeUndefined();
    const there = await dc1.serviceInstances({ datacenter: 'dc2' }, 'a', deadline);
    expect(there.instances).toMatchObject([{ Node: 'lambdas', ServiceID: 'a' }]);
  });

  test('a datacenter that nobody knows is no failure that passes', async () => {
    const unknown = {
      code: 'UPSTREAM_REJECTED',
      retryable: false,
      message: expect.stringMatching(/No path to datacenter.*DATACENTER/) as string,
    };
    await expect(dc2.nodeServices(elsewhere, 'lambdas', deadline)).rejects.toMatchObject(unknown);
    await expect(dc2.listServiceDefaults(elsewhere, deadline)).rejects.toMatchObject(unknown);
    await expect(dc2.transact(elsewhere, landing, deadline)).rejects.toMatchObject(unknown);
    await expect(dc2.serviceNames({ datacenter: 'DC1' }, deadline)).rejects.toMatchObject(unknown);
  });
});

describe('without a primary datacenter', () => {
  let given: Clients;
  beforeAll(async () => {
    given = await start({ primary: false });
  });
  afterAll(() => close(given));

  test('entries are written where the server is that is asked, whatever datacenter is named', async () => {
    const { dc1, dc2 } = given;
    expect(await dc2.putServiceDefaults(primary, entry('a'), 0, deadline)).toBe(true);
    const read = (consul: Consul) => consul.serviceDefaults(agentsPlace, 'a', deadline);
    expect(await read(dc2)).toMatchObject({ Name: 'a' });
    expect(await read(dc1)).toBeUndefined();
    expect(await dc2.serviceDefaults(primary, 'a', deadline)).toBeUndefined();
    expect(await dc1.putServiceDefaults(agentsPlace, entry('a', 'tcp'), 0, deadline)).toBe(true);
    expect(await dc2.serviceDefaults(primary, 'a', deadline)).toMatchObject({ Protocol: 'tcp' });
    expect(await read(dc2)).toMatchObject({ Protocol: 'http' });
  });

  test('each datacenter calls itself the primary one', async () => {
    expect(await given.dc1.primaryDatacenter(deadline)).toBe('dc1');
    expect(await given.dc2.primaryDatacenter(deadline)).toBe('dc2');
  });
});
