import { describe, expect, test } from 'vitest';
import { releaseServices } from '../../../src/registrator/owners/release.ts';
import { listOwners } from '../../../src/registrator/owners/list.ts';
import { testDeadline } from '../../support/consul/client.ts';
import { fullSync, runTask } from '../../support/registrator/registrator.ts';
import { arnOf } from '../../support/aws/tag-world.ts';
import { useEnterprise } from '../../support/places/use-enterprise.ts';

const given = useEnterprise({ places: { default: ['team'], sales: ['shop', 'books'], ops: [] } });

const inShop = { enabled: 'true', partition: 'sales', namespace: 'shop' };
const shop = { Partition: 'sales', Namespace: 'shop' };

async function namesIn(partition?: string, namespace?: string): Promise<string[]> {
  return Object.keys((await given.registered(partition, namespace)).services).toSorted();
}

/** Something in sales/shop as the Go registrator leaves it. */
async function registerAsGo(name: string, arn = arnOf(name)): Promise<void> {
  const extension = { Name: 'builtin/aws/lambda', Arguments: { ARN: arn, PayloadPassthrough: false } };
  const entry = { Kind: 'service-defaults', Name: name, Protocol: 'http', EnvoyExtensions: [extension] };
  await given.server.ok('PUT', '/v1/config', { ...entry, ...shop });
  const service = { ID: name, Service: name, Tags: ['managed-by-lambda-registrator'], ...shop };
  const node = { Node: 'lambdas', Address: '127.0.0.1', Partition: 'sales' };
  await given.server.ok('PUT', '/v1/catalog/register', { ...node, Service: service });
}

test('what somebody else has on our node is a conflict in its place alone', async () => {
  await given.server.ok('PUT', '/v1/catalog/register', {
    Node: 'lambdas',
    Address: '127.0.0.1',
    Partition: 'sales',
    Service: { ID: 'pay', Service: 'pay', Port: 80, ...shop },
  });
  given.world.set('pay', inShop);
  given.world.set('other', { ...inShop, namespace: 'books', 'service-name': 'pay' });
  const report = await fullSync(given.parts);
  expect(report.skips).toMatchObject([{ arn: arnOf('pay'), reason: 'conflict' }]);
  expect((await given.registered('sales', 'shop')).defaults).toEqual({});
  expect(await namesIn('sales', 'books')).toEqual(['pay']);
});

test('what runs on another node of the place is a conflict, elsewhere it is none', async () => {
  for (const Partition of ['sales', 'ops']) {
    const Service = { ID: 'pay', Service: 'pay', Port: 80, Partition, Namespace: 'default' };
    const node = { Node: 'vm', Address: '192.0.2.1', Partition };
    await given.server.ok('PUT', '/v1/catalog/register', { ...node, Service });
  }
  given.world.set('pay', { enabled: 'true', partition: 'sales' });
  given.world.set('other', { ...inShop, 'service-name': 'pay' });
  given.world.set('third', { enabled: 'true', 'service-name': 'pay' });
  const report = await fullSync(given.parts);
  expect(report.skips).toMatchObject([{ arn: arnOf('pay'), reason: 'conflict' }]);
  expect([await namesIn(), await namesIn('sales', 'shop')]).toEqual([['pay'], ['pay']]);
});

test('two functions that claim a name in one place collide', async () => {
  given.world.set('b', { ...inShop, 'service-name': 'pay' });
  given.world.set('a', { ...inShop, 'service-name': 'PAY' });
  const report = await fullSync(given.parts);
  expect(report.skips).toMatchObject([{ arn: arnOf('b'), reason: 'collision' }]);
  given.world.set('b', { ...inShop, 'service-name': 'pay', namespace: 'books' });
  expect(await fullSync(given.parts)).toMatchObject({ skips: [], counts: { created: 1 } });
  expect([await namesIn('sales', 'shop'), await namesIn('sales', 'books')]).toEqual([['PAY'], ['pay']]);
});

test('what the Go registrator left is adopted where it is', async () => {
  await registerAsGo('pay');
  given.world.set('pay', inShop);
  expect(await fullSync(given.parts)).toMatchObject({
    changes: [{ action: 'adopt', service: 'pay' }],
    skips: [],
  });
  const { services, defaults } = await given.registered('sales', 'shop');
  const owner = { 'registrator-owner': given.parts.scope.ownerId };
  expect(services['pay']?.Meta).toMatchObject(owner);
  expect(defaults['pay']?.entry.Meta).toMatchObject(owner);
});

