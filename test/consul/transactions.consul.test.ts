import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Consul } from '../../src/consul/client.ts';
import type { Operation } from '../../src/consul/api.ts';
import { agentsPlace } from '../../src/lambda-service/place.ts';
import type { ConsulEndpoint } from '../support/consul/calls.ts';
import { consulClient, testDeadline } from '../support/consul/client.ts';
import { atLeast } from '../support/consul/server.ts';
import { consuls } from '../support/consul/consuls.ts';

const deadline = testDeadline();
const meta = { 'external-node': 'true' };
const service = (name: string, index = 0, more: object = {}, on = 'lambdas'): Operation => ({
  verb: 'cas',
  on,
  service: { ID: name, Service: name, ...more },
  index,
});
const removal = (name: string, index: number): Operation => ({
  verb: 'delete-cas',
  on: 'lambdas',
  service: { ID: name, Service: name },
  index,
});

describe.each(consuls)('transactions of $name', ({ start }) => {
  let server: ConsulEndpoint;
  let consul: Consul;
  beforeAll(async () => {
    server = await start();
  });
  afterAll(() => server.close());
  beforeEach(async () => {
    consul = consulClient(server);
    await server.call('PUT', '/v1/catalog/deregister', { Node: 'lambdas' });
    await consul.transact(
      agentsPlace,
      [{ verb: 'cas', node: { Node: 'lambdas', Address: '', Meta: meta }, index: 0 }],
      deadline,
    );
    return () => consul.close();
  });

  const stored = async () => {
    const { services } = await consul.nodeServices(agentsPlace, 'lambdas', deadline);
    return new Map(services.map(({ ID, ModifyIndex }) => [ID, ModifyIndex]));
  };

  test('take any number of operations, in as few requests as the server allows', async () => {
    const names = Array.from({ length: 300 }, (_, index) => `s${index}`);
    const before = consul.calls();
    const failures = await consul.transact(
      agentsPlace,
      names.map((name) => service(name)),
      deadline,
    );
    expect(consul.calls() - before).toBe(atLeast(server.version, 1, 14) ? 3 : 6);
    expect(failures).toStrictEqual(names.map(() => undefined));
    expect([...(await stored()).keys()].toSorted()).toStrictEqual(names.toSorted());
    const indexes = await stored();
    await consul.transact(
      agentsPlace,
      [...indexes].map(([name, index]) => removal(name, index)),
      deadline,
    );
    expect((await stored()).size).toBe(0);
  });

  test('tell for each operation why it failed, and apply the others', async () => {
    await consul.transact(agentsPlace, [service('old'), service('kept')], deadline);
    const indexes = await stored();
    const failures = await consul.transact(
      agentsPlace,
      [
        service('new'),
        service('old'),
        removal('old', (indexes.get('old') ?? 0) - 1),
        service('bad', 0, { Meta: { 'a/b': 'c' } }),
        removal('missing', 7),
        removal('kept', indexes.get('kept') ?? 0),
      ],
      deadline,
    );
    expect(failures.map((failure) => failure?.reason)).toStrictEqual([
      undefined,
      'stale',
      'stale',
      'rejected',
      'stale',
      undefined,
    ]);
    expect(failures[3]?.message).toContain('invalid characters');
    expect([...(await stored()).keys()]).toStrictEqual(['new', 'old']);
  });

  test('correct a node that nobody changed since, and never one that somebody did', async () => {
    const { node } = await consul.nodeServices(agentsPlace, 'lambdas', deadline);
    if (!node) throw new Error('the node exists');
    const { ModifyIndex: index, ...body } = node;
    const update = { ...body, Meta: { ...meta, 'external-probe': 'false' } };
    expect(
      await consul.transact(agentsPlace, [{ verb: 'cas', node: update, index }], deadline),
    ).toStrictEqual([undefined]);
    expect((await consul.nodeServices(agentsPlace, 'lambdas', deadline)).node?.Meta).toStrictEqual(
      update.Meta,
    );
    const late = { ...body, Meta: { late: 'yes' } };
    const [failure] = await consul.transact(agentsPlace, [{ verb: 'cas', node: late, index }], deadline);
    expect(failure?.reason).toBe('stale');
    const [secondCreation] = await consul.transact(
      agentsPlace,
      [{ verb: 'cas', node: body, index: 0 }],
      deadline,
    );
    expect(secondCreation?.reason).toBe('stale');
    expect((await consul.nodeServices(agentsPlace, 'lambdas', deadline)).node?.Meta).toStrictEqual(
      update.Meta,
    );
  });

  test('take a service back as it was read, with what others set', async () => {
    const theirs = {
      Service: 'theirs',
      Port: 80,
      Tags: ['t'],
      Weights: { Passing: 3, Warning: 2 },
      EnableTagOverride: true,
    };
    await server.ok('PUT', '/v1/catalog/register', {
      Node: 'lambdas',
      SkipNodeUpdate: true,
      Service: theirs,
    });
    const [read] = (await consul.nodeServices(agentsPlace, 'lambdas', deadline)).services;
    if (!read) throw new Error('the service exists');
    const { ModifyIndex: index, ...body } = read;
    const change: Operation = {
      verb: 'cas',
      on: 'lambdas',
      service: { ...body, Meta: { ours: 'yes' } },
      index,
    };
    expect(await consul.transact(agentsPlace, [change], deadline)).toStrictEqual([undefined]);
    const [changed] = (await consul.nodeServices(agentsPlace, 'lambdas', deadline)).services;
    expect(changed).toMatchObject({ ...theirs, Meta: { ours: 'yes' } });
  });

  test('with the same content leave a service at its index, and names count in any case', async () => {
    await consul.transact(agentsPlace, [service('Same')], deadline);
    const index = (await stored()).get('Same') ?? 0;
    expect(await consul.transact(agentsPlace, [service('Same', index)], deadline)).toStrictEqual([undefined]);
    expect(await stored()).toStrictEqual(new Map([['Same', index]]));
    const [failure] = await consul.transact(agentsPlace, [service('same')], deadline);
    // From 1.22.8 on Consul refuses another spelling before it looks at the index.
    expect(failure?.reason).toMatch(/^(stale|rejected)$/);
  });

  test('with a field that Consul does not know are refused as a whole', async () => {
    const answer = await server.call('PUT', '/v1/txn', [
      { Service: { Verb: 'set', Node: 'lambdas', Service: { Service: 'a', Nonsense: 1 } } },
    ]);
    expect(answer).toMatchObject({
      status: 400,
      body: expect.stringContaining('unknown field "Nonsense"') as string,
    });
  });

  test('on a node that somebody removed come too late', async () => {
    const [failure] = await consul.transact(agentsPlace, [service('a', 0, {}, 'nowhere')], deadline);
    expect(failure).toMatchObject({ reason: 'stale', message: expect.stringContaining('node') as string });
  });

  test('stay below the size that Consul takes, and name an operation that alone is larger', async () => {
    const tags = { Tags: ['é'.repeat(50_000)] };
    const names = Array.from({ length: 12 }, (_, index) => `large${index}`);
    const operations = [
      ...names.map((name) => service(name, 0, tags)),
      service('huge', 0, { Tags: ['x'.repeat(600_000)] }),
    ];
    const failures = await consul.transact(agentsPlace, operations, deadline);
    expect(failures.slice(0, -1)).toStrictEqual(names.map(() => undefined));
    expect(failures.at(-1)).toMatchObject({
      reason: 'rejected',
      message: expect.stringContaining('too large') as string,
    });
    expect((await stored()).size).toBe(12);
  });

  test('carry the datacenter to the node', async () => {
    const dc1 = { datacenter: 'dc1' };
    const node: Operation = { verb: 'cas', node: { Node: 'told', Address: '' }, index: 0 };
    await consul.transact(dc1, [node], deadline);
    expect((await consul.nodeServices(dc1, 'told', deadline)).node?.Datacenter).toBe('dc1');
    await expect(consul.nodeServices({ datacenter: 'dc9' }, 'told', deadline)).rejects.toThrow(
      /No path to datacenter\. Check DATACENTER/,
    );
    await server.ok('PUT', '/v1/catalog/deregister', { Node: 'told' });
  });
});
