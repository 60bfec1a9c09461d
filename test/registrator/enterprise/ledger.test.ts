import { expect, test } from 'vitest';
import { releaseServices } from '../../../src/registrator/owners/release.ts';
import { testDeadline } from '../../support/consul/client.ts';
import type { FaultyFront } from '../../support/http/faulty-front.ts';
import { fullSync, syncOf } from '../../support/registrator/registrator.ts';
import { useEnterprise } from '../../support/places/use-enterprise.ts';

const given = useEnterprise({ places: { default: ['team'], sales: ['shop', 'books'] } });

const inShop = { enabled: 'true', partition: 'sales', namespace: 'shop' };

async function namesIn(partition?: string, namespace?: string): Promise<string[]> {
  return Object.keys((await given.registered(partition, namespace)).services).toSorted();
}

/** What our node in a partition remembers. */
async function remembered(partition: string): Promise<string | undefined> {
  const answer = await given.server.ok('GET', `/v1/catalog/node/lambdas?partition=${partition}`);
  return (answer as { Node: { Meta: Record<string, string> } } | null)?.Node.Meta['registrator-namespaces'];
}

/** As for a token that may not list namespaces. */
const noLists: FaultyFront['fault'] = (request) =>
  request.includes('/v1/namespaces') ? { status: 403, body: 'Permission denied' } : undefined;

/** Reads of our node, by place. */
function looks(): string[] {
  const reads = given.front.requests.filter((request) => request.startsWith('GET /v1/catalog/node/lambdas'));
  return reads.map((request) => /partition=\w+&ns=\w+/.exec(request)?.[0] ?? request).toSorted();
}

test('a namespace is remembered by the node of its partition before anything is written there', async () => {
  given.world.set('sold', inShop);
  const atWrites: (string | undefined)[] = [];
  given.watch(async (request) => {
    if (request.startsWith('PUT /v1/config')) atWrites.push(await remembered('sales'));
    return undefined;
  });
  await fullSync(given.parts);
  expect(atWrites).toEqual(['shop']);
  given.world.set('more', { ...inShop, namespace: 'books' });
  await syncOf(given.parts, 'more');
  expect(await remembered('sales')).toBe('books,shop');
});

test('a namespace is remembered although the node of its partition has been seen to in the same run', async () => {
  given.world.set('plain');
  await fullSync(given.parts);
  given.world.set('own', { enabled: 'true', namespace: 'team' });
  await fullSync(given.parts);
  expect(await remembered('default')).toBe('team');
});

test('where namespaces may not be listed, remembered and named ones and default are looked at', async () => {
  for (const name of ['one', 'two', 'three']) given.world.set(name, inShop);
  given.world.set('plain', { enabled: 'true', partition: 'sales' });
  await fullSync(given.parts);
  given.world.remove('one');
  given.world.set('two', { ...inShop, namespace: 'books' });
  given.watch(noLists);
  const report = await fullSync(given.registrator({}));
  expect(report).toMatchObject({ complete: true, failures: [] });
  expect(report.warnings).toMatchObject([
    { message: expect.stringContaining('partition default') },
    { message: expect.stringContaining('partition sales') },
  ]);
  expect(await namesIn('sales', 'shop')).toEqual(['three']);
  expect(await namesIn('sales', 'books')).toEqual(['two']);
  expect(await namesIn('sales')).toEqual(['plain']);
});

test('where namespaces may not be listed, a named one that does not exist fails in the words of Consul', async () => {
  given.world.set('lost', { ...inShop, namespace: 'nowhere' });
  given.world.set('sold', inShop);
  given.watch(noLists);
  const report = await fullSync(given.parts);
  expect(report.failures).toMatchObject([
    { service: 'lost', message: expect.stringContaining('Namespace "nowhere" does not exist') },
  ]);
  expect(await namesIn('sales', 'shop')).toEqual(['sold']);
});

test('a namespace is forgotten after a complete full sync that found nothing there', async () => {
  given.world.set('sold', inShop);
  given.world.set('read', { ...inShop, namespace: 'books' });
  await fullSync(given.parts);
  given.world.remove('sold');
  await fullSync(given.parts);
  await syncOf(given.parts, 'sold');
  expect(await remembered('sales')).toBe('books,shop');
  given.watch((request) =>
    request.includes('/v1/catalog/node/lambdas') && request.includes('ns=shop')
      ? { status: 503, body: 'away' }
      : undefined,
  );
  await fullSync(given.parts);
  expect(await remembered('sales')).toBe('books,shop');
  given.watch(noLists);
  await fullSync(given.registrator({}));
  expect(await remembered('sales')).toBe('books');
});

test('every place is looked at once', async () => {
  given.world.set('sold', inShop);
  await fullSync(given.parts);
  given.watch();
  await fullSync(given.parts);
  const everywhere = [
    'partition=default&ns=default',
    'partition=default&ns=team',
    'partition=sales&ns=books',
    'partition=sales&ns=default',
    'partition=sales&ns=shop',
  ];
  expect(looks()).toEqual(everywhere);
  given.watch();
  await syncOf(given.parts, 'sold');
  expect(looks()).toEqual(everywhere.filter((place) => !/team|books/.test(place)));
});

test('a namespace that is remembered and gone is not looked at', async () => {
  given.world.set('sold', inShop);
  await fullSync(given.parts);
  await given.server.ok('PUT', '/v1/txn', [
    {
      Node: {
        Verb: 'set',
        Node: { Node: 'lambdas', Partition: 'sales', Meta: { 'registrator-namespaces': 'gone,shop' } },
      },
    },
  ]);
  for (const sync of [() => fullSync(given.parts), () => syncOf(given.parts, 'sold')]) {
    given.watch();
    expect(await sync()).toMatchObject({ complete: true, failures: [] });
    expect(looks().filter((place) => place.endsWith('gone'))).toEqual([]);
  }
});

test('where namespaces may not be listed, services are released in remembered ones', async () => {
  given.world.set('sold', inShop);
  await fullSync(given.parts);
  given.watch(noLists);
  const { services } = await releaseServices(given.registrator({}), ['sold'], testDeadline());
  expect(services).toMatchObject([{ outcome: 'released' }]);
  const { services: left, defaults } = await given.registered('sales', 'shop');
  expect(left['sold']?.Meta['registrator-owner']).toBeUndefined();
  expect(defaults['sold']?.entry.Meta?.['registrator-owner']).toBeUndefined();
});

test('the namespaces of a partition that cannot be listed do not hold up the others', async () => {
  given.world.set('sold', inShop);
  await fullSync(given.parts);
  given.world.remove('sold');
  given.world.set('plain');
  given.watch((request) =>
    request.includes('/v1/namespaces?partition=sales')
      ? { status: 503, body: 'Partition "sales" is away' }
      : undefined,
  );
  const report = await fullSync(given.parts);
  expect(await namesIn()).toEqual(['plain']);
  expect(report.complete).toBe(false);
  expect(report.failures).toMatchObject([
    { retryable: true, message: expect.stringContaining('Partition "sales" is away') },
  ]);
  expect(await namesIn('sales', 'shop')).toEqual([]);
  expect(await fullSync(given.parts)).toMatchObject({ complete: false, changes: [] });
});
