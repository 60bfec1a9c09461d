import { describe, expect, it } from 'vitest';
import { readCatalog } from '../../support/consul/catalog.ts';
import { hasExtensions } from '../../support/registrator/lambda-pairs.ts';
import type { Report } from '../../../src/registrator/model/report.ts';
import { fullSync, runTask, syncOf } from '../../support/registrator/registrator.ts';
import { arnOf } from '../../support/aws/tag-world.ts';
import { useRegistrator } from '../../support/registrator/use-registrator.ts';

const given = useRegistrator();

const numbered = (count: number): string[] => Array.from({ length: count }, (_, index) => `fn-${index}`);

async function names(): Promise<string[]> {
  const { services, defaults } = await readCatalog(given.server);
  expect(Object.keys(services).toSorted()).toEqual(Object.keys(defaults).toSorted());
  return Object.keys(services).toSorted();
}

describe('the guard against mass deletion', () => {
  it('refuses all deletions of a full sync, names them, and lets the rest go on', async () => {
    for (const name of numbered(10)) given.world.set(name);
    await fullSync(given.parts);
    for (const name of numbered(6)) given.world.remove(name);
    given.world.set('new');
    const report = await fullSync(given.parts);
    expect(report).toMatchObject({
      complete: false,
      counts: { created: 1, deleted: 0, unchanged: 4, skipped: 6, failed: 0 },
    });
    expect(report.skips.map(({ service, reason }) => `${reason} ${service}`)).toEqual(
      numbered(6).map((name) => `delete-guard ${name}`),
    );
    expect(await names()).toEqual([...numbered(10), 'new']);
    // An event names its functions, and a limit of 100 % refuses nothing.
    await syncOf(given.parts, 'fn-0');
    expect((await fullSync(given.registrator({ MAX_DELETE_PERCENT: '100' }))).counts).toMatchObject({
      deleted: 5,
    });
    expect(await names()).toEqual(['fn-6', 'fn-7', 'fn-8', 'fn-9', 'new']);
  });

  it('lets through what is allowed once, all of it or nothing', async () => {
    for (const name of numbered(10)) given.world.set(name);
    await fullSync(given.parts);
    for (const name of numbered(8)) given.world.remove(name);
    const refused = await fullSync(given.parts);
    expect(refused.skips[0]?.hint).toContain('`lambda-registrator sync --allow-deletes 8`');
    const allowing = async (allowDeletes: number, dryRun = false): Promise<Report> =>
      runTask(given.parts, { kind: 'full', dryRun, allowDeletes });
    expect((await allowing(7)).counts).toMatchObject({ deleted: 0, skipped: 8 });
    expect((await allowing(8, true)).counts).toMatchObject({ deleted: 8, skipped: 0 });
    expect(await names()).toEqual(numbered(10));
    expect(await allowing(8)).toMatchObject({ complete: true, counts: { deleted: 8, skipped: 0 } });
    expect(await names()).toEqual(['fn-8', 'fn-9']);
  });

  it('never refuses five, even if these are all', async () => {
    for (const name of numbered(5)) given.world.set(name);
    await fullSync(given.parts);
    for (const name of numbered(5)) given.world.remove(name);
    expect((await fullSync(given.registrator({ MAX_DELETE_PERCENT: '0' }))).counts.deleted).toBe(5);
    expect(await names()).toEqual([]);
  });
});

describe('what must not be deleted', () => {
  it('stays under upsert-only, while creations and updates are made', async () => {
    const parts = given.registrator({ SYNC_POLICY: 'upsert-only' });
    given.world.set('pay', { enabled: 'true', aliases: 'prod' });
    await fullSync(parts);
    given.world.set('pay', { enabled: 'true', 'payload-passthrough': 'true' });
    given.world.set('mail');
    for (const sync of [() => fullSync(parts), () => syncOf(parts, 'pay', 'mail')]) {
      const report = await sync();
      expect(report).toMatchObject({
        complete: true,
        skips: [{ service: 'pay-prod', reason: 'policy' }],
        failures: [],
      });
      expect(await names()).toEqual(['mail', 'pay', 'pay-prod']);
    }
  });

  it.each([
    ['enabled', { enabled: 'TRUE' }],
    ['invocation-mode', { enabled: 'true', 'invocation-mode': '' }],
    ['service-name', { enabled: 'true', 'service-name': 'not a name' }],
    ['route-host', { enabled: 'true', 'route-host': '' }],
    ['route-path', { enabled: 'true', 'route-path': '/../etc' }],
  ])('stays whole while the %s tag cannot be followed', async (tag, tags) => {
    given.world.set('pay', { enabled: 'true', aliases: 'prod' });
    given.world.set('mail');
    await fullSync(given.parts);
    const before = await readCatalog(given.server);
    given.world.set('pay', tags);
    for (const sync of [() => fullSync(given.parts), () => syncOf(given.parts, 'pay')]) {
      expect(await sync()).toMatchObject({
        complete: true,
        counts: { created: 0, updated: 0, deleted: 0 },
        failures: [
          {
            service: 'pay',
            code: 'TAG_INVALID',
            retryable: false,
            message: expect.stringMatching(new RegExp(`Function pay .*${tag}; allowed: `)),
          },
        ],
      });
      expect(await readCatalog(given.server)).toEqual(before);
    }
  });

  it('stays for a bad alias only: the function and its other aliases go on', async () => {
    given.world.set('pay', { enabled: 'true', aliases: 'prod+dev' });
    await fullSync(given.parts);
    given.world.set('pay', { enabled: 'true', aliases: 'prod+d ev+test', 'payload-passthrough': 'true' });
    const report = await fullSync(given.parts);
    expect(report.failures).toMatchObject([{ service: 'pay-d ev', code: 'TAG_INVALID' }]);
    expect(report.counts).toMatchObject({ created: 1, updated: 2, deleted: 0 });
    expect(await names()).toEqual(['pay', 'pay-dev', 'pay-prod', 'pay-test']);
  });

  it.each(['namespace', 'partition'])('stays while the function has a %s tag', async (tag) => {
    given.world.set('pay');
    await fullSync(given.parts);
    given.world.set('pay', { enabled: 'true', [tag]: 'default', 'service-name': 'other' });
    for (const sync of [() => fullSync(given.parts), () => syncOf(given.parts, 'pay')]) {
      const { skips, counts } = await sync();
      expect(skips).toMatchObject([{ service: 'pay', arn: arnOf('pay'), reason: 'unsupported' }]);
      expect(counts).toMatchObject({ created: 0, deleted: 0, failed: 0 });
    }
    expect(await names()).toEqual(['pay']);
  });
});

