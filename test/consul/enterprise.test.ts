import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ConsulAnswer, ConsulEndpoint } from '../support/consul/calls.ts';
import { startStrictConsul } from '../support/strict-consul/server.ts';

/**
 * What Enterprise does, as far as it is documented: the stand-in is held to it, since no such server is at hand. Files
 * without a site are those of https://github.com/hashicorp/consul, whose `_ce.go` files show where Enterprise differs.
 */
const places = { default: ['shop'], sales: ['shop', 'Books'] };
const entry = { Kind: 'service-defaults', Name: 'a', Protocol: 'http' };
const node = { Node: 'n', Address: '192.0.2.1' };
const inSales = { Partition: 'sales', Namespace: 'shop' };

let server: ConsulEndpoint;
beforeEach(async () => (server = await startStrictConsul({ enterprise: places })));
afterEach(() => server?.close());

async function writeService(
  place: { Partition?: string; Namespace: string },
  name = 's',
): Promise<ConsulAnswer> {
  return server.call('PUT', '/v1/txn', [
    { Node: { Verb: 'set', Node: { ...node, Partition: place.Partition } } },
    { Service: { Verb: 'set', Node: 'n', Service: { ID: name, Service: name, ...place } } },
  ]);
}

async function namesIn(query: string): Promise<string[]> {
  return Object.keys((await server.ok('GET', `/v1/catalog/services?${query}`)) as object);
}

describe('a place', () => {
  // https://developer.hashicorp.com/consul/api-docs/catalog#list-services, `ns`; /consul/api-docs/v1.11.x/admin-partitions
  test('has services of its own, whatever others have the same name', async () => {
    await writeService(inSales);
    await writeService({ Namespace: 'shop' });
    expect(await namesIn('partition=sales&ns=shop')).toEqual(['s']);
    expect(await namesIn('ns=shop')).toEqual(['s']);
    expect(await namesIn('partition=sales')).toEqual([]);
    expect(await namesIn('')).toEqual(['consul']);
  });

  // https://developer.hashicorp.com/consul/api-docs/catalog#methods-to-specify-namespace: the query, then the header, then `default`
  test('is that of the query, else of the headers, else default', async () => {
    await writeService(inSales);
    const url = `http://${server.host}:${server.port}/v1/catalog/services`;
    const headers = { 'X-Consul-Partition': 'sales', 'X-Consul-Namespace': 'shop' };
    expect(await (await fetch(url, { headers })).json()).toEqual({ s: [] });
    expect(await (await fetch(`${url}?ns=default`, { headers })).json()).toEqual({});
  });

  // agent/http_ce.go compares partitions and namespaces in lower case (`strings.ToLower`)
  test('is the same however its case', async () => {
    await writeService({ Partition: 'SALES', Namespace: 'Books' });
    expect(await namesIn('partition=Sales&ns=bOOks')).toEqual(['s']);
  });

  // api/catalog.go: `Node.Partition`, `CatalogService.Namespace` and `.Partition`; api/agent.go: `AgentService`
  test('stands in every node, service and instance', async () => {
    await writeService(inSales);
    const query = 'partition=sales&ns=shop';
    expect(await server.ok('GET', `/v1/catalog/node/n?${query}`)).toMatchObject({
      Node: { Node: 'n', Partition: 'sales' },
      Services: { s: inSales },
    });
    expect(await server.ok('GET', `/v1/catalog/service/s?${query}`)).toMatchObject([
      { Node: 'n', ServiceName: 's', ...inSales },
    ]);
    expect(await server.ok('GET', '/v1/catalog/nodes?partition=sales')).toMatchObject([
      { Node: 'n', Partition: 'sales' },
    ]);
  });

  // https://github.com/hashicorp/consul/issues/7305: nodes are of no namespace; agent/structs/structs.go: `Node.Partition`
  test('shares its node with the other namespaces of its partition, and with no other partition', async () => {
    await writeService(inSales);
    await writeService({ Partition: 'sales', Namespace: 'books' }, 'other');
    const seen = await server.ok('GET', '/v1/catalog/node/n?partition=sales&ns=books');
    expect(seen).toHaveProperty('Services', { other: expect.objectContaining({ ID: 'other' }) });
    expect(await server.ok('GET', '/v1/catalog/node/n')).toBeNull();
  });

  // `validateEnterpriseRequest(entMeta, write)` of agent/consul/enterprise_server_ce.go asks for writes what it asks for no read
  test('that does not exist reads as an empty one', async () => {
    expect(await namesIn('ns=nowhere')).toEqual([]);
    expect(await server.ok('GET', '/v1/config/service-defaults?partition=nowhere')).toEqual([]);
  });

  // https://github.com/hashicorp/consul/issues/8123: the words of the refusal
  test('that does not exist refuses registrations and config entries', async () => {
    const put = (path: string, body: object) => server.call('PUT', path, body);
    const noNamespace = { status: 500, body: 'Namespace "nowhere" does not exist' };
    expect(await put('/v1/catalog/register?ns=nowhere', node)).toMatchObject(noNamespace);
    expect(await put('/v1/config?ns=nowhere', entry)).toMatchObject(noNamespace);
    const noPartition = { status: 500, body: 'Partition "nowhere" does not exist' };
    expect(await put('/v1/config?partition=nowhere', entry)).toMatchObject(noPartition);
  });

  // https://developer.hashicorp.com/consul/api-docs/config#list-configurations; `parseEntMetaNoWildcard` of agent/catalog_endpoint.go
  test('may be every namespace of a partition in lists of config entries, but not of services', async () => {
    await server.ok('PUT', '/v1/config?partition=sales&ns=shop', entry);
    await server.ok('PUT', '/v1/config?partition=sales&ns=books', entry);
    expect(await server.ok('GET', '/v1/config/service-defaults?partition=sales&ns=*')).toMatchObject([
      { Name: 'a', Namespace: 'shop' },
      { Name: 'a', Namespace: 'books' },
    ]);
    expect((await server.call('GET', '/v1/catalog/services?ns=*')).status).toBe(400);
  });
});

