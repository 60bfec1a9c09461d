import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import type { Operation, ServiceBody, ServiceDefaults, TerminatingGateway } from '../../src/consul/api.ts';
import type { Consul } from '../../src/consul/client.ts';
import { agentsPlace, type Place } from '../../src/lambda-service/place.ts';
import { consulClient, testDeadline } from '../support/consul/client.ts';
import { startStrictConsul } from '../support/strict-consul/server.ts';

interface Recorded {
  request: string;
  query: Record<string, string>;
  body: unknown;
}

const deadline = testDeadline();
const entry: ServiceDefaults = { Kind: 'service-defaults', Name: 'a', Protocol: 'http' };
const gateway: TerminatingGateway = {
  Kind: 'terminating-gateway',
  Name: 'gw',
  Services: [{ Name: 'a' }],
};
const service = { ID: 'a', Service: 'a' };
const operations: Operation[] = [
  { verb: 'cas', node: { Node: 'n', Address: '' }, index: 0 },
  { verb: 'cas', on: 'n', service, index: 0 },
  { verb: 'delete-cas', on: 'n', service, index: 7 },
];

/** What is sent, recorded by a server that answers anything. */
let server: Server;
let recorded: Recorded[];
let consul: Consul;
beforeEach(async () => {
  recorded = [];
  server = createServer((incoming, answer) => void record(incoming, answer)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  consul = consulClient({ host: '127.0.0.1', port: (server.address() as AddressInfo).port });
});
afterEach(() => {
  consul.close();
  server.close();
});

async function record(incoming: IncomingMessage, answer: ServerResponse): Promise<void> {
  const url = new URL(incoming.url ?? '', 'http://consul');
  const body = Buffer.concat(await incoming.toArray()).toString();
  recorded.push({
    request: `${incoming.method} ${url.pathname}`,
    query: Object.fromEntries(url.searchParams),
    body: body === '' ? undefined : JSON.parse(body),
  });
  answer.setHeader('content-type', 'application/json').end(answerTo(url.pathname, incoming.method));
}

/** As a server newer than any known may have it; the hash has 64 bits. */
const newer =
  '{"Kind":"terminating-gateway","Name":"newer","Services":[{"Name":"a","SNI":"a.test","Later":{"x":[1]}}],' +
  '"Meta":{"__proto__":"m"},"Later":{"y":null},"Hash":18446744073709551557,"CreateIndex":5,"ModifyIndex":7}';

function answerTo(path: string, method = 'GET'): string {
  if (method === 'DELETE' || path === '/v1/config') return 'true';
  if (path === '/v1/config/terminating-gateway/newer') return newer;
  if (path === '/v1/config/terminating-gateway/gw') return JSON.stringify({ ...gateway, ModifyIndex: 7 });
  if (path === '/v1/config/service-defaults/a')
    return '{"Kind":"service-defaults","Name":"a","ModifyIndex":7}';
  return /catalog\/(node|services)|txn/.test(path) ? '{}' : '[]';
}

async function callEverything(place: Place): Promise<void> {
  await consul.nodeServices(place, 'n', deadline, 'ID == "a"');
  await consul.nodeHasCheck(place, 'n', 'serfHealth', deadline);
  await consul.serviceNames(place, deadline);
  await consul.serviceInstances(place, 'a', deadline);
  await consul.listServiceDefaults(place, deadline);
  await consul.serviceDefaults(place, 'a', deadline);
  await consul.configEntries(place, 'service-router', deadline);
  await consul.putServiceDefaults(place, entry, 3, deadline);
  await consul.deleteServiceDefaults(place, 'a', 7, deadline);
  await consul.terminatingGateway(place, 'gw', deadline);
  await consul.putTerminatingGateway(place, gateway, 3, deadline);
  await consul.acceptsEnvoyExtensions(place, 'a', deadline);
  await consul.transact(place, operations, deadline);
}

test('every call says where, in its query and in what it writes', async () => {
  await callEverything({ datacenter: 'dc2', partition: 'sales', namespace: 'shop' });
  expect(recorded).toHaveLength(14);
  for (const { query } of recorded) {
    expect(query).toMatchObject({ dc: 'dc2', partition: 'sales', ns: 'shop' });
  }
  const written = recorded.filter(({ request }) => request.startsWith('PUT ')).map(({ body }) => body);
  expect(written).toEqual([
    { ...entry, Partition: 'sales', Namespace: 'shop' },
    { ...gateway, Partition: 'sales', Namespace: 'shop' },
    expect.objectContaining({ Kind: 'service-defaults', Partition: 'sales', Namespace: 'shop' }),
    [
      {
        Node: {
          Verb: 'cas',
          Node: { Node: 'n', Address: '', Datacenter: 'dc2', Partition: 'sales', ModifyIndex: 0 },
        },
      },
      ...[
        ['cas', 0],
        ['delete-cas', 7],
      ].map(([Verb, ModifyIndex]) => ({
        Service: {
          Verb,
          Node: 'n',
          Service: { ...service, Partition: 'sales', Namespace: 'shop', ModifyIndex },
        },
      })),
    ],
  ]);
});

test("the agent's own place is not named, since Community refuses partitions and namespaces", async () => {
  await callEverything(agentsPlace);
  expect(JSON.stringify(recorded)).not.toMatch(/"(dc|partition|ns|Datacenter|Partition|Namespace)"/);
});

describe('on Enterprise', () => {
  const shop: Place = { partition: 'sales', namespace: 'shop' };
  const books: Place = { partition: 'sales', namespace: 'books' };

  async function connect(): Promise<Consul> {
    const strict = await startStrictConsul({ enterprise: { sales: ['shop', 'books'] } });
    const client = consulClient(strict);
    onTestFinished(async () => {
      client.close();
      await strict.close();
    });
    return client;
  }

  const register = (client: Consul, place: Place, of: ServiceBody = service) =>
    client.transact(
      place,
      [
        { verb: 'cas', node: { Node: 'n', Address: '' }, index: 0 },
        { verb: 'cas', on: 'n', service: of, index: 0 },
      ],
      deadline,
    );

  test('what is written in a place is read there and nowhere else', async () => {
    const client = await connect();
    expect(await register(client, shop)).toEqual([undefined, undefined]);
    expect(await client.putServiceDefaults(shop, entry, 0, deadline)).toBe(true);
    expect(await client.serviceInstances(shop, 'a', deadline)).toMatchObject({ instances: [{ Node: 'n' }] });
    expect((await client.serviceNames(shop, deadline)).names).toEqual(new Map([['a', []]]));
    expect(await client.listServiceDefaults(shop, deadline)).toMatchObject([{ Name: 'a' }]);
    for (const elsewhere of [books, agentsPlace, { partition: 'default', namespace: 'default' }]) {
      expect((await client.serviceInstances(elsewhere, 'a', deadline)).instances).toEqual([]);
      expect((await client.nodeServices(elsewhere, 'n', deadline)).services).toEqual([]);
      expect(await client.serviceDefaults(elsewhere, 'a', deadline)).toBeUndefined();
    }
  });

  test('what was read is written back as it is, and changes nothing', async () => {
    const client = await connect();
    await register(client, shop, { ...service, Tags: ['lambda'] });
    await client.putServiceDefaults(shop, entry, 0, deadline);
    const { node, services } = await client.nodeServices(shop, 'n', deadline);
    const defaults = await client.serviceDefaults(shop, 'a', deadline);
    const [held] = services;
    if (!node || !held || defaults?.ModifyIndex === undefined) throw new Error('all three were written');
    const operations: Operation[] = [
      { verb: 'cas', node, index: node.ModifyIndex },
      { verb: 'cas', on: 'n', service: held, index: held.ModifyIndex },
    ];
    expect(await client.transact(shop, operations, deadline)).toEqual([undefined, undefined]);
    expect(await client.putServiceDefaults(shop, defaults, defaults.ModifyIndex, deadline)).toBe(true);
    expect(await client.nodeServices(shop, 'n', deadline)).toMatchObject({ node, services });
    expect(await client.serviceDefaults(shop, 'a', deadline)).toEqual(defaults);
  });

  test('one name in two namespaces is two services of one node, removed one by one', async () => {
    const client = await connect();
    await register(client, shop);
    const [taken, made] = await register(client, books);
    expect([taken?.reason, made]).toEqual(['stale', undefined]);
    const index = (await client.nodeServices(shop, 'n', deadline)).services[0]?.ModifyIndex ?? 0;
    await client.transact(shop, [{ verb: 'delete-cas', on: 'n', service, index }], deadline);
    expect((await client.nodeServices(shop, 'n', deadline)).services).toEqual([]);
    expect((await client.nodeServices(books, 'n', deadline)).services).toMatchObject([{ ID: 'a' }]);
  });

  test('a namespace that does not exist fails its own operations, with its name, and a config entry', async () => {
    const client = await connect();
    const nowhere: Place = { partition: 'sales', namespace: 'nowhere' };
    const [, failure] = await register(client, nowhere);
    expect(failure).toEqual({ reason: 'rejected', message: 'Namespace "nowhere" does not exist' });
    await expect(client.putServiceDefaults(nowhere, entry, 0, deadline)).rejects.toMatchObject({
      code: 'UPSTREAM_REJECTED',
      message: expect.stringContaining('Namespace "nowhere" does not exist'),
    });
  });

  test('its namespaces are listed', async () => {
    const client = await connect();
    const names = ['books', 'default', 'shop'];
    expect(await client.namespaces('sales', deadline)).toEqual({ kind: 'listed', names });
  });
});

test("a gateway's entry goes back as it came, but for what is the server's", async () => {
  const read = await consul.terminatingGateway(agentsPlace, 'newer', deadline);
  if (!read) throw new Error('the entry exists');
  await consul.putTerminatingGateway(agentsPlace, read, 7, deadline);
  const expected = { ...(JSON.parse(newer) as typeof read) };
  for (const field of ['Hash', 'CreateIndex', 'ModifyIndex']) delete expected[field];
  expect(JSON.stringify(recorded.at(-1)?.body)).toBe(JSON.stringify(expected));
  expect(recorded.at(-1)?.query).toEqual({ cas: '7' });
});
