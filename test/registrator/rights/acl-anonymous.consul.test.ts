import { describe, expect, it } from 'vitest';
import { readCatalog } from '../../support/consul/catalog.ts';
import { atLeast } from '../../support/consul/server.ts';
import { fullSync, syncOf } from '../../support/registrator/registrator.ts';
import type { Registrator } from '../../../src/registrator/run.ts';
import { useRegistrator } from '../../support/registrator/use-registrator.ts';

const given = useRegistrator({ acl: true });

/** Accessor of the token that stands for callers without one. */
const anonymous = '00000000-0000-0000-0000-000000000002';

it('changes nothing where callers without a token see service-defaults, but not the node', async () => {
  given.world.set('pay');
  given.world.set('mail');
  await fullSync(given.parts);
  const before = await readCatalog(given.server);
  given.world.remove('pay');
  given.world.set('mail', { enabled: 'true', 'payload-passthrough': 'true' });
  const policy = { Name: 'services', Rules: 'service_prefix "" { policy = "write" }' };
  await given.server.ok('PUT', '/v1/acl/policy', policy);
  const token = { AccessorID: anonymous, Policies: [{ Name: policy.Name }] };
  await given.server.ok('PUT', `/v1/acl/token/${anonymous}`, token);
  const report = await fullSync(given.registrator({}, ''));
  expect(report).toMatchObject({
    complete: false,
    counts: { created: 0, updated: 0, deleted: 0, failed: 0 },
    warnings: [{ hint: expect.stringContaining('node:read') }],
  });
  expect(report.skips.map(({ reason }) => reason)).toEqual(['unconfirmed', 'unconfirmed']);
  expect(await readCatalog(given.server)).toEqual(before);
});

describe('callers without a token who see nothing', () => {
  it.for([
    ['plan', (parts: Registrator) => fullSync(parts, true)],
    ['full sync', (parts: Registrator) => fullSync(parts)],
    ['event', (parts: Registrator) => syncOf(parts, 'pay')],
  ] as const)('are not told by a %s that what is registered is new', async ([, run], { skip }) => {
    skip(!atLeast(given.server.version, 1, 11), 'this Consul does not tell its policy');
    given.world.set('pay');
    await fullSync(given.parts);
    await given.server.ok('PUT', `/v1/acl/token/${anonymous}`, { AccessorID: anonymous, Policies: [] });
    const before = await readCatalog(given.server);
    const report = await run(given.registrator({}, ''));
    expect(report).toMatchObject({
      complete: false,
      changes: [],
      warnings: [
        { message: expect.stringContaining('node:read'), hint: expect.stringContaining('node:read') },
      ],
    });
    expect(JSON.stringify(report)).not.toContain('Another writer');
    expect(await readCatalog(given.server)).toEqual(before);
  });
});

describe('a node that is hidden', () => {
  it('is named when a creation finds the service there, and not another writer', async () => {
    given.world.set('pay');
    given.world.set('mail');
    await fullSync(given.parts);
    const services = { Name: 'every-service', Rules: 'service_prefix "" { policy = "write" }' };
    await given.server.ok('PUT', '/v1/acl/policy', services);
    const token = { AccessorID: anonymous, Policies: [{ Name: services.Name }] };
    await given.server.ok('PUT', `/v1/acl/token/${anonymous}`, token);
    await given.server.ok('DELETE', '/v1/config/service-defaults/pay');
    expect(await fullSync(given.registrator({}, ''))).toMatchObject({
      complete: false,
      skips: [
        { service: 'mail', reason: 'unconfirmed' },
        { service: 'pay', reason: 'unconfirmed' },
      ],
      warnings: [{ message: expect.stringContaining('node:read') }],
      failures: [],
    });
    expect(Object.keys((await readCatalog(given.server)).services).toSorted()).toEqual(['mail', 'pay']);
  });
});
