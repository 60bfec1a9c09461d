import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Functions } from '../../../src/aws/api.ts';
import type { Consul } from '../../../src/consul/client.ts';
import type { Registrator } from '../../../src/registrator/run.ts';
import { emptyCatalog, halves, readCatalog } from '../../support/consul/catalog.ts';
import { consulClient } from '../../support/consul/client.ts';
import { type ConsulServer, startConsul } from '../../support/consul/server.ts';
import { extent } from '../../support/explorations.ts';
import { type Actor, everyInterleaving } from '../../support/interleave.ts';
import { isConsulWrite } from '../../support/consul/intercept.ts';
import { fullSync, partsFor, syncOf } from '../../support/registrator/registrator.ts';
import { arnOf, createTagWorld, tagged, type TagWorld } from '../../support/aws/tag-world.ts';

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

const isRead = (method: string): boolean => !isConsulWrite(method);

/** The functions as a run sees them whose first looks come before, or after, the tag was changed. */
function seenFirst(world: TagWorld, firstLook: Readonly<Record<string, string>>, looks: number): Functions {
  let looked = 0;
  return {
    ...world.functions,
    listTagged: async () => ({ items: [{ arn: arnOf('pay'), tags: tagged(firstLook) }], failure: undefined }),
    tagsOf: async (arn, deadline) => {
      if (looked === looks || arn !== arnOf('pay')) return world.functions.tagsOf(arn, deadline);
      looked += 1;
      return tagged(firstLook);
    },
  };
}

const runs = {
  event: (parts: Registrator) => syncOf(parts, 'pay'),
  'full sync': (parts: Registrator) => fullSync(parts),
};
type Run = keyof typeof runs;
const cases: { creator: Run; remover: Run; initially: 'absent' | 'present'; finally: 'true' | 'false' }[] = [
  { creator: 'event', remover: 'event', initially: 'absent', finally: 'true' },
  { creator: 'event', remover: 'event', initially: 'absent', finally: 'false' },
  { creator: 'event', remover: 'event', initially: 'present', finally: 'true' },
  { creator: 'event', remover: 'event', initially: 'present', finally: 'false' },
  { creator: 'event', remover: 'full sync', initially: 'present', finally: 'true' },
  { creator: 'full sync', remover: 'event', initially: 'present', finally: 'true' },
];

describe('one run that creates a service and one that removes it', () => {
  it.each(cases)(
    'never leave half a pair: $creator creates, $remover removes, $initially at first, enabled=$finally at last',
    async ({ creator, remover, initially, finally: enabled }) => {
      const world = createTagWorld();
      const orders = await everyInterleaving(
        (stage) => {
          const start = (actor: Actor, run: Run, looksEnabled: string): Promise<unknown> => {
            // An event looks once more before it deletes.
            const looks = run === 'event' && looksEnabled === 'false' ? 2 : 1;
            const seen = seenFirst(world, { enabled: looksEnabled }, looks);
            const functions = stage.onStage(actor, seen, () => true);
            return runs[run](partsFor(stage.onStage(actor, consul, isRead), functions));
          };
          return { first: start('first', creator, 'true'), second: start('second', remover, 'false') };
        },
        {
          before: async () => {
            await emptyCatalog(server);
            world.set('pay', { enabled: 'true' });
            if (initially === 'present') await syncOf(partsFor(consul, world.functions), 'pay');
            world.set('pay', { enabled });
          },
          after: async (order) => {
            expect({ order, halves: halves(await readCatalog(server)) }).toEqual({ order, halves: [] });
          },
        },
        extent(100, Number.POSITIVE_INFINITY),
      );
      expect(orders).toBeGreaterThan(10);
    },
  );
});
