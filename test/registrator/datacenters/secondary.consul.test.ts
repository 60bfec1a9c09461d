import { beforeEach, describe, expect, it } from 'vitest';
import type { Registrator } from '../../../src/registrator/run.ts';
import { ownDefaults } from '../../support/registrator/lambda-pairs.ts';
import { fullSync, syncOf } from '../../support/registrator/registrator.ts';
import { arnOf } from '../../support/aws/tag-world.ts';
import { useFederation } from '../../support/places/use-federation.ts';

/** The registrator is beside dc2; dc1 keeps the config entries. */
const given = useFederation({ acl: true });

const clean = { failures: [], skips: [], warnings: [] };
const rules = 'node "lambdas" { policy = "write" } service_prefix "" { policy = "write" }';

/** Indexes of the two datacenters differ from here on. */
beforeEach(async () => {
  await Promise.all(
    Array.from({ length: 40 }, (_, at) => given.server('dc1').ok('PUT', `/v1/kv/ahead/${at}`, at)),
  );
});

const settled = (name = 'pay') => given.federation.replicated('service-defaults', name);

/** Life of one function: created, changed, drifted, removed. */
async function liveThrough(run: () => Promise<unknown>): Promise<Record<string, unknown>> {
  given.world.set('pay');
  expect(await run()).toMatchObject({ ...clean, changes: [{ action: 'create' }] });
  await settled();
  given.world.set('pay', { enabled: 'true', 'invocation-mode': 'ASYNCHRONOUS' });
  expect(await run()).toMatchObject({ ...clean, changes: [{ action: 'update' }] });
  const wanted = { invocationMode: 'asynchronous' };
  expect((await given.at('dc1')).defaults['pay']?.entry).toMatchObject(
    ownDefaults(given.server('dc1'), 'pay', wanted),
  );
  await settled();
  expect(await run()).toMatchObject({ ...clean, changes: [] });
  const drifted = { ...ownDefaults(given.server('dc1'), 'pay', wanted), Protocol: 'tcp' };
  await given.server('dc1').ok('PUT', '/v1/config', drifted);
  await settled();
  expect(await run()).toMatchObject({ ...clean, changes: [{ fields: ['service-defaults.Protocol'] }] });
  expect((await given.at('dc1')).defaults['pay']?.entry).toMatchObject({ Protocol: 'http' });
  await settled();
  given.world.remove('pay');
  expect(await run()).toMatchObject({ ...clean, changes: [{ action: 'delete' }] });
  return { services: (await given.at('dc2')).services, defaults: (await given.at('dc1')).defaults };
}

describe.each([
  { token: 'a token that may ask the agent', more: ' agent_prefix "" { policy = "read" }', env: {} },
  { token: 'a token that may not', more: '', env: {} },
  { token: 'PRIMARY_DATACENTER', more: '', env: { PRIMARY_DATACENTER: 'DC1' } },
])('beside a secondary datacenter with $token', ({ more, env }) => {
  it('creates, updates, repairs and deletes', async () => {
    const parts = given.registrator(env, 'dc2', await given.federation.createToken(rules + more));
    expect(await liveThrough(() => fullSync(parts))).toEqual({ services: {}, defaults: {} });
  });
});

it('does so by events, and at once after a write that the copy does not show yet', async () => {
  const parts = given.registrator({}, 'dc2', await given.federation.createToken(rules));
  expect(await liveThrough(() => syncOf(parts, 'pay'))).toEqual({ services: {}, defaults: {} });
  given.world.set('pay');
  await syncOf(parts, 'pay');
  given.world.set('pay', { enabled: 'true', 'invocation-mode': 'ASYNCHRONOUS' });
  expect(await syncOf(parts, 'pay')).toMatchObject({ ...clean, changes: [{ action: 'update' }] });
  given.world.remove('pay');
  expect(await syncOf(parts, 'pay')).toMatchObject({ ...clean, changes: [{ action: 'delete' }] });
  expect((await given.at('dc1')).defaults).toEqual({});
});

