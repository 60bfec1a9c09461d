import { expect, test } from 'vitest';
import { leafMetaKeys } from '../../../src/lambda-service/service.ts';
import { isIntact } from '../../../src/registrator/extension-data/content.ts';
import { writtenOf } from '../../../src/registrator/extension-data/written.ts';
import { createParameterWorld } from '../../support/aws/parameter-world.ts';
import { testDeadline } from '../../support/consul/client.ts';
import { fullSync, syncOf } from '../../support/registrator/registrator.ts';
import { useEnterprise } from '../../support/places/use-enterprise.ts';

const given = useEnterprise({
  places: { default: ['team'], sales: ['shop'] },
  env: { CONSUL_EXTENSION_DATA_PREFIX: '/mesh' },
});

const inTeam = { enabled: 'true', namespace: 'team', aliases: 'prod' };

/** A registrator with a Parameter Store, and the paths of what that holds. */
function registrator() {
  const { parameters, values } = createParameterWorld();
  const parts = { ...given.registrator({}), parameters };
  return { parts, values, paths: () => [...values.keys()].toSorted() };
}

test('parameters stand under partition and namespace', async () => {
  const { parts, paths, values } = registrator();
  given.world.set('plain');
  given.world.set('own', { ...inTeam, 'service-name': 'pay' });
  expect(await fullSync(parts)).toMatchObject({ complete: true, failures: [], warnings: [] });
  expect(paths()).toEqual(['/mesh/default/default/plain', '/mesh/default/team/own']);
  const place = { partition: 'default', namespace: 'team' };
  const { services } = await given.consul.nodeServices(place, 'lambdas', testDeadline());
  const service = services.find(({ ID }) => ID === 'pay');
  const [value, written] = [values.get('/mesh/default/team/own'), service && writtenOf(service)];
  expect(value && written && isIntact(value, 'pay', written)).toBe(true);
  expect(service?.Meta?.[leafMetaKeys.parameter]).toBe('/mesh/default/team/own');
});

test.each(['full sync', 'event'])(
  'a parameter moves with its function between namespaces: %s',
  async (by) => {
    const { parts, paths } = registrator();
    const sync = () => (by === 'event' ? syncOf(parts, 'own') : fullSync(parts));
    given.world.set('own', inTeam);
    await sync();
    expect(paths()).toEqual(['/mesh/default/team/own']);
    given.world.set('own');
    expect(await sync()).toMatchObject({ failures: [] });
    expect(paths()).toEqual(['/mesh/default/default/own']);
    given.world.remove('own');
    await sync();
    expect(paths()).toEqual([]);
  },
);

test.each(['full sync', 'event'])(
  'functions of other partitions are a warning, and have no parameter: %s',
  async (by) => {
    const { parts, paths } = registrator();
    given.world.set('sold', { enabled: 'true', partition: 'sales', namespace: 'shop', aliases: 'prod' });
    given.world.set('own', inTeam);
    const report = await (by === 'event' ? syncOf(parts, 'sold', 'own') : fullSync(parts));
    expect(report).toMatchObject({ complete: true, failures: [] });
    expect(report.warnings).toMatchObject([
      { service: 'sold', tag: 'partition', message: expect.stringContaining('partition sales') },
    ]);
    expect(paths()).toEqual(['/mesh/default/team/own']);
  },
);

test('a function that moves to another partition loses its parameter', async () => {
  const { parts, paths } = registrator();
  given.world.set('own', inTeam);
  await fullSync(parts);
  given.world.set('own', { enabled: 'true', partition: 'sales', namespace: 'shop' });
  await fullSync(parts);
  expect(paths()).toEqual([]);
});
