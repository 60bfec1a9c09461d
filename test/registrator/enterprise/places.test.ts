import { expect, test } from 'vitest';
import { fullSync, syncOf } from '../../support/registrator/registrator.ts';
import { arnOf } from '../../support/aws/tag-world.ts';
import { useEnterprise } from '../../support/places/use-enterprise.ts';

const given = useEnterprise({ places: { default: ['team'], sales: ['shop', 'books'] } });

async function namesIn(partition?: string, namespace?: string): Promise<string[]> {
  return Object.keys((await given.registered(partition, namespace)).services).toSorted();
}

async function nodeIn(partition: string): Promise<Record<string, string> | undefined> {
  const answer = await given.server.ok('GET', `/v1/catalog/node/lambdas?partition=${partition}`);
  return (answer as { Node: { Meta: Record<string, string> } } | null)?.Node.Meta;
}

test('tags in any case place a function and its aliases; without them it is in default', async () => {
  given.world.set('plain');
  given.world.set('sold', { enabled: 'true', partition: 'SALES', namespace: 'Shop', aliases: 'prod' });
  given.world.set('half', { enabled: 'true', partition: 'sales' });
  given.world.set('own', { enabled: 'true', namespace: 'team' });
  const report = await fullSync(given.parts);
  expect(report).toMatchObject({ complete: true, failures: [], skips: [], warnings: [] });
  expect(await namesIn()).toEqual(['plain']);
  expect(await namesIn('default', 'team')).toEqual(['own']);
  expect(await namesIn('sales')).toEqual(['half']);
  expect(await namesIn('sales', 'shop')).toEqual(['sold', 'sold-prod']);
  const { defaults } = await given.registered('sales', 'shop');
  expect(Object.keys(defaults)).toEqual(['sold', 'sold-prod']);
  expect(await fullSync(given.parts)).toMatchObject({
    complete: true,
    changes: [],
    counts: { unchanged: 5 },
  });
});

test('events place functions as full syncs do', async () => {
  given.world.set('sold', { enabled: 'true', partition: 'Sales', namespace: 'SHOP', aliases: 'prod' });
  await syncOf(given.parts, 'sold');
  expect(await namesIn('sales', 'shop')).toEqual(['sold', 'sold-prod']);
  given.world.set('sold', { enabled: 'true', partition: 'sales', namespace: 'shop' });
  await syncOf(given.parts, 'sold');
  expect(await namesIn('sales', 'shop')).toEqual(['sold']);
  given.world.remove('sold');
  await syncOf(given.parts, 'sold');
  expect(await given.registered('sales', 'shop')).toEqual({ services: {}, defaults: {} });
});

test('each partition has a node of its own', async () => {
  given.world.set('plain');
  given.world.set('sold', { enabled: 'true', partition: 'sales', namespace: 'shop' });
  await fullSync(given.parts);
  const external = { 'external-node': 'true', 'external-probe': 'false' };
  expect(await nodeIn('default')).toEqual(external);
  expect(await nodeIn('sales')).toEqual({ ...external, 'registrator-namespaces': 'shop' });
});

test('a node whose Meta was changed is corrected in every partition', async () => {
  given.world.set('sold', { enabled: 'true', partition: 'sales', namespace: 'shop' });
  await fullSync(given.parts);
  await given.server.ok('PUT', '/v1/txn', [
    { Node: { Verb: 'set', Node: { Node: 'lambdas', Partition: 'sales', Meta: { mine: '1' } } } },
  ]);
  await fullSync(given.parts);
  expect(await nodeIn('sales')).toMatchObject({
    mine: '1',
    'external-probe': 'false',
    'registrator-namespaces': 'shop',
  });
});

test('the same name in two namespaces is two services', async () => {
  given.world.set('one', { enabled: 'true', 'service-name': 'pay', partition: 'sales', namespace: 'shop' });
  given.world.set('two', { enabled: 'true', 'service-name': 'pay', partition: 'sales', namespace: 'books' });
  given.world.set('three', { enabled: 'true', 'service-name': 'pay' });
  expect(await fullSync(given.parts)).toMatchObject({ counts: { created: 3 }, skips: [], failures: [] });
  const arns = async (partition?: string, namespace?: string) =>
    (await given.registered(partition, namespace)).defaults['pay']?.arn;
  expect(await arns()).toBe(arnOf('three'));
  expect(await arns('sales', 'shop')).toBe(arnOf('one'));
  expect(await arns('sales', 'books')).toBe(arnOf('two'));
  given.world.remove('one');
  await fullSync(given.parts);
  expect([await namesIn('sales', 'shop'), await namesIn('sales', 'books')]).toEqual([[], ['pay']]);
});