describe('a function of another datacenter', () => {
  it('is skipped where this one alone is managed, and what it had here goes', async () => {
    const parts = given.registrator({ DATACENTER: 'dc1' });
    given.world.set('here', { enabled: 'true', datacenter: 'dc1' });
    given.world.set('untagged');
    given.world.set('moves');
    await fullSync(parts);
    expect(await names()).toEqual(['here', 'moves', 'untagged']);
    given.world.set('moves', { enabled: 'true', datacenter: 'dc2' });
    const report = await syncOf(parts, 'moves');
    expect(report.skips).toMatchObject([{ service: 'moves', reason: 'other-datacenter' }]);
    expect(report.counts.deleted).toBe(1);
    await fullSync(parts);
    // Another registrator follows it, whose service-defaults these are as well.
    const { services, defaults } = await readCatalog(given.server);
    expect(Object.keys(services).toSorted()).toEqual(['here', 'untagged']);
    expect(Object.keys(defaults).toSorted()).toEqual(['here', 'moves', 'untagged']);
  });

  it('is a failure where Consul knows no such datacenter, and what it had here stays', async () => {
    given.world.set('moves');
    given.world.set('other');
    await fullSync(given.parts);
    given.world.set('moves', { enabled: 'true', datacenter: 'dc9' });
    given.world.set('new', { enabled: 'true', datacenter: 'dc9' });
    given.world.set('fine');
    const report = await fullSync(given.parts);
    expect(report.failures).toHaveLength(2);
    for (const { message, retryable } of report.failures) {
      expect(message).toMatch(/Consul knows no datacenter dc9: .*No path to datacenter.* It knows dc1;/);
      expect(retryable).toBe(false);
    }
    expect(await names()).toEqual(['fine', 'moves', 'other']);
    const { failures } = await syncOf(given.parts, 'moves');
    expect(failures).toMatchObject([{ service: 'moves' }]);
    expect(await names()).toEqual(['fine', 'moves', 'other']);
  });

  it('is a mistake of the configuration where it is the only one that is managed and unknown', async () => {
    given.world.set('pay');
    given.watch();
    await expect(fullSync(given.registrator({ DATACENTER: 'dc9' }))).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringMatching(
        /DATACENTER is dc9, which this Consul does not know; it knows dc1/,
      ) as string,
    });
    expect(given.writes()).toEqual([]);
  });
});

describe('a dry run', () => {
  it('says what would be done and writes nothing at all', async () => {
    given.world.set('changes');
    given.world.set('goes');
    await fullSync(given.parts);
    await given.server.ok('PUT', '/v1/catalog/register', {
      Node: 'lambdas',
      Address: '192.0.2.1',
      NodeMeta: { 'external-node': 'true' },
    });
    given.world.set('changes', { enabled: 'true', 'payload-passthrough': 'true' });
    given.world.remove('goes');
    given.world.set('comes');
    const before = await everythingWithIndexes();
    given.watch();
    const planned = await fullSync(given.registrator({}), true);
    expect(planned).toMatchObject({
      complete: true,
      dryRun: true,
      counts: { created: 1, updated: 1, deleted: 1, unchanged: 0, skipped: 0, failed: 0 },
    });
    expect(await everythingWithIndexes()).toEqual(before);
    expect(hasExtensions(given.server) ? given.writes() : []).toEqual([]);
    const { changes } = await fullSync(given.parts);
    expect(changes).toEqual(planned.changes);
  });
});

async function everythingWithIndexes(): Promise<unknown> {
  return [
    await given.server.ok('GET', '/v1/catalog/node/lambdas'),
    await given.server.ok('GET', '/v1/config/service-defaults'),
  ];
}
