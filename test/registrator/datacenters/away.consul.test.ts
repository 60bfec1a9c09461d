import { afterEach, describe, expect, it } from 'vitest';
import { arnOf } from '../../support/aws/tag-world.ts';
import { fullSync, syncOf } from '../../support/registrator/registrator.ts';
import { useFederation } from '../../support/places/use-federation.ts';

const given = useFederation();

const clean = { failures: [], skips: [], warnings: [] };

it('fails the functions of a datacenter that Consul does not know, for good, and does the rest', async () => {
  given.world.set('pay');
  await fullSync(given.parts);
  for (const run of [fullSync, syncOfAll]) {
    given.world.set('pay', { enabled: 'true', datacenter: 'dc9' });
    given.world.set('new', { enabled: 'true', datacenter: 'dc9' });
    given.world.set(`mail-${run.name}`.toLowerCase());
    const report = await run(given.parts);
    expect(report.failures).toHaveLength(2);
    for (const name of ['pay', 'new']) {
      expect(report.failures).toContainEqual({
        service: name,
        arn: arnOf(name),
        code: 'UPSTREAM_UNAVAILABLE',
        retryable: false,
        message: expect.stringMatching(/Consul knows no datacenter dc9: .*It knows dc1, dc2/) as string,
      });
    }
    expect(report).toMatchObject({ complete: true, warnings: [], changes: [{ action: 'create' }] });
    expect(Object.keys((await given.at('dc1')).services)).toContain('pay');
  }
});

function syncOfAll(parts = given.parts) {
  return syncOf(parts, 'pay', 'new', 'mail-syncofall');
}

describe.each(['kill', 'pause'] as const)('a datacenter that is away (%s)', (departure) => {
  let isAway = false;
  const takeAway = async () => {
    await given.federation.takeAway('dc2', departure);
    isAway = true;
  };
  const bringBack = async () => {
    if (isAway) await given.federation.bringBack('dc2');
    isAway = false;
  };
  afterEach(bringBack);

  it('is worth another try where something of ours may be, keeps that, and heals', async () => {
    given.world.set('pay', { enabled: 'true', datacenter: 'dc2' });
    given.world.set('stay');
    given.world.set('moves', { enabled: 'true', datacenter: 'dc2' });
    given.world.set('gone', { enabled: 'true', datacenter: 'dc2' });
    given.world.set('old');
    await fullSync(given.parts);
    given.world.remove('gone');
    given.world.remove('old');
    given.world.set('moves');
    given.world.set('new');
    given.world.set('stay', { enabled: 'true', datacenter: 'dc2' });
    await takeAway();
    given.watch('dc1');
    const report = await fullSync(given.parts);
    expect(report.complete).toBe(false);
    expect(report.failures).toMatchObject([
      { service: 'pay', retryable: true },
      { service: 'stay', retryable: true },
    ]);
    for (const { message } of report.failures) expect(message).toContain('Datacenter dc2 is away');
    expect(report.warnings).toMatchObject([
      { message: expect.stringContaining('Datacenter dc2 did not say') as string },
    ]);
    expect(report.skips).toMatchObject([
      { service: 'gone', reason: 'unconfirmed' },
      { service: 'old', reason: 'unconfirmed', message: expect.stringContaining('dc2') as string },
    ]);
    expect(report.changes).toMatchObject([
      { action: 'create', service: 'moves' },
      { action: 'create', service: 'new' },
      { action: 'delete', service: 'old' },
    ]);
    // Both reads of the first look, with what the client repeats of an answer that came; nothing after.
    expect(askedAbroad()).toBeLessThanOrEqual(departure === 'pause' ? 2 : 6);
    expect(Object.keys((await given.at('dc1')).services)).toEqual(['moves', 'new', 'stay']);
    expect(Object.keys((await given.at('dc1')).defaults)).toContain('old');
    await bringBack();
    const healed = await fullSync(given.parts);
    expect(healed).toMatchObject({ ...clean, complete: true });
    expect(Object.keys((await given.at('dc1')).services)).toEqual(['moves', 'new']);
    expect(Object.keys((await given.at('dc2')).services)).toEqual(['pay', 'stay']);
    expect(Object.keys((await given.at('dc1')).defaults)).toEqual(['moves', 'new', 'pay', 'stay']);
  });

  it('fails for good the functions of one where nothing of ours was, and costs an event one wait', async () => {
    await takeAway();
    for (const name of ['pay', 'mail']) given.world.set(name, { enabled: 'true', datacenter: 'dc2' });
    given.world.set('new');
    given.watch('dc1');
    const report = await syncOf(given.parts, 'pay', 'mail', 'new');
    expect(report.failures).toMatchObject([{ retryable: false }, { retryable: false }]);
    expect(report.changes).toMatchObject([{ action: 'create', service: 'new' }]);
    expect(report.warnings).toHaveLength(1);
    expect(askedAbroad()).toBeLessThanOrEqual(departure === 'pause' ? 1 : 3);
    expect(await given.nodeMeta('dc1')).not.toHaveProperty('registrator-datacenters');
  });
});

it('does not ask a datacenter again that goes away in the midst of a run', async () => {
  for (const name of ['a', 'b', 'c', 'f']) given.world.set(name, { enabled: 'true', datacenter: 'dc2' });
  await fullSync(given.parts);
  given.world.remove('f');
  for (const name of ['a', 'b', 'c', 'd'])
    given.world.set(name, { enabled: 'true', datacenter: 'dc2', 'service-tags': 'x' });
  given.world.set('e');
  let asked = 0;
  given.watch('dc1', (request) => {
    if (!request.includes('dc=dc2') || !request.startsWith('PUT')) return undefined;
    asked += 1;
    return 'silence';
  });
  const report = await fullSync(given.parts);
  expect(asked).toBe(1);
  expect(report.failures.map(({ service, retryable }) => ({ service, retryable }))).toEqual(
    ['a', 'b', 'c', 'd', 'f'].map((service) => ({ service, retryable: true })),
  );
  expect(report.changes).toMatchObject([{ action: 'create', service: 'e' }]);
});

function askedAbroad(): number {
  return given.requests('dc1').filter((request) => request.includes('dc=dc2')).length;
}
