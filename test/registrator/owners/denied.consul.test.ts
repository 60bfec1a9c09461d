import { describe, expect, it } from 'vitest';
import { listOwners } from '../../../src/registrator/owners/list.ts';
import { releaseServices } from '../../../src/registrator/owners/release.ts';
import { readCatalog } from '../../support/consul/catalog.ts';
import { testDeadline } from '../../support/consul/client.ts';
import { atLeast } from '../../support/consul/server.ts';
import { fullSync } from '../../support/registrator/registrator.ts';
import { account, region } from '../../support/aws/tag-world.ts';
import { useRegistrator } from '../../support/registrator/use-registrator.ts';

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

describe('with a token that may not see the node of a previous owner', () => {
  const rules = 'node "lambdas-2" { policy = "write" } service_prefix "" { policy = "write" }';
  const taking = { NODE_NAME: 'lambdas-2', PREVIOUS_OWNER_IDS: `${account}/${region}/lambdas` };

  it.each([
    ['while its function is enabled', { enabled: 'true' }],
    ['once its function is not', { enabled: 'false' }],
  ])('a sync leaves what is there alone, %s', async (_when, tags) => {
    given.world.set('pay');
    await fullSync(given.parts);
    const before = await readCatalog(given.server);
    given.world.set('pay', tags);
    const says = atLeast(given.server.version, 1, 11);
    const { skips } = await fullSync(given.registrator(taking, await given.server.createToken(rules)));
    // Servers before 1.11 do not say that they hide something.
    if (!says) return;
    expect(await readCatalog(given.server)).toEqual(before);
    expect(skips).toContainEqual(
      expect.objectContaining({
        reason: 'unconfirmed',
        hint: expect.stringContaining('node_prefix ""') as string,
      }),
    );
  });
});
