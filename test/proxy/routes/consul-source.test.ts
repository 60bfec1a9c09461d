import { describe, expect, it } from 'vitest';
import { managedTag } from '../../../src/lambda-service/service.ts';
import { lambdaService } from '../../support/consul/fake-consul.ts';
import { arnOf } from '../../support/aws/tag-world.ts';
import { a, b, c, routed, useFollowedConsul } from '../../support/proxy/use-followed-consul.ts';
import { waitUntil } from '../../support/wait-until.ts';

const given = useFollowedConsul();

describe('the first answer', () => {
  it('is waited for, and empty ones count', async () => {
    given.fake.change({ services: [] });
    await given.follow();
    expect(given.source.table()).toEqual([]);
    await waitUntil('an answer', () => given.source.state().up);
    expect(given.source.state()).toEqual({ up: true, lastSuccess: expect.any(Number), ageS: 0 });
    expect(Math.abs(Date.now() - given.source.state().lastSuccess)).toBeLessThan(60_000);
  });

  it('is waited for during ten seconds at most, and its routes come later', async () => {
    given.fake.fault = () => 'silence';
    void given.follow();
    let ready = false;
    void given.source.ready.then(() => (ready = true));
    await waitUntil('a request', () => given.fake.requests.length > 0);
    await given.clock.advance(9_999);
    expect(ready).toBe(false);
    await given.clock.advance(1);
    await given.source.ready;
    expect(given.source.table()).toBeUndefined();
    expect(given.source.state()).toEqual({ up: false, lastSuccess: 0, ageS: 10 });
    given.fake.fault = () => undefined;
    await given.eventually('routes', () => given.hasRoutes(a, b));
  });

  it('is not waited for once the source is closed', async () => {
    given.fake.fault = () => 'silence';
    void given.follow();
    given.source.close();
    await given.source.ready;
    expect(given.source.table()).toBeUndefined();
  });
});

describe('routes', () => {
  it('come, change and go with the index', async () => {
    await given.followed();
    given.change({ services: [routed('a'), routed('c')] });
    await given.soon(a, c);
    await given.listening();
    given.change({ services: [{ ...routed('c'), tags: [] }, routed('a')] });
    await given.soon(a);
    expect(given.source.told()).toBe(3);
  });

  it('are told once for as long as they stay the same', async () => {
    await given.followed();
    given.change({ services: [...given.fake.catalog.services, { node: 'web', name: 'web' }] });
    await given.listening();
    expect(given.source.told()).toBe(1);
  });

  it('of which many are on one node take few requests', async () => {
    const names = Array.from({ length: 300 }, (_one, at) => `s${at}`);
    given.fake.change({ services: names.map((name) => routed(name)) });
    await given.follow();
    expect(given.source.routes()).toHaveLength(300);
    expect(given.fake.requests.length).toBeLessThan(40);
  });

  it('of a service are those of the smaller node, also where the larger was known first', async () => {
    const on = (node: string) => ({
      ...routed('s', node),
      meta: { 'lambda-arn': arnOf(node), 'lambda-route-host': 's' },
    });
    const others = Array.from({ length: 100 }, (_one, at) => routed(`s${at}`, 'n2'));
    given.fake.change({ services: [on('n2'), ...others] });
    await given.follow();
    expect(given.source.table()).toContain('s/ n2');
    given.fake.change({ services: [on('n2'), ...others, on('n1')] });
    await given.eventually('the other node', () => {
      given.change({});
      return given.source.table()?.includes('s/ n1') ?? false;
    });
    given.change({ services: [on('n2'), ...others] });
    await given.eventually('the node that is left', () => given.source.table()?.includes('s/ n2') ?? false);
  });

  it('of a service whose Meta goes wrong stay, with one warning', async () => {
    await given.followed();
    const broken = { ...routed('a'), meta: { 'lambda-arn': 'none' } };
    for (let wake = 0; wake < 3; wake += 1) {
      given.change({ services: [broken, routed('b')] });
      await given.listening();
    }
    expect(given.source.table()).toEqual([a, b]);
    expect(given.warned()).toEqual(['The Meta of a service cannot be read: it keeps the route that it has']);
  });
});

describe('the log', () => {
  it('tells once a minute of a source without news, and why', async () => {
    await given.followed();
    given.fake.fault = () => ({ status: 500, body: 'away' });
    given.change({});
    await given.failing();
    await given.clock.advance(180_000);
    const stale = given.source.log.filter(({ message }) => message === 'source stale');
    expect(stale.length).toBeGreaterThanOrEqual(2);
    expect(stale.length).toBeLessThanOrEqual(3);
    expect(stale[0]).toMatchObject({
      level: 'warn',
      fields: { source: 'consul', error: expect.any(String) },
    });
    const ages = stale.map(({ fields }) => Number(fields['age_s']));
    expect(ages[0]).toBeGreaterThanOrEqual(60);
    expect((ages[1] ?? 0) - (ages[0] ?? 0)).toBe(60);
  });

  it('says nothing of a catalog in which nothing happens', async () => {
    await given.followed();
    for (let minutes = 0; minutes < 3; minutes += 1) {
      given.fake.change({});
      await given.listening();
      await given.clock.advance(30_000);
    }
    expect(given.source.log).toEqual([]);
    expect(given.source.state().up).toBe(true);
  });

  it('warns once of two services that ask for one host', async () => {
    const same = (name: string) => lambdaService(name, { 'lambda-route-host': 'one.example' });
    given.fake.change({ services: [same('b'), same('a')] });
    await given.follow();
    for (let wake = 0; wake < 3; wake += 1) {
      given.change({});
      await given.listening();
    }
    expect(given.source.table()).toEqual(['one.example/ a']);
    expect(given.warned()).toEqual([
      'A route of a service belongs to another service, whose name is smaller',
    ]);
  });
});

it('a closed source asks nothing and tells nothing', async () => {
  await given.followed();
  given.source.close();
  given.fake.requests.length = 0;
  given.change({ services: [{ node: 'n', name: 'x', tags: [managedTag] }] });
  await given.clock.advance(120_000);
  expect(given.fake.requests).toEqual([]);
  expect(given.source.told()).toBe(1);
  expect(given.source.log).toEqual([]);
});
