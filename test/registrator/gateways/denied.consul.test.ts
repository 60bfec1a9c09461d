import { beforeEach, describe, expect, it } from 'vitest';
import type { Registrator } from '../../../src/registrator/run.ts';
import { readCatalog } from '../../support/consul/catalog.ts';
import { atLeast, startConsul } from '../../support/consul/server.ts';
import { linksOf, removeGateways, setLinks } from '../../support/registrator/gateways.ts';
import { fullSync } from '../../support/registrator/registrator.ts';
import { useRegistrator } from '../../support/registrator/use-registrator.ts';

const given = useRegistrator({
  acl: true,
  start: () => startConsul({ acl: true }),
  env: { TERMINATING_GATEWAY: 'gw', MAX_DELETE_PERCENT: '100' },
});
const policy = [
  'node "lambdas" { policy = "write" }',
  'node_prefix "" { policy = "read" }',
  'service_prefix "fn-" { policy = "write" }',
];
const mayRead = 'service "gw" { policy = "read" }';
const mayWrite = () => (atLeast(given.server.version, 1, 12) ? 'mesh = "write"' : 'operator = "write"');

const missing = [
  ['mesh', () => [mayRead]],
  ['the right to read the gateway', () => [mayWrite()]],
  ['both', () => []],
] as const;

beforeEach(() => removeGateways(given.server));

async function registratorWith(
  rules: readonly string[],
  env: Record<string, string> = {},
): Promise<Registrator> {
  const token = await given.server.createToken([...policy, ...rules].join('\n'));
  return given.registrator(env, token);
}

async function metaOf(): Promise<Record<string, string | undefined>> {
  const { services } = await readCatalog(given.server);
  return Object.fromEntries(
    Object.entries(services).map(([name, { Meta }]) => [name, Meta['lambda-terminating-gateway']]),
  );
}

it('the rules that are needed suffice, from nothing to nothing', async () => {
  const parts = await registratorWith([mayRead, mayWrite()]);
  given.world.set('fn-pay');
  expect(await fullSync(parts)).toMatchObject({ counts: { created: 1 }, warnings: [], failures: [] });
  expect(await linksOf(given.server, 'gw')).toEqual(['fn-pay']);
  given.world.remove('fn-pay');
  expect(await fullSync(parts)).toMatchObject({ counts: { deleted: 1 }, warnings: [], failures: [] });
  expect([await linksOf(given.server, 'gw'), await metaOf()]).toEqual([[], {}]);
});

describe.each(missing)('without %s', (_what, rules) => {
  it('all else is done, one warning says what to allow, and later runs try again', async () => {
    const parts = await registratorWith(rules());
    given.world.set('fn-pay', { enabled: 'true', aliases: 'prod' });
    given.world.set('fn-mail');
    const report = await fullSync(parts);
    expect(report).toMatchObject({ complete: true, counts: { created: 3, failed: 0, skipped: 0 } });
    expect(report.warnings).toHaveLength(1);
    expect(report.warnings[0]?.message).toContain('fn-mail (gw), fn-pay (gw), fn-pay-prod (gw)');
    expect(report.warnings[0]?.hint).toContain('mesh = "write"');
    expect(report.warnings[0]?.hint).toContain(mayRead);
    expect(Object.keys(await metaOf()).toSorted()).toEqual(['fn-mail', 'fn-pay', 'fn-pay-prod']);

    given.watch();
    const again = await fullSync(parts);
    expect(again).toMatchObject({ counts: { created: 0, updated: 0, failed: 0 }, changes: [] });
    expect(again.warnings).toHaveLength(1);
    expect(given.writes().filter((request) => request.includes('txn'))).toEqual([]);

    expect(await fullSync(given.parts)).toMatchObject({ warnings: [], failures: [] });
    const services = ['fn-mail', 'fn-pay', 'fn-pay-prod'];
    expect((await linksOf(given.server, 'gw')).toSorted()).toEqual(services);
    expect(await metaOf()).toEqual(Object.fromEntries(services.map((name) => [name, 'gw'])));
  });

  it('a service that must go goes, its link stays, and the warning names it', async () => {
    const parts = await registratorWith(rules());
    given.world.set('fn-pay');
    await fullSync(given.parts);
    await setLinks(given.server, 'gw', 'ldap', 'fn-pay');
    given.world.remove('fn-pay');
    const { counts, warnings, failures } = await fullSync(parts);
    expect({ counts, failures }).toMatchObject({ counts: { deleted: 1, failed: 0 }, failures: [] });
    expect(warnings).toMatchObject([
      { message: expect.stringContaining('gone while their links stay: fn-pay (gw)') as string },
    ]);
    expect([await linksOf(given.server, 'gw'), await metaOf()]).toEqual([['ldap', 'fn-pay'], {}]);
  });

  it('a service that would go but may not is not said to be gone', async () => {
    given.world.set('fn-pay');
    await fullSync(given.parts);
    given.world.remove('fn-pay');
    const { warnings } = await fullSync(await registratorWith(rules(), { SYNC_POLICY: 'upsert-only' }));
    for (const { message } of warnings) expect(message).not.toContain('gone');
  });

  it.each([
    ['none', ''],
    ['another one', 'other'],
  ])(
    'the Meta of a service that stays goes on to say that the link is ours: tag for %s',
    async (_tag, gateway) => {
      const parts = await registratorWith(rules());
      given.world.set('fn-pay');
      given.world.set('fn-mail');
      await fullSync(given.parts);
      given.world.set('fn-pay', { enabled: 'true', 'terminating-gateway': gateway });
      given.world.set('fn-mail', {
        enabled: 'true',
        'terminating-gateway': gateway,
        'payload-passthrough': 'true',
      });
      for (const updated of [1, 0]) {
        const { counts, warnings } = await fullSync(parts);
        expect(counts).toMatchObject({ updated, failed: 0 });
        expect(warnings).toHaveLength(1);
        expect(await metaOf()).toEqual({ 'fn-pay': 'gw', 'fn-mail': 'gw' });
        expect(await linksOf(given.server, 'gw')).toEqual(['fn-mail', 'fn-pay']);
      }
      await fullSync(given.parts);
      expect(await linksOf(given.server, 'gw')).toEqual([]);
      expect(await metaOf()).toEqual({ 'fn-pay': gateway || undefined, 'fn-mail': gateway || undefined });
    },
  );
});
