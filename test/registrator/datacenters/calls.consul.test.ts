import { expect, it } from 'vitest';
import { systemClock } from '../../../src/core/clock.ts';
import { fullSync, syncOf } from '../../support/registrator/registrator.ts';
import { useRegistrator } from '../../support/registrator/use-registrator.ts';

const given = useRegistrator();

const listings = () => given.requests().filter((request) => request === 'GET /v1/catalog/datacenters').length;

it('costs a single datacenter one read more in a run that creates or deletes names, for ten minutes', async () => {
  let ahead = 0;
  const parts = { ...given.parts, clock: { ...systemClock, now: () => systemClock.now() + ahead } };
  given.world.set('stays');
  for (const [step, asked] of [
    [() => fullSync(parts), 1],
    [() => fullSync(parts), 0],
    [() => (given.world.set('a'), fullSync(parts)), 0],
    [() => (given.world.remove('a'), syncOf(parts, 'a')), 0],
    [() => ((ahead = 10 * 60_000), fullSync(parts)), 0],
    [() => (given.world.set('stays', { enabled: 'true', 'service-tags': 'blue' }), fullSync(parts)), 0],
    [() => (given.world.set('b'), syncOf(parts, 'b')), 1],
    [() => (given.world.remove('b'), fullSync(parts)), 0],
  ] as const) {
    given.watch();
    expect(await step()).toMatchObject({ failures: [], skips: [], warnings: [] });
    expect(listings()).toBe(asked);
  }
});

it('makes the two reads of home alone where nothing is to be done', async () => {
  given.world.set('pay');
  await fullSync(given.parts);
  given.watch();
  await fullSync(given.parts);
  expect(
    given
      .requests()
      .filter((request) => !request.startsWith('GET /v1/agent/'))
      .toSorted(),
  ).toEqual(
    expect.arrayContaining(['GET /v1/catalog/node/lambdas', 'GET /v1/config/service-defaults']) as string[],
  );
  expect(
    given.requests().filter((request) => /catalog|config\/service-defaults$/.test(request)),
  ).toHaveLength(2);
});
