import { expect, test } from 'vitest';
import type { FaultyFront } from '../../support/faulty-front.ts';
import { fullSync, syncOf } from '../../support/registrator.ts';
import { useEnterprise } from '../../support/use-enterprise.ts';

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
