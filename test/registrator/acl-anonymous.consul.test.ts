import { expect, it } from 'vitest';
import { readCatalog } from '../support/catalog.ts';
import { fullSync } from '../support/registrator.ts';
import { useRegistrator } from '../support/use-registrator.ts';

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