it('registers in the primary datacenter what is tagged for it', async () => {
  const parts = given.registrator({}, 'dc2', await given.federation.createToken(rules));
  given.world.set('pay', { enabled: 'true', datacenter: 'dc1' });
  expect(await fullSync(parts)).toMatchObject({ ...clean, changes: [{ action: 'create' }] });
  expect((await given.at('dc1')).services).toMatchObject({
    pay: { Meta: { 'registrator-home': 'dc2', 'lambda-arn': arnOf('pay') } },
  });
  await settled();
  given.world.set('pay');
  expect(await fullSync(parts)).toMatchObject({
    ...clean,
    changes: [{ action: 'create' }, { action: 'delete' }],
  });
  expect((await given.at('dc1')).services).toEqual({});
  expect(Object.keys((await given.at('dc2')).services)).toEqual(['pay']);
});

describe('without node:write', () => {
  it('writes nothing abroad, says so once, and does the rest', async () => {
    const token = await given.federation.createToken(
      'node "lambdas" { policy = "read" } service_prefix "" { policy = "write" }',
    );
    await given.server('dc1').ok('PUT', '/v1/catalog/register', {
      Node: 'lambdas',
      Address: '',
      SkipNodeUpdate: true,
      NodeMeta: { 'external-node': 'true', 'external-probe': 'false' },
    });
    const parts: Registrator = given.registrator({}, 'dc1', token);
    given.world.set('a', { enabled: 'true', datacenter: 'dc2' });
    given.world.set('b', { enabled: 'true', datacenter: 'dc2' });
    given.world.set('here');
    for (const run of [() => fullSync(parts), () => syncOf(parts, 'a', 'b', 'here')]) {
      const report = await run();
      expect(report.warnings).toMatchObject([{ hint: expect.stringContaining('node:write') as string }]);
      expect(report.failures).toEqual([]);
      expect((await given.at('dc2')).services).toEqual({});
      expect(Object.keys((await given.at('dc1')).services)).toEqual(['here']);
      expect(Object.keys((await given.at('dc1')).defaults)).toEqual(['here']);
    }
    expect(await given.nodeMeta('dc2')).toBeUndefined();
  });
});

it('fails what would be written abroad where our node can remember no more', async () => {
  const full = Array.from({ length: 64 }, (_, at) => `dc-${String(at).padStart(4, '0')}`)
    .join(',')
    .slice(0, 509);
  const meta = { 'external-node': 'true', 'external-probe': 'false', 'registrator-datacenters': full };
  await given.server('dc1').ok('PUT', '/v1/catalog/register', {
    Node: 'lambdas',
    Address: '',
    SkipNodeUpdate: true,
    NodeMeta: meta,
  });
  given.world.set('pay', { enabled: 'true', datacenter: 'dc2' });
  given.world.set('here');
  const report = await syncOf(given.parts, 'pay', 'here');
  expect(report.failures).toMatchObject([
    { service: 'pay', message: expect.stringContaining('full at 512') as string },
  ]);
  expect(report.changes).toMatchObject([{ service: 'here' }]);
  expect(await given.at('dc2')).toMatchObject({ services: {} });
  expect(Object.keys((await given.at('dc1')).defaults)).toEqual(['here']);
});

describe('with the primary datacenter away', () => {
  it('creates nothing, keeps what there is, and heals', async () => {
    const parts = given.registrator({}, 'dc2');
    given.world.set('stays');
    given.world.set('goes');
    expect(await fullSync(parts)).toMatchObject(clean);
    await settled('stays');
    given.world.set('new');
    given.world.set('stays', { enabled: 'true', 'service-tags': 'blue' });
    given.world.remove('goes');
    await given.federation.takeAway('dc1', 'kill');
    const report = await fullSync(parts);
    expect(report.failures.length).toBeGreaterThan(0);
    expect(report.failures.filter(({ retryable }) => !retryable)).toEqual([]);
    expect(report.failures.map(({ service }) => service)).toContain('new');
    expect(Object.keys((await given.at('dc2')).services)).not.toContain('new');
    expect(Object.keys((await given.at('dc2')).services)).toContain('stays');
    await given.federation.bringBack('dc1');
    await settled('stays');
    expect(await fullSync(parts)).toMatchObject(clean);
    expect(Object.keys((await given.at('dc2')).services)).toEqual(['new', 'stays']);
    expect(Object.keys((await given.at('dc1')).defaults)).toEqual(['new', 'stays']);
  });
});
