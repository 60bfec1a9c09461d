import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Functions } from '../../src/aws/api.ts';
import type { Consul } from '../../src/consul/api.ts';
import { emptyCatalog, halves, readCatalog } from '../support/catalog.ts';
import { type ConsulServer, startConsul } from '../support/consul-server.ts';
import { everyInterleaving } from '../support/interleave.ts';
import { connect, partsFor, syncOf } from '../support/registrator.ts';
import { arnOf, createTagWorld, tagged, type TagWorld } from '../support/tag-world.ts';

let server: ConsulServer;
let consul: Consul;
beforeAll(async () => {
  server = await startConsul();
  consul = connect(server);
});
afterAll(async () => {
  consul?.close();
  await server?.close();
});

const isRead = (method: string): boolean =>
  !['putServiceDefaults', 'deleteServiceDefaults', 'transact'].includes(method);

/** The functions as a run sees them whose first look comes before, or after, the tag was changed. */
function seenFirst(world: TagWorld, firstLook: Readonly<Record<string, string>>): Functions {
  let looked = false;
  return {
    ...world.functions,
    tagsOf: async (arn, deadline) => {
      if (looked || arn !== arnOf('pay')) return world.functions.tagsOf(arn, deadline);
      looked = true;
      return tagged(firstLook);
    },
  };
}

describe('one run that creates a service and one that removes it', () => {
  it.each([
    { initially: 'absent', finally: 'true' },
    { initially: 'absent', finally: 'false' },
    { initially: 'present', finally: 'true' },
    { initially: 'present', finally: 'false' },
  ])(
    'never leave half a pair, whatever their order ($initially at first, enabled=$finally at last)',
    async (given) => {
      const world = createTagWorld();
      const orders = await everyInterleaving(
        (stage) => {
          const run = (actor: 'first' | 'second', enabled: string): Promise<unknown> => {
            const functions = stage.onStage(actor, seenFirst(world, { enabled }), () => true);
            return syncOf(partsFor(stage.onStage(actor, consul, isRead), functions), 'pay');
          };
          return { first: run('first', 'true'), second: run('second', 'false') };
        },
        {
          before: async () => {
            await emptyCatalog(server);
            world.set('pay', { enabled: 'true' });
            if (given.initially === 'present') await syncOf(partsFor(consul, world.functions), 'pay');
            world.set('pay', { enabled: given.finally });
          },
          after: async (order) => {
            expect({ order, halves: halves(await readCatalog(server)) }).toEqual({ order, halves: [] });
          },
        },
      );
      expect(orders).toBeGreaterThan(10);
    },
  );
});
