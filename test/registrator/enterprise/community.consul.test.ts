import { describe, expect, test } from 'vitest';
import { listOwners } from '../../../src/registrator/owners/list.ts';
import { releaseServices } from '../../../src/registrator/owners/release.ts';
import { readCatalog } from '../../support/consul/catalog.ts';
import { testDeadline } from '../../support/consul/client.ts';
import { fullSync, syncOf } from '../../support/registrator/registrator.ts';
import { arnOf } from '../../support/aws/tag-world.ts';
import { useRegistrator } from '../../support/registrator/use-registrator.ts';

const given = useRegistrator();

const refusal = { code: 'CONFIG_INVALID', message: expect.stringContaining('ENTERPRISE') };

describe('ENTERPRISE=true on Community', () => {
  test.each([
    ['a full sync', (parts: typeof given.parts) => fullSync(parts)],
    ['a dry run', (parts: typeof given.parts) => fullSync(parts, true)],
    ['an event', (parts: typeof given.parts) => syncOf(parts, 'pay', 'sold')],
    ['a release', (parts: typeof given.parts) => releaseServices(parts, ['pay'], testDeadline())],
    [
      'a list of owners',
      ({ consul, config }: typeof given.parts) => listOwners({ consul, config, deadline: testDeadline() }),
    ],
  ])('refuses %s, and changes nothing', async (_what, run) => {
    given.world.set('pay');
    await fullSync(given.parts);
    const before = await readCatalog(given.server);
    given.world.set('pay', { enabled: 'true', aliases: 'prod' });
    given.world.set('sold', { enabled: 'true', partition: 'sales', namespace: 'shop' });
    for (const PARTITIONS of ['', 'sales', 'default,sales']) {
      given.watch();
      await expect(run(given.registrator({ ENTERPRISE: 'true', PARTITIONS }))).rejects.toMatchObject(refusal);
      expect(given.writes()).toEqual([]);
    }
    expect(await readCatalog(given.server)).toEqual(before);
  });
});

describe('without ENTERPRISE', () => {
  test.each([
    ['full syncs', (..._names: string[]) => fullSync(given.parts)],
    ['events', (...names: string[]) => syncOf(given.parts, ...names)],
  ])('tagged functions are one skip each, and what they have stays: %s', async (_by, sync) => {
    given.world.set('pay', { enabled: 'true', aliases: 'prod' });
    await sync('pay');
    given.world.set('pay', { enabled: 'true', aliases: 'prod+dev', namespace: 'shop' });
    given.world.set('sold', { enabled: 'true', partition: 'sales', namespace: 'shop' });
    given.world.set('plain');
    given.watch();
    const report = await sync('pay', 'sold', 'plain');
    expect(report.skips).toMatchObject([
      { arn: arnOf('pay'), reason: 'unsupported' },
      { arn: arnOf('sold'), reason: 'unsupported' },
    ]);
    expect(Object.keys((await readCatalog(given.server)).services)).toEqual(['pay', 'pay-prod', 'plain']);
    expect(given.front.requests.filter((request) => /partition|ns=|namespace/i.test(request))).toEqual([]);
  });
});
