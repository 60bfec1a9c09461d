import { describe, expect, test } from 'vitest';
import type { Consul } from '../../../src/consul/client.ts';
import type { Registrator } from '../../../src/registrator/run.ts';
import { halves } from '../../support/consul/catalog.ts';
import { intercept, isConsulWrite } from '../../support/consul/intercept.ts';
import { fullSync, syncOf } from '../../support/registrator/registrator.ts';
import { useEnterprise } from '../../support/places/use-enterprise.ts';

const given = useEnterprise({ places: { default: ['team'], sales: ['shop', 'books'] } });

const inShop = { enabled: 'true', partition: 'sales', namespace: 'shop', aliases: 'prod' };
const inBooks = { ...inShop, namespace: 'books' };
const atDefault = { enabled: 'true', aliases: 'prod' };
const places = [
  ['default', 'default'],
  ['default', 'team'],
  ['sales', 'default'],
  ['sales', 'shop'],
  ['sales', 'books'],
] as const;

/** Services by place, of places that have some. */
async function everywhere(): Promise<Record<string, string[]>> {
  const found: Record<string, string[]> = {};
  for (const [partition, namespace] of places) {
    const state = await given.registered(partition, namespace);
    expect(halves(state)).toEqual([]);
    const names = Object.keys(state.services).toSorted();
    if (names.length > 0) found[`${partition}/${namespace}`] = names;
  }
  return found;
}

const ways: [string, (parts: Registrator) => ReturnType<typeof fullSync>][] = [
  ['full sync', (parts) => fullSync(parts)],
  ['event', (parts) => syncOf(parts, 'sold')],
];
const moves = [
  { between: 'namespaces', from: inShop, to: inBooks, there: 'sales/books' },
  { between: 'partitions', from: inShop, to: atDefault, there: 'default/default' },
  { between: 'partitions, back', from: atDefault, to: inShop, there: 'sales/shop' },
];

describe.each(ways)('a move by %s', (_by, sync) => {
  test.each(moves)('between $between is made there first, then here', async ({ from, to, there }) => {
    given.world.set('sold', from);
    await sync(given.parts);
    const seen: number[] = [];
    const [partition, namespace] = there.split('/');
    given.world.set('sold', to);
    given.watch(async (request) => {
      if (request.startsWith('GET')) return undefined;
      const all = await Promise.all(places.map((place) => given.registered(...place)));
      const { services } = await given.registered(partition, namespace);
      const total = all.reduce((sum, state) => sum + Object.keys(state.services).length, 0);
      seen.push(total - (Object.keys(services).length < 2 ? 0 : 2));
      return undefined;
    });
    const report = await sync(given.parts);
    expect(report).toMatchObject({ complete: true, failures: [], counts: { created: 2, deleted: 2 } });
    expect(Math.min(...seen.slice(0, -2))).toBeGreaterThanOrEqual(0);
    expect(await everywhere()).toEqual({ [there]: ['sold', 'sold-prod'] });
    // A full sync that finds the namespace empty forgets it.
    expect(await sync(given.parts)).toMatchObject({ changes: [], failures: [] });
    given.watch();
    expect(await sync(given.parts)).toMatchObject({ changes: [], failures: [] });
    expect(given.writes()).toEqual([]);
  });

  test('whose creation fails stays', async () => {
    given.world.set('sold', inShop);
    await sync(given.parts);
    given.world.set('sold', inBooks);
    given.watch((request) =>
      /^PUT \/v1\/config.*ns=books/.test(request) ? { status: 500, body: 'disk is full' } : undefined,
    );
    const report = await sync(given.parts);
    expect(report.failures).toMatchObject([{ service: 'sold' }, { service: 'sold-prod' }]);
    expect(await everywhere()).toEqual({ 'sales/shop': ['sold', 'sold-prod'] });
    given.watch();
    await sync(given.parts);
    expect(await everywhere()).toEqual({ 'sales/books': ['sold', 'sold-prod'] });
  });

  test('to where somebody else has the name stays', async () => {
    given.world.set('sold', inShop);
    await sync(given.parts);
    const other = { ID: 'sold', Service: 'sold', Port: 80, Namespace: 'books', Partition: 'sales' };
    const node = { Node: 'vm', Address: '192.0.2.1', Partition: 'sales' };
    await given.server.ok('PUT', '/v1/catalog/register', { ...node, Service: other });
    given.world.set('sold', inBooks);
    const report = await sync(given.parts);
    expect(report.skips).toMatchObject([{ reason: 'conflict' }, { reason: 'unconfirmed' }]);
    expect(await everywhere()).toEqual({ 'sales/shop': ['sold'], 'sales/books': ['sold-prod'] });
  });

  test('away from what is not ours leaves it', async () => {
    given.world.set('sold', inShop);
    await sync(given.registrator({ OWNER_ID: 'somebody' }));
    given.world.set('sold', inBooks);
    expect(await sync(given.parts)).toMatchObject({ counts: { created: 2, deleted: 0 } });
    expect(await everywhere()).toEqual({
      'sales/shop': ['sold', 'sold-prod'],
      'sales/books': ['sold', 'sold-prod'],
    });
  });

  test('away from where nothing could be seen leaves it until it can be', async () => {
    given.world.set('sold', inShop);
    await sync(given.parts);
    given.world.set('sold', inBooks);
    given.watch((request) =>
      /node\/lambdas.*ns=shop/.test(request) ? { status: 503, body: 'no leader' } : undefined,
    );
    expect(await sync(given.parts)).toMatchObject({ complete: false, counts: { created: 2, deleted: 0 } });
    given.watch();
    await sync(given.parts);
    expect(await everywhere()).toEqual({ 'sales/books': ['sold', 'sold-prod'] });
  });
});

/** A Consul whose caller dies right before its write number `fatal`. */
function dyingBefore(target: Consul, fatal: number): { consul: Consul; died: () => boolean } {
  let writes = 0;
  const consul = intercept(target, async ({ method, make }) => {
    if (isConsulWrite(method)) writes += 1;
    if (writes > fatal) throw new Error('killed');
    return make();
  });
  return { consul, died: () => writes > fatal };
}

test.each(moves)(
  'a run that is killed while it moves between $between leaves one that goes on',
  async ({ from, to, there }) => {
    let deaths = 0;
    for (let died = true; died;) {
      given.world.set('sold', from);
      await fullSync(given.parts);
      given.world.set('sold', to);
      const mortal = dyingBefore(given.consul, deaths);
      await Promise.allSettled([fullSync({ ...given.registrator({}), consul: mortal.consul })]);
      expect(await fullSync(given.registrator({}))).toMatchObject({ complete: true, failures: [] });
      expect(await everywhere()).toEqual({ [there]: ['sold', 'sold-prod'] });
      died = mortal.died();
      if (died) deaths += 1;
    }
    expect(deaths).toBeGreaterThanOrEqual(5);
  },
);
