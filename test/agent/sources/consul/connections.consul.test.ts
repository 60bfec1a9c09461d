import { describe, expect, it } from 'vitest';
import { stateOf, useFollowedServices, ways } from '../../../support/agent/use-followed-services.ts';
import { waitUntil } from '../../../support/wait-until.ts';

const given = useFollowedServices();
const { follow, register, deregister, check } = given;

describe.each(ways)('services that are watched $how', ({ maxConnections }) => {
  it('change without a read of others', async () => {
    for (const name of ['a', 'b', 'c', 'd']) await register({ name });
    given.front.requests.length = 0;
    const source = follow({ maxConnections });
    await source.untilServices('a', 'b', 'c', 'd');
    const watches = maxConnections === 4 ? 3 : 5;
    const waits = () => given.front.requests.filter((request) => request.includes('index='));
    await waitUntil('waiting reads', () => waits().length >= watches);
    const reads = () => given.front.requests.filter((request) => request.includes('/health/service/'));
    const seen = () => `${source.instances('b')?.[0]?.port} ${stateOf(source, 'b')}`;
    for (const [expected, change] of [
      ['80 drain', () => check('critical', 'b')],
      ['81 drain', () => register({ name: 'b', Port: 81 })],
      ['81 ready', () => check('passing', 'b')],
    ] as const) {
      given.front.requests.length = 0;
      await change();
      await source.until(expected, () => seen() === expected);
      await waitUntil('a read', () => reads().length > 0);
      expect(reads().filter((request) => !request.includes('/service/b?'))).toEqual([]);
    }
  });

  it('are read again when they shall be', async () => {
    await register({});
    const source = follow({ maxConnections });
    await source.untilServices('web');
    const readings = source.readings.length;
    given.front.requests.length = 0;
    source.refresh();
    await waitUntil('another reading', () => source.readings.length > readings);
    await waitUntil('a read', () => given.front.requests.includes('GET /v1/health/service/web?consistent='));
    expect(given.front.requests).toContain('GET /v1/catalog/services?consistent=');
    expect(source.last()).toMatchObject({ unread: new Set(), isWhole: true });
    expect(stateOf(source)).toBe('ready');
  });
});

it('follows 500 services over few connections, and reads each once', { timeout: 120_000 }, async () => {
  const names = Array.from({ length: 500 }, (_, count) => `service-${count}`);
  for (const [count, name] of names.entries()) await register({ name, node: `n${count % 5}` });
  await waitUntil('no other connections', () => given.front.connections.open === 0);
  given.front.requests.length = 0;
  given.front.connections.most = 0;
  const source = follow({ maxConnections: 64 });
  await source.untilServices(...names);
  expect(source.readings).toHaveLength(1);
  const of = (path: string) => given.front.requests.filter((request) => request.includes(path));
  expect(new Set(of('/health/service/')).size).toBe(500);
  expect(of('/health/service/')).toHaveLength(500);
  expect(of('/catalog/node/').length).toBeLessThanOrEqual(12);
  expect(given.front.requests.length).toBeLessThan(530);
  expect(given.front.connections.most).toBeLessThanOrEqual(11);

  given.front.requests.length = 0;
  await register({ name: 'service-7', node: 'n2', Port: 7 });
  await source.until('the change', () => source.instances('service-7')?.[0]?.port === 7);
  expect(of('/health/service/')).toEqual(['GET /v1/health/service/service-7?consistent=']);
  given.front.requests.length = 0;
  await deregister('service-8', 'n3');
  await source.until('the end of it', ({ sightings }) => !sightings.has('service-8'));
  await check('critical', 'service-9', 'check', 'n4');
  await source.until('a critical check', () => stateOf(source, 'service-9') === 'drain');
  expect(of('/health/service/')).toEqual(['GET /v1/health/service/service-9?consistent=']);
  expect(source.last()?.sightings.size).toBe(499);
});

it('waits for each of up to as many services as it may have connections', async () => {
  for (const name of ['a', 'b', 'c', 'd']) await register({ name });
  await waitUntil('no other connections', () => given.front.connections.open === 0);
  given.front.connections.most = 0;
  given.front.requests.length = 0;
  const source = follow({ maxConnections: 6 });
  await source.untilServices('a', 'b', 'c', 'd');
  const waiting = () => given.front.requests.filter((request) => /\/health\/service\/.*index=/.test(request));
  await waitUntil('four watches', () => waiting().length === 4);
  await register({ name: 'e' });
  await source.untilServices('a', 'b', 'c', 'd', 'e');
  await waitUntil('the end of the watches', () => given.front.connections.open <= 4);
  await deregister('e');
  await source.untilServices('a', 'b', 'c', 'd');
  await waitUntil('four watches again', () => waiting().length >= 8);
  await deregister('d');
  await source.untilServices('a', 'b', 'c');
  await waitUntil('the end of one watch', () => given.front.connections.open <= 5);
  expect(given.front.connections.most).toBeLessThanOrEqual(6);
});
