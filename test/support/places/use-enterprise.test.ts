import { expect, test } from 'vitest';
import { useEnterprise } from './use-enterprise.ts';

const given = useEnterprise({ places: { sales: ['shop'] } });
const entry = { Kind: 'service-defaults', Name: 'a', Protocol: 'http' };
const service = { ID: 'a', Service: 'a', Tags: [], Partition: 'sales', Namespace: 'shop' };

test('what is registered in a place is shown for it alone', async () => {
  await given.server.ok('PUT', '/v1/config?partition=sales&ns=shop', entry);
  await given.server.ok('PUT', '/v1/txn', [
    { Node: { Verb: 'set', Node: { Node: 'lambdas', Partition: 'sales' } } },
    { Service: { Verb: 'set', Node: 'lambdas', Service: service } },
  ]);
  const { services, defaults } = await given.registered('sales', 'shop');
  expect([Object.keys(services), Object.keys(defaults)]).toEqual([['a'], ['a']]);
  expect(await given.registered('sales')).toEqual({ services: {}, defaults: {} });
  expect(await given.registered()).toEqual({ services: {}, defaults: {} });
});

test('every place is empty at the start of a test', async () => {
  expect(await given.registered('sales', 'shop')).toEqual({ services: {}, defaults: {} });
  await given.addNamespace('sales', 'new');
  expect(await given.registered('sales', 'new')).toEqual({ services: {}, defaults: {} });
});

test('registrators manage all partitions of an Enterprise', () => {
  const { config } = given.registrator({});
  expect(config).toMatchObject({ enterprise: true, partitions: ['default', 'sales'] });
});
