import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as fc from 'fast-check';
import type { Consul } from '../../../src/consul/client.ts';
import { emptyCatalog, halves, readCatalog } from '../../support/consul/catalog.ts';
import { consulClient } from '../../support/consul/client.ts';
import { type ConsulServer, startConsul } from '../../support/consul/server.ts';
import { fullSync, partsFor, syncOf } from '../../support/registrator/registrator.ts';
import { account, arnOf, createTagWorld } from '../../support/aws/tag-world.ts';
import { tries } from '../../support/explorations.ts';

let server: ConsulServer;
let consul: Consul;
beforeAll(async () => {
  server = await startConsul();
  consul = consulClient(server);
});
afterAll(async () => {
  consul?.close();
  await server?.close();
});

const names = ['pay', 'mail', 'Pay', 'stock'];
/** What happens to functions, in this order; `pay` and `Pay` claim one name. */
const history: [string, Record<string, string> | undefined][] = [
  ['pay', { enabled: 'true' }],
  ['mail', { enabled: 'true', aliases: 'prod+dev' }],
  ['stock', { enabled: 'true', 'service-name': 'store' }],
  ['Pay', { enabled: 'true' }],
  ['mail', { enabled: 'true', aliases: 'dev', 'invocation-mode': 'asynchronous' }],
  ['stock', { enabled: 'true' }],
  ['pay', undefined],
  ['Pay', { enabled: 'false' }],
];
const finalServices = ['mail', 'mail-dev', 'stock'];

describe('events', () => {
  it('that come late, twice, in another order or never end in the same state', async () => {
    const delivery = fc.array(fc.constantFrom(...names), { minLength: 4, maxLength: 10 });
    await fc.assert(
      fc.asyncProperty(fc.array(delivery, { minLength: 2, maxLength: 2 }), async ([during, after]) => {
        await emptyCatalog(server);
        const world = createTagWorld();
        const parts = partsFor(consul, world.functions);
        // Events are delivered while history goes on, and again when all has happened.
        for (const [index, [name, tags]] of history.entries()) {
          if (tags) world.set(name, tags);
          else world.remove(name);
          const delivered = during?.[index];
          if (delivered) await syncOf(parts, delivered);
        }
        for (const name of after ?? []) await syncOf(parts, name);
        await fullSync(parts);
        const state = await readCatalog(server);
        expect(Object.keys(state.services).toSorted()).toEqual(finalServices);
        expect(halves(state)).toEqual([]);
        expect(state.services['mail-dev']?.Meta['lambda-invocation-mode']).toBe('asynchronous');
        const settled = await fullSync(parts);
        expect(settled.counts).toMatchObject({ created: 0, updated: 0, deleted: 0, failed: 0 });
      }),
      tries(50, 2000),
    );
  });

  it('that were all delivered need no full sync', async () => {
    await fc.assert(
      fc.asyncProperty(fc.shuffledSubarray([...names, ...names], { minLength: 8 }), async (order) => {
        await emptyCatalog(server);
        const world = createTagWorld();
        const parts = partsFor(consul, world.functions);
        for (const [name, tags] of history) {
          if (tags) world.set(name, tags);
          else world.remove(name);
          await syncOf(parts, name);
        }
        for (const name of order) await syncOf(parts, name);
        expect(Object.keys((await readCatalog(server)).services).toSorted()).toEqual(finalServices);
      }),
      tries(30, 1000),
    );
  });
});

describe('a tagging index that lags', () => {
  it.each([
    [
      'in its values',
      (world: ReturnType<typeof createTagWorld>) => world.set('pay', { enabled: 'true', aliases: 'prod' }),
    ],
    ['in what it lacks', (world: ReturnType<typeof createTagWorld>) => world.set('late')],
    ['in what it still has', (world: ReturnType<typeof createTagWorld>) => world.remove('pay')],
    [
      'in what was disabled',
      (world: ReturnType<typeof createTagWorld>) => world.set('pay', { enabled: 'false' }),
    ],
  ])('%s never makes a service flip', async (_how, change) => {
    await emptyCatalog(server);
    const world = createTagWorld();
    world.set('pay');
    const parts = partsFor(consul, world.functions);
    await fullSync(parts);
    world.freezeIndex();
    change(world);
    await syncOf(parts, 'pay', 'late');
    const wanted = await readCatalog(server);
    for (const sync of [1, 2]) {
      const report = await fullSync(parts);
      expect({ sync, counts: report.counts, state: await readCatalog(server) }).toMatchObject({
        sync,
        counts: { created: 0, updated: 0, deleted: 0, failed: 0 },
        state: wanted,
      });
    }
    world.thawIndex();
    expect((await fullSync(parts)).counts).toMatchObject({ created: 0, updated: 0, deleted: 0 });
    expect(await readCatalog(server)).toEqual(wanted);
  });
});

/** The services of an account, as they are. */
async function ownedBy(owner: string): Promise<unknown> {
  const { services, defaults } = await readCatalog(server);
  const own = Object.entries(services).filter(([, { Meta }]) => Meta['registrator-owner']?.startsWith(owner));
  return own.map(([name, service]) => ({ name, service, defaults: defaults[name] }));
}

describe('two registrators of two accounts on one Consul', () => {
  it('never touch what is the other one’s in 50 alternating syncs', async () => {
    await emptyCatalog(server);
    const [left, right] = [createTagWorld(), createTagWorld()];
    const otherAccount = '210987654321';
    const foreign = {
      ...right.functions,
      listTagged: async (...args: Parameters<typeof right.functions.listTagged>) => {
        const listing = await right.functions.listTagged(...args);
        return {
          ...listing,
          items: listing.items.map(({ arn, tags }) => ({ arn: arn.replace(account, otherAccount), tags })),
        };
      },
      tagsOf: (arn: string, deadline: Parameters<typeof right.functions.tagsOf>[1]) =>
        right.functions.tagsOf(arn.replace(otherAccount, account), deadline),
    };
    const registrators = [
      { parts: partsFor(consul, left.functions), world: left, own: 'left', other: otherAccount },
      {
        parts: partsFor(consul, foreign, { account: otherAccount }),
        world: right,
        own: 'right',
        other: account,
      },
    ];
    for (const { world, own } of registrators)
      for (const name of [`${own}-1`, `${own}-2`, 'shared']) world.set(name);
    for (let round = 0; round < 25; round += 1) {
      for (const { parts, world, own, other } of registrators) {
        if (round % 3 === 0) world.set(`${own}-1`, { enabled: round % 2 === 0 ? 'true' : 'false' });
        const before = await ownedBy(other);
        const report = await fullSync(parts);
        expect({ round, failures: report.failures, others: await ownedBy(other) }).toEqual({
          round,
          failures: [],
          others: before,
        });
      }
    }
    const { services } = await readCatalog(server);
    expect(services['shared']?.Meta['lambda-arn']).toBe(arnOf('shared'));
    expect(services['left-2']?.Meta['lambda-arn']).toBe(arnOf('left-2'));
    expect(services['right-2']?.Meta['lambda-arn']).toBe(arnOf('right-2').replace(account, otherAccount));
  });
});
