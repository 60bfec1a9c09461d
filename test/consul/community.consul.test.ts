import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { emptyCatalog } from '../support/consul/catalog.ts';
import type { ConsulEndpoint } from '../support/consul/calls.ts';
import { atLeast } from '../support/consul/server.ts';
import { consuls } from '../support/consul/consuls.ts';

const entry = { Kind: 'service-defaults', Name: 'a', Protocol: 'http' };
const node = { Node: 'n', Address: '192.0.2.1' };

/** Reads and writes that say where in their query. */
const placed = [
  ['GET', '/v1/catalog/services'],
  ['GET', '/v1/catalog/service/consul'],
  ['GET', '/v1/catalog/node/agent'],
  ['GET', '/v1/health/node/agent'],
  ['GET', '/v1/config/service-defaults'],
  ['GET', '/v1/config/service-defaults/a'],
  ['PUT', '/v1/config', entry],
  ['DELETE', '/v1/config/service-defaults/a'],
  ['PUT', '/v1/catalog/register', node],
  ['PUT', '/v1/catalog/deregister', node],
] as const;

/** The places of Enterprise on a Community server: what this refuses, and what it takes and drops. */
describe.each(consuls)('of places, $name', ({ start }) => {
  let server: ConsulEndpoint;
  beforeAll(async () => (server = await start()));
  afterAll(() => server?.close());
  beforeEach(() => emptyCatalog(server));

  const knowsPartitions = (): boolean => atLeast(server.version, 1, 11);

  test.each(placed)('refuses a namespace in %s %s', async (method, path, body?: object) => {
    const { status, body: said } = await server.call(method, `${path}?ns=shop`, body);
    expect(status).toBe(400);
    expect(said).toContain('Invalid query parameter: "ns" - Namespaces are a Consul Enterprise feature');
  });

  test.each(placed)(
    'refuses a partition in %s %s, or, before 1.11, drops it',
    async (method, path, body?: object) => {
      const { status, body: said } = await server.call(method, `${path}?partition=sales`, body);
      const refusal = 'Invalid query parameter: "partition" - Partitions are a Consul Enterprise feature';
      expect(status === 400).toBe(knowsPartitions());
      expect(said === refusal).toBe(knowsPartitions());
    },
  );

  test('looks at no namespace of what has none', async () => {
    const nodes = await server.ok('GET', '/v1/catalog/nodes?ns=shop');
    expect(nodes).toMatchObject([{ Node: 'agent' }]);
  });

  test('refuses a place in the body of a config entry, also the one that it is in', async () => {
    for (const [field, words] of [
      ['Namespace', 'invalid config key "Namespace", namespaces are a consul enterprise feature'],
      ['Partition', 'invalid config key "Partition"'],
    ] as const) {
      const { status, body } = await server.call('PUT', '/v1/config', { ...entry, [field]: 'default' });
      expect(status).toBe(400);
      expect(body).toContain(words);
    }
    expect(await server.ok('GET', '/v1/config/service-defaults')).toEqual([]);
  });

  test('refuses a place in a registration', async () => {
    const inNamespace = 'json: unknown field "Namespace" - Namespaces are a Consul Enterprise feature';
    for (const [body, words] of [
      [{ ...node, Namespace: 'default' }, inNamespace],
      [{ ...node, Service: { Service: 's', Namespace: 'default' } }, inNamespace],
      [{ ...node, Partition: 'default' }, 'json: unknown field "Partition"'],
    ] as const) {
      const answer = await server.call('PUT', '/v1/catalog/register', body);
      expect(answer.status).toBe(400);
      expect(answer.body).toContain(words);
    }
    expect(await server.ok('GET', '/v1/catalog/node/n')).toBeNull();
  });

  test('takes and drops the place of an operation of a transaction, so that another place is written', async () => {
    const place = { Namespace: 'shop', ...(knowsPartitions() && { Partition: 'sales' }) };
    const operations = [
      { Node: { Verb: 'set', Node: node } },
      { Service: { Verb: 'set', Node: 'n', Service: { ID: 's', Service: 's', ...place } } },
    ];
    await server.ok('PUT', '/v1/txn?ns=shop&partition=sales', operations);
    const { Services } = (await server.ok('GET', '/v1/catalog/node/n')) as { Services: object };
    expect(Services).toMatchObject({ s: { Service: 's' } });
    expect(JSON.stringify(Services)).not.toMatch(/Namespace|Partition/);
  });

  test.each(['namespaces', 'partitions'])('has no %s, which tells it from Enterprise', async (list) => {
    const { status } = await server.call('GET', `/v1/${list}`);
    expect(status).toBe(404);
  });
});
