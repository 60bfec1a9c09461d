import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Consul } from '../../../src/consul/client.ts';
import { type CatalogState, emptyCatalog, halves, readCatalog } from '../../support/consul/catalog.ts';
import { consulClient } from '../../support/consul/client.ts';
import { type ConsulServer, startConsul } from '../../support/consul/server.ts';
import { dyingBefore } from '../../support/consul/dying-consul.ts';
import { fullSync, partsFor } from '../../support/registrator/registrator.ts';
import { createTagWorld, type TagWorld } from '../../support/aws/tag-world.ts';

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

/** Six changes: two creations, two updates, two deletions. */
function turn(world: TagWorld): void {
  world.set('new-1');
  world.set('new-2', { enabled: 'true', aliases: 'prod' });
  world.set('changed-1', { enabled: 'true', 'payload-passthrough': 'true' });
  world.set('changed-2', { enabled: 'true', 'invocation-mode': 'ASYNCHRONOUS' });
  world.remove('gone-1');
  world.set('gone-2', { enabled: 'false' });
}

async function start(): Promise<TagWorld> {
  await emptyCatalog(server);
  const world = createTagWorld();
  for (const name of ['changed-1', 'changed-2', 'gone-1', 'gone-2']) world.set(name);
  await fullSync(partsFor(consul, world.functions));
  turn(world);
  return world;
}

/** What counts of a catalog: indexes and hashes differ from run to run. */
function essence({ services, defaults }: CatalogState): unknown {
  const entries = Object.entries(defaults).map(([name, { entry }]) => {
    const { CreateIndex: _create, ModifyIndex: _modify, Hash: _hash, ...kept } = entry;
    return [name, kept];
  });
  return { services, defaults: Object.fromEntries(entries) };
}

describe('a registrator that is killed', () => {
  it('between any two of its writes leaves a state that the next sync repairs', async () => {
    const world = await start();
    const plan = await fullSync(partsFor(consul, world.functions), true);
    expect(plan.counts).toMatchObject({ created: 3, updated: 2, deleted: 2 });
    await fullSync(partsFor(consul, world.functions));
    const wanted = essence(await readCatalog(server));
    let deaths = 0;
    for (let survived = false; !survived;) {
      const fatal = deaths;
      const again = await start();
      const mortal = dyingBefore(consul, fatal);
      await Promise.allSettled([fullSync(partsFor(mortal.consul, again.functions))]);
      const repair = await fullSync(partsFor(consul, again.functions));
      const state = await readCatalog(server);
      expect({ fatal, state: essence(state), failures: repair.failures }).toEqual({
        fatal,
        state: wanted,
        failures: [],
      });
      expect(halves(state)).toEqual([]);
      survived = !mortal.died();
      if (!survived) deaths += 1;
    }
    expect(deaths).toBeGreaterThanOrEqual(12);
  });
});
