import { describe, expect, it } from 'vitest';
import { halves, readCatalog } from '../../support/consul/catalog.ts';
import { owner, registerForeign } from '../../support/registrator/lambda-pairs.ts';
import { fullSync, syncOf } from '../../support/registrator/registrator.ts';
import { arnOf } from '../../support/aws/tag-world.ts';
import { useRegistrator } from '../../support/registrator/use-registrator.ts';

const given = useRegistrator();

/** The ARN behind each name, checked to be the same in both halves of its pair. */
async function held(): Promise<Record<string, string>> {
  const state = await readCatalog(given.server);
  expect(halves(state)).toEqual([]);
  return Object.fromEntries(
    Object.entries(state.services).map(([name, { Meta }]) => {
      expect(state.defaults[name]?.arn).toBe(Meta['lambda-arn']);
      return [name, Meta['lambda-arn'] ?? ''];
    }),
  );
}

describe('a name that two functions claim', () => {
  it('goes to the function before the alias, by case-blind comparison', async () => {
    given.world.set('fn', { enabled: 'true', aliases: 'A-b' });
    given.world.set('fn-a-B');
    const report = await fullSync(given.parts);
    expect(report.skips).toMatchObject([{ arn: `${arnOf('fn')}:A-b`, reason: 'collision' }]);
    expect(await held()).toEqual({ fn: arnOf('fn'), 'fn-a-B': arnOf('fn-a-B') });
  });

  it('goes to the smaller ARN, and stays with whoever holds it', async () => {
    given.world.set('b', { enabled: 'true', 'service-name': 'shared' });
    given.world.set('c', { enabled: 'true', 'service-name': 'SHARED' });
    await fullSync(given.parts);
    expect(await held()).toEqual({ shared: arnOf('b') });
    given.world.set('a', { enabled: 'true', 'service-name': 'Shared' });
    for (const sync of [() => fullSync(given.parts), () => syncOf(given.parts, 'a')]) {
      const { skips } = await sync();
      expect(skips).toContainEqual(expect.objectContaining({ arn: arnOf('a'), reason: 'collision' }));
      expect(await held()).toEqual({ shared: arnOf('b') });
    }
  });

  it.each([
    ['full sync', () => fullSync(given.parts)],
    ['event', () => syncOf(given.parts, 'newcomer')],
  ])('is taken over in place by %s once its holder lets go', async (_by, sync) => {
    given.world.set('holder', { enabled: 'true', 'service-name': 'shared' });
    await fullSync(given.parts);
    given.world.set('newcomer', { enabled: 'true', 'service-name': 'shared' });
    given.world.set('holder', { enabled: 'true' });
    const report = await sync();
    expect(report.changes).toContainEqual(
      expect.objectContaining({ action: 'update', service: 'shared', arn: arnOf('newcomer') }),
    );
    expect(await held()).toMatchObject({ shared: arnOf('newcomer') });
  });

  it('follows a function that is replaced by one whose name differs in case', async () => {
    given.world.set('Pay');
    await fullSync(given.parts);
    given.world.remove('Pay');
    given.world.set('pay');
    await syncOf(given.parts, 'pay', 'Pay');
    const { services, defaults } = await readCatalog(given.server);
    // Consul compares names without case, and current servers refuse another spelling.
    expect(Object.keys(services)).toEqual(['Pay']);
    expect(Object.values(defaults).map(({ arn }) => arn)).toEqual([arnOf('pay')]);
    expect((await fullSync(given.parts)).counts).toMatchObject({ unchanged: 1, updated: 0 });
  });
});

describe('a name that is in use on another node', () => {
  it.each([1, 5])('is a conflict, not a way to capture its traffic (%i functions at once)', async (count) => {
    const names = Array.from({ length: count }, (_, index) => `web-${index}`);
    for (const name of names) await registerForeign(given.server, name.toUpperCase());
    for (const name of names) given.world.set(name);
    given.world.set('free');
    for (const sync of [() => fullSync(given.parts), () => syncOf(given.parts, ...names)]) {
      const { skips } = await sync();
      expect(skips.map(({ arn, reason }) => ({ arn, reason }))).toEqual(
        names.map((name) => ({ arn: arnOf(name), reason: 'conflict' })),
      );
      expect(await held()).toEqual({ free: arnOf('free') });
    }
  });

  it('may be registered when all of its instances are ours', async () => {
    const meta = { 'registrator-owner': owner, 'lambda-arn': arnOf('pay') };
    await registerForeign(given.server, 'pay', { node: 'lambdas-before', meta });
    given.world.set('pay');
    await fullSync(given.parts);
    expect(await held()).toEqual({ pay: arnOf('pay') });
  });

  it('is left alone on our own node under another ID too', async () => {
    given.world.set('first');
    await fullSync(given.parts);
    await given.server.ok('PUT', '/v1/catalog/register', {
      Node: 'lambdas',
      SkipNodeUpdate: true,
      Service: { ID: 'web-1', Service: 'web', Port: 80 },
    });
    given.world.set('web');
    for (const sync of [() => fullSync(given.parts), () => syncOf(given.parts, 'web')]) {
      expect((await sync()).skips).toMatchObject([{ service: 'web', reason: 'conflict' }]);
    }
    expect(Object.keys((await readCatalog(given.server)).defaults)).toEqual(['first']);
  });
});

describe('a function whose name every object of JavaScript has', () => {
  it.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'valueOf'])(
    'as %s, is registered once, kept and removed like any other',
    async (name) => {
      given.world.set(name);
      expect((await fullSync(given.parts)).counts).toMatchObject({ created: 1, failed: 0 });
      expect(await held()).toEqual(Object.fromEntries([[name, arnOf(name)]]));
      given.watch();
      expect(await fullSync(given.parts)).toMatchObject({
        counts: { unchanged: 1, failed: 0 },
        failures: [],
      });
      expect(await syncOf(given.parts, name)).toMatchObject({ counts: { unchanged: 1 }, failures: [] });
      expect(given.writes()).toEqual([]);
      given.world.remove(name);
      expect((await fullSync(given.parts)).counts).toMatchObject({ deleted: 1, failed: 0 });
      expect(await held()).toEqual({});
    },
  );

  it('keeps what others added under such names', async () => {
    given.world.set('pay');
    await fullSync(given.parts);
    const { services, defaults } = await readCatalog(given.server);
    const others = JSON.parse('{"__proto__":"theirs","constructor":"theirs"}') as Record<string, string>;
    const Service = { ID: 'pay', Service: 'pay', Tags: [], Meta: { ...services['pay']?.Meta, ...others } };
    await given.server.ok('PUT', '/v1/catalog/register', { Node: 'lambdas', SkipNodeUpdate: true, Service });
    const { entry } = defaults['pay'] ?? {};
    const Meta = { ...entry?.Meta, ...others };
    await given.server.ok('PUT', '/v1/config', {
      Kind: 'service-defaults',
      Name: 'pay',
      Protocol: 'tcp',
      Meta,
    });
    expect((await fullSync(given.parts)).counts).toMatchObject({ updated: 1, failed: 0 });
    const after = await readCatalog(given.server);
    expect(Object.entries(after.services['pay']?.Meta ?? {})).toEqual(
      expect.arrayContaining(Object.entries(others)),
    );
    expect(Object.entries(after.defaults['pay']?.entry.Meta ?? {})).toEqual(
      expect.arrayContaining(Object.entries(others)),
    );
    expect((await fullSync(given.parts)).counts).toMatchObject({ unchanged: 1, failed: 0 });
  });
});
