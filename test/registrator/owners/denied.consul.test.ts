import { describe, expect, it } from 'vitest';
import { listOwners } from '../../../src/registrator/owners/list.ts';
import { releaseServices } from '../../../src/registrator/owners/release.ts';
import { readCatalog } from '../../support/catalog.ts';
import { testDeadline } from '../../support/consul-client.ts';
import { atLeast } from '../../support/consul-server.ts';
import { fullSync } from '../../support/registrator.ts';
import { useRegistrator } from '../../support/use-registrator.ts';

const given = useRegistrator({ acl: true });

const readsAll = 'node_prefix "" { policy = "read" } service_prefix "" { policy = "read" }';

describe('with a token that may only read', () => {
  it('release fails for good, names the rule, and changes nothing', async () => {
    given.world.set('pay');
    await fullSync(given.parts);
    const before = await readCatalog(given.server);
    const parts = given.registrator({}, await given.server.createToken(readsAll));
    const { services } = await releaseServices(parts, ['pay'], testDeadline());
    expect(services).toMatchObject([{ outcome: 'failed', code: 'UPSTREAM_AUTH', retryable: false }]);
    expect(await readCatalog(given.server)).toEqual(before);
  });

  it('owners shows everything', async () => {
    given.world.set('pay');
    await fullSync(given.parts);
    const { consul, config } = given.registrator({}, await given.server.createToken(readsAll));
    const listing = await listOwners({ consul, config, deadline: testDeadline() });
    expect(listing).toMatchObject({ owners: [{ services: 1, example: 'pay' }], unseen: [] });
  });
});

describe('with a token that may not see our node', () => {
  const rules = 'service_prefix "" { policy = "write" }';

  it('release does not take what is hidden for missing', async () => {
    given.world.set('pay');
    await fullSync(given.parts);
    const parts = given.registrator({}, await given.server.createToken(rules));
    await expect(releaseServices(parts, ['pay'], testDeadline())).rejects.toMatchObject({
      code: 'UPSTREAM_AUTH',
      message: expect.stringContaining('node "lambdas" { policy = "write" }'),
    });
  });

  it('owners says what is hidden, where the server tells', async () => {
    given.world.set('pay');
    await fullSync(given.parts);
    const { consul, config } = given.registrator({}, await given.server.createToken(rules));
    const { owners, unseen } = await listOwners({ consul, config, deadline: testDeadline() });
    expect(owners).toEqual([]);
    const told = unseen.map(({ error }) => error.message.includes('node_prefix "" { policy = "read" }'));
    expect(told).toEqual(atLeast(given.server.version, 1, 11) ? [true] : []);
  });
});
