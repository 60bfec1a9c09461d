import { describe, expect, it } from 'vitest';
import type { FakeFault } from '../../support/consul/fake-consul.ts';
import { a, b, c, routed, useFollowedConsul } from '../../support/proxy/use-followed-consul.ts';
import { waitUntil } from '../../support/wait-until.ts';

const given = useFollowedConsul();

describe('what was there stays', () => {
  it.each<[string, FakeFault]>([
    ['Consul fails', { status: 500, body: 'rpc error making call' }],
    ['the token is unknown', { status: 403, body: 'ACL not found' }],
    ['an answer is cut', 'cut'],
    ['an answer is no JSON', { status: 200, body: '{"a":', json: true }],
    ['an answer is something else', { status: 200, body: '[1]', json: true }],
    ['an answer is that of a stranger', { status: 200, body: '<html>' }],
  ])('while %s, until Consul answers again', async (_what, fault) => {
    await given.followed();
    given.fake.fault = () => fault;
    given.change({ services: [routed('c')] });
    await given.failing();
    expect(given.source.table()).toEqual([a, b]);
    given.fake.fault = () => undefined;
    await given.eventually('the new routes', () => given.hasRoutes(c));
    await waitUntil('an answer', () => given.source.state().up);
    expect(given.source.log.map(({ message }) => message)).toEqual(['source failed', 'source back']);
  });

  it('while details cannot be read, and is read again without another change', async () => {
    await given.followed();
    given.fake.fault = (path) => (path.includes('/catalog/node/') ? { status: 500, body: 'no' } : undefined);
    given.change({ services: [routed('a'), routed('c')] });
    await given.failing();
    expect(given.source.table()).toEqual([a, b]);
    given.fake.fault = () => undefined;
    await given.eventually('the new routes', () => given.hasRoutes(a, c));
  });

  it('while no answer comes, even where the last was empty', async () => {
    await given.followed();
    given.fake.fault = () => 'silence';
    given.change({ services: [] });
    await given.eventually('a failure', () => !given.source.state().up);
    await given.clock.advance(120_000);
    expect(given.source.table()).toEqual([a, b]);
  });

  it.each([
    ['empty', []],
    ['empty but for Consul itself', [{ node: 'agent', name: 'consul' }]],
  ])('when the catalog is %s, until that has stood for ten seconds', async (_how, services) => {
    await given.followed();
    const since = given.clock.now();
    given.change({ services });
    await given.eventually('nothing', () => given.hasRoutes());
    expect(given.clock.now() - since).toBeGreaterThanOrEqual(10_000);
    expect(given.clock.now() - since).toBeLessThanOrEqual(20_000);
    expect(given.source.log).toEqual([]);
  });

  it('no longer than its services, while there are others', async () => {
    await given.followed();
    given.change({ services: [{ node: 'web', name: 'web' }] });
    expect(await given.soon()).toBe(true);
  });

  it('when the catalog is empty and fails before that is believed', async () => {
    await given.followed();
    given.change({ services: [] });
    await given.clock.advance(5_000);
    given.fake.fault = () => ({ status: 500, body: 'No cluster leader' });
    await given.eventually('a failure', () => !given.source.state().up);
    await given.clock.advance(30_000);
    expect(given.source.table()).toEqual([a, b]);
    given.fake.fault = () => undefined;
    given.change({ services: [routed('b')] });
    await given.eventually('what is there', () => given.hasRoutes(b));
    await given.clock.advance(30_000);
    expect(given.source.table()).toEqual([b]);
  });

  it('when ACLs hide some of it, with one warning', async () => {
    await given.followed();
    for (let wake = 0; wake < 3; wake += 1) {
      given.change({ services: [routed('b')], filtered: true });
      await given.listening();
    }
    expect(given.source.table()).toEqual([a, b]);
    given.change({ services: [] });
    await given.listening();
    await given.clock.advance(20_000);
    expect(given.source.table()).toEqual([a, b]);
    expect(given.warned()).toEqual(['Consul hides services from the token: what is gone keeps its route']);
    given.change({ services: [routed('b')], filtered: false });
    await given.eventually('what is left', () => given.hasRoutes(b));
  });

  it('when ACLs hide its node', async () => {
    await given.followed();
    given.change({ hiddenNodes: ['lambdas'] });
    await given.listening();
    expect(given.source.table()).toEqual([a, b]);
    expect(given.warned()).toEqual([expect.stringContaining('Consul hides nodes from the token')]);
  });

  it('but what a token never saw whole goes when it goes', async () => {
    given.fake.change({ filtered: true });
    await given.followed();
    given.change({ services: [routed('b')] });
    await given.soon(b);
    expect(given.source.log).toEqual([]);
  });
});

it('what a token may see again counts, though no index says so', async () => {
  given.fake.change({ services: [routed('a')], filtered: true });
  await given.follow();
  expect(given.source.table()).toEqual([a]);
  await given.listening();
  given.fake.change({ services: [routed('a'), routed('b')], filtered: false });
  await given.soon(a, b);
});

it('what is read anew, at first and after a failure, is read consistently', async () => {
  const reads = () => given.fake.requests.filter((request) => request.includes('/catalog/services'));
  await given.follow();
  expect(reads()[0]).toBe('/v1/catalog/services?consistent=');
  await given.listening();
  expect(reads().at(-1)).toMatch(/services\?index=\d+&wait=30000ms$/);
  given.fake.fault = () => ({ status: 500, body: 'No cluster leader' });
  given.change({});
  await given.failing();
  given.fake.fault = () => undefined;
  given.fake.requests.length = 0;
  await given.eventually('an answer', () => given.source.state().up);
  expect(reads()[0]).toBe('/v1/catalog/services?consistent=');
});

describe('an index', () => {
  it.each(['0', undefined])('of %j is not waited for, and routes follow still', async (odd) => {
    given.fake.change({ index: odd });
    await given.follow();
    expect(given.source.table()).toEqual([a, b]);
    given.fake.change({ services: [routed('c')] });
    await given.eventually('the new routes', () => given.hasRoutes(c));
    const before = given.clock.now();
    given.fake.requests.length = 0;
    await given.eventually(
      'five polls',
      () => given.fake.requests.filter((path) => path.includes('/services')).length >= 5,
    );
    expect(given.clock.now() - before).toBeGreaterThanOrEqual(2_000);
  });

  it('that went back starts anew', async () => {
    given.fake.change({ index: '5000' });
    await given.followed();
    given.fake.change({ index: '12', services: [routed('c')] });
    await given.eventually('the new routes', () => given.hasRoutes(c));
    await given.listening();
    expect(given.fake.requests).not.toContainEqual(expect.stringContaining('index=5000'));
  });

  it('beyond what numbers hold is waited for as it came', async () => {
    given.fake.change({ index: '9223372036854775806' });
    await given.followed();
    given.fake.change({ index: '9223372036854775807', services: [routed('c')] });
    await given.soon(c);
    await given.listening();
    expect(given.fake.requests).toContainEqual(expect.stringContaining('index=9223372036854775807&'));
  });
});
