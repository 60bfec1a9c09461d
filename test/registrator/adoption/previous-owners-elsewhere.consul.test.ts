import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Consul } from '../../../src/consul/client.ts';
import { emptyCatalog } from '../../support/consul/catalog.ts';
import { consulClient } from '../../support/consul/client.ts';
import { dyingBefore } from '../../support/consul/dying-consul.ts';
import { type Federation, startFederation } from '../../support/places/federation.ts';
import { owner } from '../../support/registrator/lambda-pairs.ts';
import { fullSync, partsFor } from '../../support/registrator/registrator.ts';
import { createTagWorld, type TagWorld } from '../../support/aws/tag-world.ts';

let federation: Federation;
let consul: Consul;
let world: TagWorld;

beforeAll(async () => {
  federation = await startFederation();
  consul = consulClient(federation.of('dc1'));
});
afterAll(async () => {
  consul?.close();
  await federation?.close();
});
beforeEach(begin);

/** Two functions in dc2 and one at home, registered by a registrator that is about to be given another node. */
async function begin(): Promise<void> {
  for (const server of federation.servers) await emptyCatalog(server);
  for (const name of ['far', 'ended', 'near']) await federation.replicated('service-defaults', name);
  world = createTagWorld();
  world.set('near');
  for (const name of ['far', 'ended']) world.set(name, { enabled: 'true', datacenter: 'dc2' });
  await fullSync(partsFor(consul, world.functions));
  world.remove('ended');
}

const moved = { NODE_NAME: 'lambdas-2', OWNER_ID: 'team', PREVIOUS_OWNER_IDS: owner };
const mover = (target = consul, env: Record<string, string> = moved) =>
  partsFor(target, world.functions, { env });

async function nodesOf(name: string, datacenter: string): Promise<string[]> {
  const path = `/v1/catalog/service/${name}?dc=${datacenter}`;
  const instances = (await federation.of('dc1').ok('GET', path)) as { Node: string }[];
  return instances.map(({ Node }) => Node).toSorted();
}

async function expectMoved(): Promise<void> {
  expect(await nodesOf('far', 'dc2')).toEqual(['lambdas-2']);
  expect(await nodesOf('ended', 'dc2')).toEqual([]);
  expect(await nodesOf('near', 'dc1')).toEqual(['lambdas-2']);
  expect((await federation.of('dc1').call('GET', '/v1/config/service-defaults/ended')).status).toBe(404);
  for (const name of ['far', 'near']) {
    expect(await federation.of('dc1').ok('GET', `/v1/config/service-defaults/${name}`)).toMatchObject({
      Meta: { 'registrator-owner': 'team' },
    });
  }
}

describe('what a previous owner keeps in another datacenter', () => {
  it('moves to our node there, and goes where its function ended', async () => {
    const report = await fullSync(mover());
    expect(report).toMatchObject({ failures: [], counts: { created: 0, updated: 2, deleted: 1 } });
    await expectMoved();
  });

  it('is healed by the next sync after a death before any single write', async () => {
    let deaths = 0;
    for (let survived = false; !survived;) {
      await fullSync(mover(consul, { PREVIOUS_OWNER_IDS: 'team' }));
      expect(await nodesOf('far', 'dc2')).toEqual(['lambdas']);
      const mortal = dyingBefore(consul, deaths);
      await Promise.allSettled([fullSync(mover(mortal.consul))]);
      expect(await nodesOf('far', 'dc2')).not.toEqual([]);
      expect(await fullSync(mover())).toMatchObject({ failures: [] });
      await expectMoved();
      survived = !mortal.died();
      if (!survived) deaths += 1;
    }
    expect(deaths).toBeGreaterThanOrEqual(6);
  });

  it('stays what it was for a registrator that is restricted to its own datacenter', async () => {
    await fullSync(mover(consul, { ...moved, DATACENTER: 'dc1' }));
    expect(await nodesOf('far', 'dc2')).toEqual(['lambdas']);
    expect(await nodesOf('near', 'dc1')).toEqual(['lambdas-2']);
  });

  it('waits while that datacenter is away', async () => {
    await federation.takeAway('dc2');
    const report = await fullSync(mover());
    expect(report.failures).toMatchObject([{ service: 'far' }]);
    expect(await nodesOf('near', 'dc1')).toEqual(['lambdas-2']);
    await federation.bringBack('dc2');
    expect(await fullSync(mover())).toMatchObject({ failures: [] });
    await expectMoved();
  });
});
