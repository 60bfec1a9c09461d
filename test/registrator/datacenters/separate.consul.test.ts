import { describe, expect, it } from 'vitest';
import { registerForeign } from '../../support/registrator/lambda-pairs.ts';
import { fullSync, syncOf } from '../../support/registrator/registrator.ts';
import { useFederation } from '../../support/places/use-federation.ts';

/** Joined, but each datacenter has service-defaults of its own. */
const given = useFederation({ primary: false });

const dc2 = { enabled: 'true', datacenter: 'dc2' };

const refused = (service: string) => ({
  service,
  code: 'UPSTREAM_REJECTED',
  retryable: false,
  message: expect.stringMatching(/Datacenter dc2 keeps .*primary_datacenter.*DATACENTER=dc2/) as string,
});

describe.each([
  { way: 'a full sync', run: () => fullSync(given.parts) },
  { way: 'an event', run: () => syncOf(given.parts, 'new', 'moved', 'other') },
])('$way without primary_datacenter', ({ run }) => {
  it('fails the functions of another datacenter once each, and leaves everything as it was', async () => {
    given.world.set('moved');
    given.world.set('other');
    await run();
    const before = await given.at('dc1');
    given.world.set('moved', dc2);
    given.world.set('new', dc2);
    for (const _attempt of ['first', 'second']) {
      given.watch('dc1');
      const report = await run();
      expect(report.failures).toHaveLength(2);
      expect(report.failures).toEqual(
        expect.arrayContaining(
          ['moved', 'new'].map((name) => expect.objectContaining(refused(name)) as unknown),
        ),
      );
      expect(report).toMatchObject({ changes: [], skips: [], warnings: [] });
      expect(given.writes('dc1').filter((request) => request.includes('dc=dc2'))).toEqual([]);
      expect(await given.at('dc1')).toEqual(before);
      expect(await given.at('dc2')).toEqual({ services: {}, defaults: {} });
      expect(await given.nodeMeta('dc2')).toBeUndefined();
    }
    // What was found is remembered: the second run asked for nothing to be written.
    expect(given.writes('dc1')).toEqual([]);
  });

  it('leaves nothing of a new function behind', async () => {
    given.world.set('new', dc2);
    const report = await run();
    expect(report).toMatchObject({ changes: [], failures: [refused('new')] });
    expect(await given.at('dc1')).toEqual({ services: {}, defaults: {} });
    expect(await given.at('dc2')).toEqual({ services: {}, defaults: {} });
    expect(await given.nodeMeta('dc2')).toBeUndefined();
  });

  it('is not deceived by what a registrator there wrote of the same function', async () => {
    given.world.set('new', dc2);
    await fullSync(given.registrator({ DATACENTER: 'dc2' }, 'dc2'));
    const there = await given.at('dc2');
    expect(Object.keys(there.services)).toEqual(['new']);
    expect(await run()).toMatchObject({ changes: [], failures: [], counts: { unchanged: 1 } });
    await given.server('dc2').ok('PUT', '/v1/catalog/deregister', { Node: 'lambdas', ServiceID: 'new' });
    expect(await run()).toMatchObject({ changes: [], failures: [refused('new')] });
    expect(await given.at('dc1')).toEqual({ services: {}, defaults: {} });
    expect(await given.at('dc2')).toEqual({ ...there, services: {} });
  });
});

it('lets home’s service-defaults answer for home alone once that was found', async () => {
  given.world.set('old');
  given.world.set('new', dc2);
  await fullSync(given.parts);
  await registerForeign(given.server('dc2'), 'old');
  await registerForeign(given.server('dc2'), 'pay');
  given.world.remove('old');
  given.world.set('pay');
  expect(await fullSync(given.parts)).toMatchObject({
    changes: [
      { action: 'create', service: 'pay' },
      { action: 'delete', service: 'old' },
    ],
    failures: [refused('new')],
  });
  expect(Object.keys((await given.at('dc1')).defaults)).toEqual(['pay']);
});