describe('a transaction', () => {
  // agent/txn_endpoint.go: `Node.Partition`, `Service.Namespace` and `.Partition` of the body; no query is parsed
  test('takes places from its operations alone', async () => {
    const service = { Verb: 'set', Node: 'agent', Service: { ID: 's', Service: 's' } };
    await server.ok('PUT', '/v1/txn?partition=sales&ns=shop', [{ Service: service }]);
    expect(await namesIn('')).toEqual(['consul', 's']);
  });

  // https://developer.hashicorp.com/consul/api-docs/txn#sample-response: `Errors`, with the words of issue 8123
  test('is rolled back for an operation in a namespace that does not exist, which is named', async () => {
    const answer = await writeService({ Partition: 'sales', Namespace: 'nowhere' });
    const Errors = [{ OpIndex: 1, What: 'Namespace "nowhere" does not exist' }];
    expect(answer).toMatchObject({ status: 409, body: { Errors } });
    expect(await server.ok('GET', '/v1/catalog/nodes?partition=sales')).toEqual([]);
  });
});

describe('a config entry', () => {
  // https://developer.hashicorp.com/consul/docs/reference/config-entry/service-defaults: `Namespace`, `Partition`; api/config_entry.go
  test('is written to the place of its body or query, and says it', async () => {
    await server.ok('PUT', '/v1/config', { ...entry, ...inSales });
    await server.ok('PUT', '/v1/config?ns=shop', entry);
    const read = (query: string) => server.ok('GET', `/v1/config/service-defaults/a?${query}`);
    expect(await read('partition=sales&ns=shop')).toMatchObject(inSales);
    expect(await read('ns=shop')).toMatchObject({ Partition: 'default', Namespace: 'shop' });
    expect((await server.call('GET', '/v1/config/service-defaults/a')).status).toBe(404);
  });

  // Not documented: `ConfigApply` of agent/config_endpoint.go merges the two, and what a client may rely on is neither
  test('whose body and query differ is refused', async () => {
    const answer = await server.call('PUT', '/v1/config?ns=default', { ...entry, Namespace: 'shop' });
    expect(answer.status).toBe(500);
    expect(await server.ok('GET', '/v1/config/service-defaults?ns=*')).toEqual([]);
  });

  // https://developer.hashicorp.com/consul/api-docs/config#delete-configuration, `ns`
  test('is deleted where the query says', async () => {
    const left = () => server.ok('GET', '/v1/config/service-defaults?partition=sales&ns=*');
    await server.ok('PUT', '/v1/config', { ...entry, ...inSales });
    await server.ok('DELETE', '/v1/config/service-defaults/a');
    expect(await left()).toHaveLength(1);
    await server.ok('DELETE', '/v1/config/service-defaults/a?partition=sales&ns=shop');
    expect(await left()).toEqual([]);
  });
});

describe('a registration', () => {
  // https://developer.hashicorp.com/consul/api-docs/catalog#register-entity: `Namespace` "takes precedence over the `ns` query parameter"
  test('follows its body rather than its query', async () => {
    const body = { ...node, Namespace: 'shop', Service: { Service: 's' } };
    await server.ok('PUT', '/v1/catalog/register?ns=default', body);
    expect(await namesIn('ns=shop')).toEqual(['s']);
  });

  // https://developer.hashicorp.com/consul/api-docs/catalog#deregister-entity: "they must all be the same"
  test('whose parts name two namespaces is refused', async () => {
    const body = { ...node, Namespace: 'shop', Service: { Service: 's', Namespace: 'default' } };
    expect((await server.call('PUT', '/v1/catalog/register', body)).status).toBe(500);
    expect(await server.ok('GET', '/v1/catalog/node/n')).toBeNull();
  });
});

describe('of itself', () => {
  // https://developer.hashicorp.com/consul/api-docs/agent#retrieve-version-info, `HumanVersion`: Enterprise adds `+ent`
  test('it says that it is Enterprise', async () => {
    expect(await server.ok('GET', '/v1/agent/version')).toMatchObject({ HumanVersion: server.version });
    expect(server.version).toMatch(/\+ent$/);
  });

  // https://developer.hashicorp.com/consul/api-docs/admin-partitions#list-all-partitions
  test('it lists its partitions', async () => {
    expect(await server.ok('GET', '/v1/partitions')).toMatchObject([{ Name: 'default' }, { Name: 'sales' }]);
  });

  // https://developer.hashicorp.com/consul/api-docs/namespaces: list and create; api/namespace.go: `Partition`
  test('it lists the namespaces of a partition, and those created meanwhile', async () => {
    await server.ok('PUT', '/v1/namespace?partition=sales', { Name: 'new' });
    const Partition = 'sales';
    expect(await server.ok('GET', '/v1/namespaces?partition=sales')).toMatchObject(
      ['books', 'default', 'new', 'shop'].map((Name) => ({ Name, Partition })),
    );
  });
});
