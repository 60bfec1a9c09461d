import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Consul } from '../../../../src/consul/client.ts';
import { AppError } from '../../../../src/core/errors.ts';
import { consulClient } from '../../../support/consul/client.ts';
import {
  type FakeConsul,
  type FakeFault,
  type FakeService,
  lambdaService,
  startFakeConsul,
} from '../../../support/consul/fake-consul.ts';
import { type FollowedServices, followServices } from '../../../support/agent/followed-services.ts';
import { createManualClock } from '../../../support/clock/manual-clock.ts';
import { waitUntil } from '../../../support/wait-until.ts';

let fake: FakeConsul;
let consul: Consul;
const sources: FollowedServices[] = [];
beforeEach(async () => {
  fake = await startFakeConsul();
  consul = consulClient(fake, { retry: { attempts: 1, baseMs: 1, maxMs: 1 } });
  fake.change({ services: [one('a'), one('b')] });
});
afterEach(async () => {
  for (const source of sources.splice(0)) source.close();
  consul.close();
  await fake.close();
});

const one = (name: string, others: Partial<FakeService> = {}): FakeService => ({
  node: 'n',
  name,
  ...others,
});

function follow(
  ...[settings, clock]: [Parameters<typeof followServices>[1]?, Parameters<typeof followServices>[2]?]
) {
  const source = followServices(consul, settings, clock);
  sources.push(source);
  return source;
}

async function following(settings: Parameters<typeof followServices>[1] = {}): Promise<FollowedServices> {
  const source = follow(settings);
  await source.untilServices('a', 'b');
  await waitUntil('waiting reads', () =>
    ['/catalog/services', '/service/a', '/service/b'].every((path) => isAsked(path)),
  );
  return source;
}

const isAsked = (path: string) =>
  fake.requests.some((request) => request.includes(path) && request.includes('index='));

/** One more change of everything, under the next index. */
function change(update: Parameters<FakeConsul['change']>[0]): void {
  fake.change({ index: String(BigInt(fake.catalog.index ?? '0') + 1n), ...update });
}

const faultAt = (part: string, fault: FakeFault) => (path: string) =>
  path.includes(part) ? fault : undefined;
const broken: FakeFault = { status: 500, body: 'something broke' };

/** Whether no reading since then tells that the service is gone. */
function isKept(source: FollowedServices, service: string): boolean {
  return source.readings.every(
    ({ sightings, unread, isWhole }) =>
      unread.has(service) || (sightings.get(service)?.instances.length ?? (isWhole ? 0 : 1)) > 0,
  );
}

describe('an index', () => {
  it('that went back takes nothing away, and everything is read anew', async () => {
    const source = await following();
    fake.fault = (path) => (path.includes('consistent') ? broken : undefined);
    fake.change({ index: '3', services: [] });
    await waitUntil('failures', () => source.failures.length > 1);
    expect([isKept(source, 'a'), isKept(source, 'b')]).toEqual([true, true]);
    fake.fault = () => undefined;
    fake.change({ services: [one('b', { port: 81 })] });
    await source.untilServices('b');
    await source.until('what is new of b', () => source.instances('b')?.[0]?.port === 81);
  });

  it.each(['0', undefined])('that is %j still brings changes', async (index) => {
    fake.change({ index });
    const source = follow();
    await source.untilServices('a', 'b');
    fake.change({ services: [one('b'), one('c')] });
    await source.untilServices('b', 'c');
    expect(source.failures).toEqual([]);
  });

  it('may be larger than a number can be', async () => {
    fake.change({ index: '18446744073709551613' });
    const source = await following();
    change({ services: [one('a', { port: 81 }), one('b')] });
    await source.until('the change', () => source.instances('a')?.[0]?.port === 81);
    change({ services: [one('a')] });
    await source.untilServices('a');
    expect(source.failures).toEqual([]);
  });
});