test.each(['full sync', 'event'])(
  'what a function had goes when its partition is not managed: %s',
  async (by) => {
    given.world.set('sold', { enabled: 'true', partition: 'sales', namespace: 'shop' });
    await fullSync(given.parts);
    given.world.set('sold', { enabled: 'true', partition: 'ops' });
    const report = await (by === 'event' ? syncOf(given.parts, 'sold') : fullSync(given.parts));
    expect(report.skips).toMatchObject([
      { reason: 'other-partition', message: expect.stringContaining('ops') },
    ]);
    expect(await given.registered('sales', 'shop')).toEqual({ services: {}, defaults: {} });
  },
);

test('functions without tags are skips where default is not managed', async () => {
  const parts = given.registrator({ PARTITIONS: 'Sales' });
  given.world.set('plain');
  given.world.set('sold', { enabled: 'true', partition: 'sales' });
  const report = await fullSync(parts);
  expect(report.skips).toMatchObject([{ service: 'plain', reason: 'other-partition' }]);
  expect(report).toMatchObject({ complete: true, failures: [] });
  expect([await namesIn(), await namesIn('sales')]).toEqual([[], ['sold']]);
  expect((await syncOf(parts, 'plain')).skips).toMatchObject([{ reason: 'other-partition' }]);
});

test('default alone is managed where PARTITIONS is empty', async () => {
  const parts = given.registrator({ PARTITIONS: '' });
  given.world.set('plain', { enabled: 'true', namespace: 'team' });
  given.world.set('sold', { enabled: 'true', partition: 'sales' });
  const report = await fullSync(parts);
  expect(parts.config.warnings).toEqual([expect.stringContaining('PARTITIONS is empty')]);
  expect(report.skips).toMatchObject([{ service: 'sold', reason: 'other-partition' }]);
  expect(await namesIn('default', 'team')).toEqual(['plain']);
});

test.each(['full sync', 'event'])(
  'a namespace that does not exist is one failure, and is never made: %s',
  async (by) => {
    given.world.set('sold', { enabled: 'true', partition: 'sales', namespace: 'shop', aliases: 'prod' });
    given.world.set('other', { enabled: 'true', partition: 'sales' });
    await fullSync(given.parts);
    given.world.set('sold', { enabled: 'true', partition: 'sales', namespace: 'nowhere', aliases: 'prod' });
    given.world.set('other', { enabled: 'true', partition: 'sales', 'service-name': 'renamed' });
    const report = await (by === 'event' ? syncOf(given.parts, 'sold', 'other') : fullSync(given.parts));
    expect(report.failures).toMatchObject([
      {
        arn: arnOf('sold'),
        retryable: false,
        message: expect.stringMatching(/partition sales.*namespace nowhere/i),
      },
    ]);
    expect(await namesIn('sales', 'shop')).toEqual(['sold', 'sold-prod']);
    expect(await namesIn('sales')).toEqual(['renamed']);
    const names = await given.server.ok('GET', '/v1/namespaces?partition=sales');
    expect(names).toHaveLength(3);
  },
);

test.each(['full sync', 'event'])(
  'an unknown partition fails its own functions in the words of Consul: %s',
  async (by) => {
    const parts = given.registrator({ PARTITIONS: 'default,nope,sales' });
    given.world.set('lost', { enabled: 'true', partition: 'nope' });
    given.world.set('sold', { enabled: 'true', partition: 'sales' });
    const report = await (by === 'event' ? syncOf(parts, 'lost', 'sold') : fullSync(parts));
    expect(report.failures).toMatchObject([
      { arn: arnOf('lost'), message: expect.stringContaining('Partition "nope" does not exist') },
    ]);
    expect(await namesIn('sales')).toEqual(['sold']);
  },
);

test('every request says its partition and namespace', async () => {
  given.world.set('plain', { enabled: 'true', 'service-name': 'pay' });
  given.world.set('sold', { enabled: 'true', partition: 'sales', namespace: 'shop', aliases: 'prod' });
  given.watch();
  await fullSync(given.parts);
  given.world.set('sold', { enabled: 'true', partition: 'sales', namespace: 'books' });
  await syncOf(given.parts, 'sold');
  given.world.remove('plain');
  await fullSync(given.parts);
  const placed = given.front.requests.filter(
    (request) => !/\/v1\/(agent|catalog\/datacenters|namespaces)/.test(request),
  );
  expect(placed.filter((request) => !/partition=(default|sales)&ns=\w+/.test(request))).toEqual([]);
  const lists = given.requests().filter((request) => request.includes('/v1/namespaces'));
  expect(lists).toHaveLength(2 * 3);
});
