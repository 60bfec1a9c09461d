import { beforeEach, expect, test } from 'vitest';
import type { Registrator } from '../../../src/registrator/run.ts';
import { fullSync, syncOf } from '../../support/registrator/registrator.ts';
import { useEnterprise } from '../../support/places/use-enterprise.ts';

const given = useEnterprise({ acl: true, places: { default: ['team'], sales: ['shop'] } });

let gateway: string;
let count = 0;
beforeEach(() => (gateway = `gateway-${(count += 1)}`));

const inTeam = { enabled: 'true', namespace: 'team' };

function linkedParts(token?: string): Registrator {
  return given.registrator({ TERMINATING_GATEWAY: gateway }, token);
}

/** What the gateway lists, as `namespace/service`. */
async function links(): Promise<string[]> {
  const { status, body } = await given.server.call('GET', `/v1/config/terminating-gateway/${gateway}`);
  if (status === 404) return [];
  const { Services } = body as { Services: { Name: string; Namespace: string }[] };
  return Services.map(({ Name, Namespace }) => `${Namespace}/${Name}`).toSorted();
}

test('links carry the namespaces of services, in the entry of default', async () => {
  given.world.set('plain');
  given.world.set('own', inTeam);
  given.watch();
  expect(await fullSync(linkedParts())).toMatchObject({ complete: true, failures: [], warnings: [] });
  expect(await links()).toEqual(['default/plain', 'team/own']);
  const asked = given.front.requests.filter((request) => /terminating-gateway/.test(request));
  expect(asked.filter((request) => !request.includes('partition=default&ns=default'))).toEqual([]);
  expect((await given.registered('default', 'team')).services['own']?.Meta).toMatchObject({
    'lambda-terminating-gateway': gateway,
  });
  given.watch();
  expect(await fullSync(linkedParts())).toMatchObject({ changes: [] });
  expect(given.writes()).toEqual([]);
});

test.each(['full sync', 'event'])('the link moves with its service between namespaces: %s', async (by) => {
  const sync = () => (by === 'event' ? syncOf(linkedParts(), 'own') : fullSync(linkedParts()));
  given.world.set('own', inTeam);
  await sync();
  given.world.set('own');
  expect(await sync()).toMatchObject({ failures: [] });
  expect(await links()).toEqual(['default/own']);
  given.world.remove('own');
  await sync();
  expect(await links()).toEqual([]);
});

test('one of two services of a name keeps its link when the other goes', async () => {
  given.world.set('one', { ...inTeam, 'service-name': 'pay' });
  given.world.set('two', { enabled: 'true', 'service-name': 'pay' });
  await fullSync(linkedParts());
  given.world.remove('one');
  await fullSync(linkedParts());
  expect(await links()).toEqual(['default/pay']);
});

test('a * among the services of a namespace covers that namespace alone', async () => {
  const Services = [{ Name: '*', Namespace: 'team' }];
  await given.server.ok('PUT', '/v1/config', { Kind: 'terminating-gateway', Name: gateway, Services });
  given.world.set('plain');
  given.world.set('own', inTeam);
  await fullSync(linkedParts());
  expect(await links()).toEqual(['default/plain', 'team/*']);
});

test.each(['full sync', 'event'])(
  'a service of another partition is one warning, and no link: %s',
  async (by) => {
    given.world.set('sold', { enabled: 'true', partition: 'sales', namespace: 'shop' });
    const report = await (by === 'event' ? syncOf(linkedParts(), 'sold') : fullSync(linkedParts()));
    expect(report.warnings).toMatchObject([
      { service: 'sold', tag: 'terminating-gateway', message: expect.stringContaining('partition sales') },
    ]);
    expect(await links()).toEqual([]);
    const { services } = await given.registered('sales', 'shop');
    expect(services['sold']?.Meta).not.toHaveProperty('lambda-terminating-gateway');
  },
);

test('a link goes with its service to another partition', async () => {
  given.world.set('own', inTeam);
  await fullSync(linkedParts());
  given.world.set('own', { enabled: 'true', partition: 'sales', namespace: 'shop' });
  await fullSync(linkedParts());
  expect(await links()).toEqual([]);
  const { services } = await given.registered('sales', 'shop');
  expect(services['own']?.Meta).not.toHaveProperty('lambda-terminating-gateway');
});

test('without mesh:write it is one warning with the rule, and all else is done', async () => {
  const everywhere = 'node_prefix "" { policy = "write" } service_prefix "" { policy = "write" }';
  const rules = `partition_prefix "" { namespace_prefix "" { ${everywhere} } }`;
  given.world.set('own', inTeam);
  given.world.set('sold', { enabled: 'true', partition: 'sales', namespace: 'shop' });
  const denied = await fullSync(linkedParts(await given.server.createToken(rules)));
  expect(denied.failures).toEqual([]);
  expect(denied.warnings.filter(({ hint }) => hint.includes('mesh = "write"'))).toHaveLength(1);
  expect(Object.keys((await given.registered('default', 'team')).services)).toEqual(['own']);
  const allowed = await given.server.createToken(`mesh = "write" ${rules}`);
  await fullSync(linkedParts(allowed));
  expect(await links()).toEqual(['team/own']);
});
