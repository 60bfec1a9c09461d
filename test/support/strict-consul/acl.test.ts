import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ConsulEndpoint } from '../consul/calls.ts';
import { startStrictConsul } from './server.ts';

const places = { default: ['shop'], sales: ['shop', 'books'] };
const entry = { Kind: 'service-defaults', Name: 'a', Protocol: 'http' };

/** https://developer.hashicorp.com/consul/docs/reference/acl/rule: partition rules, namespace rules and what is inside. */
describe('a token', () => {
  let strict: ConsulEndpoint;
  beforeEach(async () => (strict = await startStrictConsul({ acl: true, enterprise: places })));
  afterEach(() => strict?.close());

  const writeIn = (scope: string) =>
    strict.createToken(`partition "sales" {
      node_prefix "" { policy = "write" }
      ${scope} { service_prefix "" { policy = "write" } }
    }`);
  const put = (Namespace: string, token: string, Partition = 'sales') =>
    strict.call('PUT', '/v1/config', { ...entry, Partition, Namespace }, token);

  test.each([
    ['namespace "shop"', { shop: 200, books: 403, default: 403 }],
    ['namespace_prefix "b"', { shop: 403, books: 200, default: 403 }],
    ['namespace_prefix ""', { shop: 200, books: 200, default: 200 }],
  ])('with rules in %s writes there alone', async (scope, expected) => {
    const token = await writeIn(scope);
    const statuses: Record<string, number> = {};
    for (const namespace of Object.keys(expected)) statuses[namespace] = (await put(namespace, token)).status;
    expect(statuses).toEqual(expected);
    expect((await put('shop', token, 'default')).status).toBe(403);
  });

  test('with rules outside of any partition has those of default', async () => {
    const token = await strict.createToken('service_prefix "" { policy = "write" }');
    expect((await put('default', token, 'default')).status).toBe(200);
    expect((await put('shop', token, 'default')).status).toBe(403);
    expect((await put('default', token)).status).toBe(403);
  });

  test('is told which operation of a transaction it may not make', async () => {
    const token = await writeIn('namespace "shop"');
    const operations = ['shop', 'books'].map((Namespace) => {
      const Service = { ID: 's', Service: 's', Partition: 'sales', Namespace };
      return { Service: { Verb: 'set', Node: 'n', Service } };
    });
    const answer = await strict.call('PUT', '/v1/txn', operations, token);
    expect(answer).toMatchObject({ status: 409, body: { Errors: [{ OpIndex: 1 }] } });
  });

  // https://developer.hashicorp.com/consul/api-docs/namespaces#list-all-namespaces: filtered, `operator:read` or anything in it
  test('lists the namespaces in which it may do anything, or all as an operator', async () => {
    const list = async (token: string, partition = 'sales') => {
      const { status, body } = await strict.call(
        'GET',
        `/v1/namespaces?partition=${partition}`,
        undefined,
        token,
      );
      return status === 200 ? (body as { Name: string }[]).map(({ Name }) => Name) : status;
    };
    const token = await writeIn('namespace "shop"');
    expect(await list(token)).toEqual(['shop']);
    expect(await list(token, 'default')).toBe(403);
    expect(await list(await strict.createToken('operator = "read"'))).toEqual(['books', 'default', 'shop']);
    expect((await strict.call('GET', '/v1/partitions', undefined, token)).status).toBe(403);
  });
});
