import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { CatalogNode } from '../../../src/consul/api.ts';
import { registerForeign } from '../../support/registrator/lambda-pairs.ts';
import { fullSync, syncOf } from '../../support/registrator/registrator.ts';
import { useRegistrator } from '../../support/registrator/use-registrator.ts';

const given = useRegistrator();

async function node(name = 'lambdas'): Promise<CatalogNode | undefined> {
  const answer = await given.server.ok('GET', `/v1/catalog/node/${name}`);
  return (answer as { Node: CatalogNode } | null)?.Node;
}

describe('the node of the services', () => {
  it('is not made before there is a service', async () => {
    given.world.set('pay', { enabled: 'false' });
    await fullSync(given.parts);
    expect(await node()).toBeUndefined();
  });

  it.each([
    ['full sync', () => fullSync(given.parts)],
    ['event', () => syncOf(given.parts, 'pay')],
  ])('is corrected by %s although the services are right, and keeps all else', async (_by, sync) => {
    given.world.set('pay');
    await fullSync(given.parts);
    const ID = randomUUID();
    const kept = { ID, Address: '192.0.2.1', TaggedAddresses: { lan: '192.0.2.1', wan: '198.51.100.1' } };
    await given.server.ok('PUT', '/v1/catalog/register', {
      Node: 'lambdas',
      ...kept,
      NodeMeta: { 'external-node': 'true', 'external-probe': 'true', team: 'network' },
    });
    const { counts, warnings } = await sync();
    expect({ counts, warnings }).toMatchObject({ counts: { unchanged: 1, failed: 0 }, warnings: [] });
    expect(await node()).toMatchObject({
      ...kept,
      Meta: { 'external-node': 'true', 'external-probe': 'false', team: 'network' },
    });
    expect(Object.keys(await given.services())).toEqual(['pay']);
    given.watch();
    await sync();
    expect(given.writes()).toEqual([]);
  });

  it('is left as it is while it carries nothing of ours', async () => {
    await registerForeign(given.server, 'web', { node: 'lambdas' });
    await fullSync(given.parts);
    expect((await node())?.Meta ?? {}).toEqual({});
    given.world.set('pay');
    await fullSync(given.parts);
    expect((await node())?.Meta).toEqual({ 'external-node': 'true', 'external-probe': 'false' });
    expect(Object.keys(await given.services()).toSorted()).toEqual(['pay', 'web']);
  });

  it.each([
    ['carries the check of an agent', 'agent', () => undefined],
    [
      'has an ID and is not external',
      'vm-1',
      () =>
        given.server.ok('PUT', '/v1/catalog/register', {
          Node: 'vm-1',
          ID: randomUUID(),
          Address: '10.0.0.1',
          NodeMeta: { 'external-probe': 'false' },
        }),
    ],
    [
      'is external but carries the check of an agent',
      'vm-1',
      () =>
        given.server.ok('PUT', '/v1/catalog/register', {
          Node: 'vm-1',
          ID: randomUUID(),
          Address: '10.0.0.1',
          NodeMeta: { 'external-node': 'true' },
          Check: { CheckID: 'serfHealth', Name: 'Serf Health Status', Status: 'passing' },
        }),
    ],
  ])('is refused when it %s', async (_what, name, make) => {
    await make();
    given.world.set('pay');
    const before = await node(name);
    given.watch();
    const parts = given.registrator({ NODE_NAME: name });
    for (const sync of [() => fullSync(parts), () => syncOf(parts, 'pay')]) {
      await expect(sync()).rejects.toMatchObject({
        code: 'CONFIG_INVALID',
        message: expect.stringContaining(`NODE_NAME is ${name}`),
      });
    }
    expect(given.writes()).toEqual([]);
    expect(await node(name)).toEqual(before);
  });

  it('may have another name, beside the node of another registrator', async () => {
    given.world.set('pay');
    await fullSync(given.parts);
    given.world.set('pay', { enabled: 'true', 'service-name': 'pay-2' });
    const other = given.registrator({ NODE_NAME: 'lambdas-2' });
    await fullSync(other);
    expect(Object.keys(await given.services())).toEqual(['pay']);
    expect(await node('lambdas-2')).toMatchObject({ Meta: { 'external-node': 'true' } });
  });
});
