import { beforeEach, describe, expect, it } from 'vitest';
import type { Consul } from '../../../src/consul/client.ts';
import { synchronise } from '../../../src/registrator/app.ts';
import { deadlineIn } from '../../../src/core/deadline.ts';
import { pathOf, useExtensionData } from '../../support/registrator/extension-data.ts';
import { owner } from '../../support/registrator/lambda-pairs.ts';
import { fullSync, partsFor } from '../../support/registrator/registrator.ts';
import { createTagWorld, type TagWorld } from '../../support/aws/tag-world.ts';

const given = useExtensionData();
let functions: TagWorld;

const features = { TERMINATING_GATEWAY: 'exit', CONSUL_EXTENSION_DATA_PREFIX: '/consul/lambda' };
const moved = { ...features, NODE_NAME: 'lambdas-2', PREVIOUS_OWNER_IDS: owner };

const parts = (env: Record<string, string>, consul: Consul = given.consul) =>
  partsFor(consul, functions.functions, { env, parameters: given.world.parameters });

async function links(): Promise<string[]> {
  const { status, body } = await given.server.call('GET', '/v1/config/terminating-gateway/exit');
  if (status === 404) return [];
  return ((body as { Services: { Name: string }[] | null }).Services ?? [])
    .map(({ Name }) => Name)
    .toSorted();
}

beforeEach(async () => {
  await given.server.ok('DELETE', '/v1/config/terminating-gateway/exit');
  functions = createTagWorld();
  for (const name of ['pay', 'mail']) functions.set(name);
  await fullSync(parts(features));
});

describe('what moves from a previous owner', () => {
  it('goes on to know its link and its certificate', async () => {
    expect(await links()).toEqual(['mail', 'pay']);
    given.world.calls.length = 0;
    await fullSync(parts(moved));
    const node = (await given.server.ok('GET', '/v1/catalog/node/lambdas-2')) as {
      Services: Record<string, { Meta: Record<string, string> }>;
    };
    expect(node.Services['pay']?.Meta).toMatchObject({
      'lambda-terminating-gateway': 'exit',
      'lambda-leaf-parameter': pathOf('pay'),
    });
    expect(given.world.calls.filter((call) => call.startsWith('put'))).toEqual([]);
    functions.remove('pay');
    await fullSync(parts(moved));
    expect(await links()).toEqual(['mail']);
    expect([...given.world.values.keys()]).toEqual([pathOf('mail')]);
  });

  it('leaves neither link nor parameter behind where its function ended', async () => {
    functions.remove('pay');
    expect(await fullSync(parts(moved))).toMatchObject({ failures: [], counts: { updated: 1, deleted: 1 } });
    expect(await links()).toEqual(['mail']);
    expect([...given.world.values.keys()]).toEqual([pathOf('mail')]);
  });

  it('is counted once among the services that are managed', async () => {
    const registrator = parts(moved);
    const task = { kind: 'full', dryRun: false } as const;
    const { managedServices } = await synchronise(registrator, task, deadlineIn(registrator.clock, 60_000));
    expect(managedServices).toBe(2);
  });
});
