import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Consul } from '../../../../src/consul/client.ts';
import { consulClient } from '../../../support/consul/client.ts';
import { type FakeConsul, startFakeConsul } from '../../../support/consul/fake-consul.ts';
import { type FollowedServices, followServices } from '../../../support/agent/followed-services.ts';
import { waitUntil } from '../../../support/wait-until.ts';

let fake: FakeConsul;
let consul: Consul;
let source: FollowedServices;
beforeEach(async () => {
  fake = await startFakeConsul();
  consul = consulClient(fake, { retry: { attempts: 1, baseMs: 1, maxMs: 1 } });
  fake.change({ services: ['a', 'b'].map((name) => ({ node: 'n', name })) });
  source = followServices(consul);
  await source.untilServices('a', 'b');
  const isWaiting = (path: string) =>
    fake.requests.some((request) => request.includes(path) && request.includes('index='));
  await waitUntil('waiting reads', () => ['/catalog/services', '/service/a', '/service/b'].every(isWaiting));
});
afterEach(async () => {
  source.close();
  consul.close();
  await fake.close();
});

describe('a source that is asked to look', () => {
  it('tells again what it knows', async () => {
    const before = source.last();
    const readings = source.readings.length;
    source.refresh();
    await waitUntil('a reading', () => source.readings.length > readings);
    expect(source.last()).toEqual(before);
  });

  it('tells nothing before every service was read again', async () => {
    const before = source.readings.length;
    const isHealth = (path: string): boolean => path.includes('/health/service/');
    let seen = 0;
    fake.fault = (path) => (isHealth(path) && (seen += 1) > 0 ? 'silence' : undefined);
    source.refresh();
    await waitUntil('the reads of both services', () => seen >= 2);
    expect(source.readings).toHaveLength(before);
  });

  it('tries again when that fails', async () => {
    fake.fault = (path) =>
      path.includes('consistent') ? { status: 500, body: 'something broke' } : undefined;
    source.refresh();
    await waitUntil('the failure', () => source.failures.length > 0);
    const before = source.readings.length;
    fake.fault = () => undefined;
    await waitUntil('a reading', () => source.readings.length > before);
    expect(source.last()?.unread).toEqual(new Set());
  });
});