test('what the Go registrator left behind goes with ADOPT_UNOWNED', async () => {
  await registerAsGo('gone');
  await fullSync(given.parts);
  expect(await namesIn('sales', 'shop')).toEqual(['gone']);
  await fullSync(given.registrator({ ADOPT_UNOWNED: 'true' }));
  expect(await given.registered('sales', 'shop')).toEqual({ services: {}, defaults: {} });
});

test('what the Go registrator left for a function that is elsewhere now moves with ADOPT_UNOWNED', async () => {
  await registerAsGo('pay');
  given.world.set('pay', { ...inShop, namespace: 'books' });
  const parts = given.registrator({ ADOPT_UNOWNED: 'true' });
  await fullSync(parts);
  await fullSync(parts);
  expect(await namesIn('sales', 'books')).toEqual(['pay']);
});

test('the limit of deletions counts all places together', async () => {
  const places = [inShop, { ...inShop, namespace: 'books' }, { enabled: 'true' }];
  const names = Array.from({ length: 9 }, (_, index) => `fn-${index}`);
  for (const [index, name] of names.entries()) given.world.set(name, places[index % 3]);
  await fullSync(given.parts);
  for (const name of names.slice(0, 6)) given.world.remove(name);
  const report = await fullSync(given.parts);
  expect(report.complete).toBe(false);
  expect(report.skips.filter(({ reason }) => reason === 'delete-guard')).toHaveLength(6);
  expect(await namesIn('sales', 'shop')).toHaveLength(3);
  const allowed = await runTask(given.parts, { kind: 'full', dryRun: false, allowDeletes: 6 });
  expect(allowed).toMatchObject({ complete: true, counts: { deleted: 6 } });
  for (const place of [[], ['sales', 'shop'], ['sales', 'books']])
    expect(await namesIn(...place)).toHaveLength(1);
});

describe('owners', () => {
  test('are listed with what they have in all namespaces of each partition', async () => {
    given.world.set('plain');
    given.world.set('sold', inShop);
    given.world.set('more', { ...inShop, namespace: 'books' });
    await fullSync(given.parts);
    given.watch();
    const { owners, unseen } = await listOwners({
      consul: given.consul,
      config: given.parts.config,
      deadline: testDeadline(),
    });
    expect(unseen).toEqual([]);
    expect(owners).toMatchObject([
      { partition: 'default', services: 1, owner: given.parts.scope.ownerId },
      { partition: 'sales', services: 2, owner: given.parts.scope.ownerId },
    ]);
  });

  test('are listed with what is remembered where namespaces may not be listed', async () => {
    given.world.set('sold', inShop);
    await fullSync(given.parts);
    given.watch((request) => (request.includes('/v1/namespaces') ? { status: 403, body: 'no' } : undefined));
    const { consul, parts } = given;
    const { owners } = await listOwners({ consul, config: parts.config, deadline: testDeadline() });
    expect(owners).toMatchObject([{ partition: 'sales', services: 1 }]);
    const reads = given.front.requests.filter((request) => request.includes('/node/lambdas'));
    expect(reads.filter((request) => !/partition=\w+&ns=\w+/.test(request))).toEqual([]);
  });

  test('that were others before are taken over in place', async () => {
    given.world.set('sold', inShop);
    await fullSync(given.registrator({ OWNER_ID: 'former' }));
    const report = await fullSync(given.registrator({ PREVIOUS_OWNER_IDS: 'former' }));
    expect(report).toMatchObject({ changes: [{ action: 'adopt', service: 'sold' }], skips: [] });
  });

  test('that used another node are taken over from there', async () => {
    given.world.set('sold', inShop);
    await fullSync(given.registrator({ NODE_NAME: 'old', OWNER_ID: 'former' }));
    await fullSync(given.registrator({ PREVIOUS_OWNER_IDS: 'former' }));
    expect(await namesIn('sales', 'shop')).toEqual(['sold']);
    const old = await given.server.ok('GET', '/v1/catalog/node/old?partition=sales&ns=shop');
    expect((old as { Services: object }).Services).toEqual({});
  });

  test('release a name in every place that has it', async () => {
    given.world.set('one', { ...inShop, 'service-name': 'pay' });
    given.world.set('two', { enabled: 'true', 'service-name': 'pay' });
    await fullSync(given.parts);
    const { services, unseen } = await releaseServices(given.parts, ['pay'], testDeadline());
    expect(unseen).toEqual([]);
    expect(services).toMatchObject([
      { outcome: 'released', message: expect.stringContaining('partition sales, namespace shop') },
    ]);
    for (const place of [[], ['sales', 'shop']]) {
      const state = await given.registered(...place);
      expect(state.services['pay']?.Meta['registrator-owner']).toBeUndefined();
      expect(state.defaults['pay']?.entry.Meta?.['registrator-owner']).toBeUndefined();
    }
  });
});