describe('what ACLs hide', () => {
  it('of the catalog is not gone, however long that lasts', async () => {
    const source = await following();
    change({ filtered: true, filteredServices: ['a', 'b'], services: [one('c')] });
    await source.until('the new service', ({ sightings }) => sightings.has('c'));
    await source.until('the hidden ones', ({ unread }) => unread.has('a') && unread.has('b'));
    expect(source.last()?.isWhole).toBe(false);
    change({ services: [one('c'), one('d')] });
    await source.until('another one', ({ sightings }) => sightings.has('d'));
    expect([isKept(source, 'a'), isKept(source, 'b')]).toEqual([true, true]);
    change({ filtered: false, filteredServices: [], services: [one('a'), one('d')] });
    await source.untilServices('a', 'd');
    expect(source.last()?.isWhole).toBe(true);
  });

  it('is told apart from a service that is gone while the token sees a part of the catalog', async () => {
    fake.change({ filtered: true });
    const source = follow();
    await source.untilServices('a', 'b');
    change({ services: [one('b')] });
    await source.until('the end of a', () => source.instances('a')?.length === 0);
    expect(source.sighting('a')).toEqual({ service: 'a', instances: [], fallback: [], isFunction: false });
    expect(source.last()?.isWhole).toBe(false);
    change({ services: [one('a'), one('b')] });
    await source.until('a again', () => source.instances('a')?.length === 1);
  });

  it('of one service holds that service alone', async () => {
    const source = await following();
    change({ filteredServices: ['a'], services: [one('a', { port: 81 }), one('b', { port: 82 })] });
    await source.until('b', () => source.instances('b')?.[0]?.port === 82);
    await source.until('a to be unread', ({ unread }) => [...unread].join() === 'a');
    expect(source.last()?.problems).toMatchObject([{ source: 'consul', service: 'a' }]);
    fake.change({ filteredServices: [] });
    await source.until('a, though the index is the same', () => source.instances('a')?.[0]?.port === 81);
    expect(source.last()?.problems).toEqual([]);
  });

  it('is what a service has that is listed without instances', async () => {
    const source = await following();
    change({ services: [one('a', { node: 'secret' }), one('b')], hiddenNodes: ['secret'] });
    await source.until('a to be unread', ({ unread }) => [...unread].join() === 'a');
    expect(source.last()?.problems[0]?.message).toContain('node:read');
  });
});

describe('a read that fails', () => {
  const faults: [string, FakeFault][] = [
    ['500', broken],
    ['403', { status: 403, body: 'Permission denied' }],
    ['429', { status: 429, body: 'slow down' }],
    ['cut', 'cut'],
    ['JSON that ends early', { status: 200, body: '[{"Node":', json: true }],
    ['another shape', { status: 200, body: '{"a":[1]}', json: true }],
    ['a web page', { status: 200, body: '<html>' }],
  ];

  it.each(faults)('for one service (%s) holds that service alone', async (_what, fault) => {
    fake.fault = faultAt('/service/a', fault);
    const source = follow();
    await source.until('b', ({ sightings, unread }) => sightings.has('b') && unread.has('a'));
    expect(source.last()).toMatchObject({ isWhole: true, problems: [{ service: 'a', instance: undefined }] });
    expect(source.failures).toEqual([]);
    fake.fault = () => undefined;
    await source.untilServices('a', 'b');
  });

  it.each(faults)(
    'for the catalog (%s) is a failure of the source, and takes nothing away',
    async (_what, fault) => {
      const source = await following();
      const readings = source.readings.length;
      fake.fault = faultAt('/catalog/services', fault);
      change({});
      await waitUntil('failures', () => source.failures.length > 1);
      change({ services: [one('a', { port: 81 })] });
      expect(source.failures[0]).toBeInstanceOf(AppError);
      await source.until('news of a', () => source.instances('a')?.[0]?.port === 81);
      expect(
        source.readings
          .slice(readings)
          .every(({ sightings, unread }) => sightings.has('b') || unread.has('b')),
      ).toBe(true);
      fake.fault = () => undefined;
      await source.untilServices('a');
    },
  );

  it('of everything brings no reading', async () => {
    const source = await following();
    fake.fault = () => broken;
    change({});
    await waitUntil('failures', () => source.failures.length > 1);
    const readings = source.readings.length;
    const failures = source.failures.length;
    await waitUntil('more failures', () => source.failures.length > failures + 1);
    expect(source.readings).toHaveLength(readings);
    expect(isKept(source, 'a')).toBe(true);
  });

  it.each(['/catalog/nodes', '/health/state', '/catalog/node/n'])(
    'at %s, where services are watched together, is a failure of the source',
    async (part) => {
      fake.fault = faultAt(part, broken);
      const source = follow({ maxConnections: 3 });
      await waitUntil('a failure', () => source.failures.length > 0);
      fake.fault = () => undefined;
      await source.untilServices('a', 'b');
      await waitUntil('waiting reads', () => isAsked('/health/state') && isAsked('/catalog/services'));
      expect(source.last()?.problems).toEqual([]);
    },
  );
});

