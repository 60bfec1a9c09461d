import { describe, expect, it } from 'vitest';
import { arnOf } from '../../support/aws/tag-world.ts';
import { fullSync, syncOf } from '../../support/registrator/registrator.ts';
import { useFederation } from '../../support/places/use-federation.ts';

const given = useFederation();

/** How a run is started that deals with one function. */
const ways = [
  { way: 'a full sync', run: () => fullSync(given.parts) },
  { way: 'an event', run: () => syncOf(given.parts, 'pay') },
];

const clean = { failures: [], skips: [], warnings: [] };

describe.each(ways)('$way', ({ run }) => {
  it('registers a function in the datacenter that its tag names, in any case, with a node there', async () => {
    given.world.set('pay', { enabled: 'true', datacenter: 'DC2' });
    expect(await run()).toMatchObject({
      ...clean,
      complete: true,
      changes: [{ action: 'create', service: 'pay' }],
    });
    expect((await given.at('dc1')).services).toEqual({});
    expect((await given.at('dc2')).services).toMatchObject({
      pay: { Meta: { 'registrator-home': 'dc1', 'lambda-arn': arnOf('pay') } },
    });
    expect((await given.at('dc2')).defaults).toMatchObject({ pay: { arn: arnOf('pay') } });
    expect(await given.nodeMeta('dc1')).toMatchObject({ 'registrator-datacenters': 'dc2' });
    expect(await given.nodeMeta('dc2')).toMatchObject({ 'external-node': 'true', 'external-probe': 'false' });
    given.watch('dc1');
    expect(await run()).toMatchObject({ ...clean, changes: [], counts: { unchanged: 1 } });
    expect(given.writes('dc1')).toEqual([]);
  });

  it('writes home’s node, and sees service-defaults copied, before anything abroad', async () => {
    given.world.set('pay', { enabled: 'true', datacenter: 'dc2' });
    given.watch('dc1');
    await run();
    const writes = given.writes('dc1').map((request) => request.replace(/\?cas=\d+$/, ''));
    expect(writes).toEqual([
      'PUT /v1/txn',
      'PUT /v1/txn',
      'PUT /v1/config',
      'PUT /v1/txn?dc=dc2',
      'PUT /v1/txn?dc=dc2',
    ]);
  });

  it('updates, repairs and removes what it has abroad', async () => {
    given.world.set('pay', { enabled: 'true', datacenter: 'dc2' });
    await run();
    given.world.set('pay', { enabled: 'true', datacenter: 'dc2', 'service-tags': 'blue' });
    expect(await run()).toMatchObject({ ...clean, changes: [{ action: 'update', fields: ['Tags'] }] });
    expect((await given.at('dc2')).services['pay']?.Tags).toContain('blue');
    await given.server('dc2').ok('PUT', '/v1/catalog/deregister', { Node: 'lambdas', ServiceID: 'pay' });
    expect(await run()).toMatchObject({ ...clean, changes: [{ action: 'create' }] });
    expect((await given.at('dc2')).services['pay']?.Tags).toContain('blue');
    given.world.set('pay', { enabled: 'false', datacenter: 'dc2' });
    expect(await run()).toMatchObject({ ...clean, changes: [{ action: 'delete' }] });
    expect((await given.at('dc2')).services).toEqual({});
    expect((await given.at('dc1')).defaults).toEqual({});
  });

  it('moves a service there and back, and makes it there before it goes here', async () => {
    given.world.set('pay');
    await run();
    for (const [datacenter, from, to] of [
      ['dc2', 'dc1', 'dc2'],
      ['dc1', 'dc2', 'dc1'],
    ] as const) {
      given.world.set('pay', { enabled: 'true', datacenter });
      const nowhere: string[] = [];
      given.watch('dc1', async (request) => {
        const all = await Promise.all(['dc1', 'dc2'].map((one) => given.at(one)));
        if (!all.some(({ services }) => 'pay' in services)) nowhere.push(request);
        return undefined;
      });
      expect(await run()).toMatchObject({
        ...clean,
        changes: [{ action: 'create' }, { action: 'delete' }],
      });
      expect(nowhere).toEqual([]);
      const there = given.writes('dc1').filter((request) => request.startsWith('PUT /v1/txn'));
      expect(there.at(-1)).toBe(from === 'dc1' ? 'PUT /v1/txn' : 'PUT /v1/txn?dc=dc2');
      expect((await given.at(from)).services).toEqual({});
      expect(Object.keys((await given.at(to)).services)).toEqual(['pay']);
      expect((await given.at('dc1')).defaults).toMatchObject({ pay: { arn: arnOf('pay') } });
      expect(await run()).toMatchObject({ ...clean, changes: [], counts: { unchanged: 1 } });
    }
  });

  it('leaves a function where it is while it cannot be made where it is to be', async () => {
    given.world.set('pay');
    await run();
    given.world.set('pay', { enabled: 'true', datacenter: 'dc2' });
    given.watch('dc1', (request) =>
      request === 'PUT /v1/txn?dc=dc2' ? { status: 403, body: 'Permission denied' } : undefined,
    );
    expect(await run()).toMatchObject({ changes: [], failures: [{ service: 'pay' }] });
    expect(Object.keys((await given.at('dc1')).services)).toEqual(['pay']);
    given.watch('dc1');
    expect(await run()).toMatchObject({ ...clean, changes: [{ action: 'create' }, { action: 'delete' }] });
  });
});

it('forgets a datacenter after a complete full sync that found nothing there', async () => {
  given.world.set('pay', { enabled: 'true', datacenter: 'dc2' });
  await fullSync(given.parts);
  given.world.remove('pay');
  await fullSync(given.parts);
  expect(await given.nodeMeta('dc1')).toMatchObject({ 'registrator-datacenters': 'dc2' });
  await syncOf(given.parts, 'pay');
  expect(await given.nodeMeta('dc1')).toMatchObject({ 'registrator-datacenters': 'dc2' });
  await fullSync(given.parts);
  expect(await given.nodeMeta('dc1')).not.toHaveProperty('registrator-datacenters', 'dc2');
  given.watch('dc1');
  await fullSync(given.parts);
  expect(given.requests('dc1').filter((request) => request.includes('dc=dc2'))).toEqual([]);
});