describe('a service that does not answer', () => {
  it('keeps the first reading back for two seconds, and no other', async () => {
    fake.fault = faultAt('/service/a', 'silence');
    const clock = createManualClock();
    const source = follow({}, clock);
    await waitUntil('a question', () => fake.requests.some((path) => path.includes('/service/b?')));
    await waitUntil('a read of b', async () => {
      await clock.advance(0);
      return isAsked('/service/b');
    });
    expect(source.readings).toEqual([]);
    await clock.advance(2_000);
    await source.until('b', ({ sightings, unread }) => sightings.has('b') && unread.has('a'));
    change({ services: [one('a'), one('b', { port: 81 })] });
    await source.until('news of b', () => source.instances('b')?.[0]?.port === 81);
  });
});

describe('a server that lost its leader', () => {
  it.each([20_000, undefined])('is overruled by one that has one (lag %j)', async (lagMs) => {
    const source = await following();
    fake.requests.length = 0;
    change({ lagMs, services: [one('a', { port: 81 }), one('b')] });
    await source.until('the change', () => source.instances('a')?.[0]?.port === 81);
    const isRead = (path: string) => fake.requests.includes(`/v1${path}?consistent=`);
    await waitUntil('consistent reads', () => isRead('/catalog/services') && isRead('/health/service/a'));
    expect(source.failures).toEqual([]);
  });

  it('tells nothing while there is none', async () => {
    const source = await following();
    const readings = source.readings.length;
    fake.fault = (path) =>
      path.includes('consistent') ? { status: 500, body: 'No cluster leader' } : undefined;
    change({ lagMs: undefined, services: [] });
    await waitUntil('failures', () => source.failures.length > 1);
    expect(source.readings.slice(readings)).toEqual([]);
  });

  it.each([true, false])('may tell of news when that is wanted (%j)', async (stale) => {
    await following({ stale });
    const waits = fake.requests.filter((path) => path.includes('index='));
    expect(new Set(waits.map((path) => path.includes('stale=')))).toEqual(new Set([stale]));
  });
});

describe('a source', () => {
  it('ends the watch of a service that vanished', async () => {
    const source = await following();
    change({ services: [one('b')] });
    await source.untilServices('b');
    fake.requests.length = 0;
    change({ services: [one('b', { port: 81 })] });
    await source.until('the change', () => source.instances('b')?.[0]?.port === 81);
    await waitUntil('the next wait', () => isAsked('/service/b') && isAsked('/catalog/services'));
    expect(fake.requests.filter((path) => path.includes('/service/a'))).toEqual([]);
  });

  it('keeps a function whose Meta cannot be read', async () => {
    fake.change({ services: [lambdaService('pay', { 'lambda-route-host': 'pay.example' })] });
    const source = follow();
    await source.untilServices('pay');
    change({ services: [lambdaService('pay', { 'registrator-schema': '99' })] });
    await source.until('it to be unread', ({ unread }) => unread.has('pay'));
    expect(source.last()?.problems).toMatchObject([{ service: 'pay', instance: 'lambdas/pay' }]);
  });

  it('believes an empty catalog, for others to judge', async () => {
    const source = await following();
    change({ services: [] });
    await source.untilServices();
    expect(source.last()).toEqual({ sightings: new Map(), unread: new Set(), isWhole: true, problems: [] });
  });

  it('says nothing after it was closed', async () => {
    const source = await following();
    change({ services: [one('c')] });
    source.close();
    source.refresh();
    const readings = source.readings.length;
    await follow().untilServices('c');
    expect(source.readings).toHaveLength(readings);
    expect(source.failures).toEqual([]);
  });
});
