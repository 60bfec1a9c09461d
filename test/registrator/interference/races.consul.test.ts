import { describe, expect, it } from 'vitest';
import type { ServiceDefaults } from '../../../src/consul/api.ts';
import { halves, readCatalog } from '../../support/consul/catalog.ts';
import type { Fault } from '../../support/http/faulty-front.ts';
import { ownDefaults, owner } from '../../support/registrator/lambda-pairs.ts';
import { fullSync, syncOf } from '../../support/registrator/registrator.ts';
import { arnOf } from '../../support/aws/tag-world.ts';
import { useRegistrator } from '../../support/registrator/use-registrator.ts';

const given = useRegistrator();

/** Does `work` right before a request that matches is let through: the first one, or every one. */
function before(
  pattern: RegExp,
  work: () => Promise<unknown>,
  times = 1,
): (request: string) => Promise<undefined> {
  let left = times;
  return async (request) => {
    if (pattern.test(request) && left-- > 0) await work();
    return undefined;
  };
}

let edits = 0;

/** Somebody else's harmless edit of the service-defaults. */
async function editDefaults(): Promise<void> {
  const { body } = await given.server.call('GET', '/v1/config/service-defaults/pay');
  const { Hash: _hash, CreateIndex: _create, ModifyIndex: _modify, ...entry } = body as ServiceDefaults;
  edits += 1;
  await given.server.ok('PUT', '/v1/config', { ...entry, Meta: { ...entry.Meta, edit: String(edits) } });
}

/** Somebody else's harmless edit of the service. */
async function editService(): Promise<void> {
  const { CreateIndex: _create, ModifyIndex: _modify, ...service } = (await given.services())['pay'] ?? {};
  edits += 1;
  await given.server.ok('PUT', '/v1/catalog/register', {
    Node: 'lambdas',
    SkipNodeUpdate: true,
    Service: { ...service, Meta: { ...(service['Meta'] as object), edit: String(edits) } },
  });
}

const bothSyncs = [
  ['full sync', () => fullSync(given.parts)],
  ['event', () => syncOf(given.parts, 'pay')],
] as const;

/** Another function, so that the node exists. */
async function registerAnother(): Promise<void> {
  given.world.set('mail');
  await fullSync(given.parts);
}

describe('a write that somebody else overtakes', () => {
  const updates = [
    ['update of service-defaults', /^PUT \/v1\/config/, editDefaults],
    ['update of a service', /^PUT \/v1\/txn/, editService],
  ] as const;

  it.each(updates)('is planned again once and keeps what they wrote: %s', async (_what, write, edit) => {
    for (const [, sync] of bothSyncs) {
      given.watch();
      given.world.set('pay', { enabled: 'true' });
      await sync();
      given.world.set('pay', { enabled: 'true', 'payload-passthrough': 'true', 'service-tags': 'eu' });
      given.watch(before(write, edit));
      expect(await sync()).toMatchObject({ counts: { updated: 1, failed: 0 }, failures: [] });
      const { services, defaults } = await readCatalog(given.server);
      const edited = write.test('PUT /v1/txn') ? services['pay']?.Meta : defaults['pay']?.entry.Meta;
      expect(edited).toMatchObject({ edit: String(edits) });
      expect(services['pay']?.Tags).toEqual(['managed-by-lambda-registrator', 'eu']);
      expect(defaults['pay']?.entry).toMatchObject(
        ownDefaults(given.server, 'pay', { payloadPassthrough: true }),
      );
    }
  });

  it.each(updates)('is left to the next run when that happens again: %s', async (_what, write, edit) => {
    given.world.set('pay');
    await fullSync(given.parts);
    given.world.set('pay', { enabled: 'true', 'payload-passthrough': 'true', 'service-tags': 'eu' });
    for (const [, sync] of bothSyncs) {
      given.watch(before(write, edit, 2));
      expect((await sync()).failures).toMatchObject([
        { service: 'pay', arn: arnOf('pay'), code: 'REVISION_CONFLICT', retryable: true },
      ]);
    }
    given.watch();
    expect(await fullSync(given.parts)).toMatchObject({ counts: { failed: 0 }, failures: [] });
    expect((await fullSync(given.parts)).counts).toMatchObject({ unchanged: 1, updated: 0 });
  });

  it.each([
    ['a service', /^PUT \/v1\/txn/, editService],
    ['service-defaults', /^(GET|DELETE) \/v1\/config\/service-defaults\/pay/, editDefaults],
  ])('does not keep %s from being deleted', async (_what, write, edit) => {
    for (const sync of [bothSyncs[0][1], bothSyncs[1][1]]) {
      given.watch();
      given.world.set('pay');
      await fullSync(given.parts);
      given.world.remove('pay');
      let deleting = false;
      given.watch(async (request) => {
        deleting ||= request.startsWith('PUT /v1/txn');
        if (deleting && write.test(request)) {
          given.watch();
          await edit();
        }
        return undefined;
      });
      expect(await sync()).toMatchObject({ counts: { deleted: 1, failed: 0 }, failures: [] });
      expect(await readCatalog(given.server)).toEqual({ services: {}, defaults: {} });
    }
  });

  it('becomes a conflict when they took the name', async () => {
    await registerAnother();
    given.world.set('pay');
    const theirs = { Kind: 'service-defaults', Name: 'pay', Protocol: 'grpc' };
    given.watch(before(/^PUT \/v1\/config/, () => given.server.ok('PUT', '/v1/config', theirs)));
    expect(await fullSync(given.parts)).toMatchObject({
      counts: { created: 0, failed: 0 },
      skips: [{ service: 'pay', reason: 'conflict' }],
    });
    const { services, defaults } = await readCatalog(given.server);
    expect(Object.keys(services)).toEqual(['mail']);
    expect(defaults['pay']?.entry.Protocol).toBe('grpc');
  });

  it('is nothing to do when another run of ours did the same', async () => {
    await registerAnother();
    given.world.set('pay');
    const other = given.registrator({}, given.server.managementToken ?? '');
    given.watch(
      before(/^PUT \/v1\/config/, async () => {
        given.watch();
        await syncOf(other, 'pay');
      }),
    );
    expect(await syncOf(given.parts, 'pay')).toMatchObject({
      counts: { created: 0, updated: 0, unchanged: 1, failed: 0 },
    });
    expect(halves(await readCatalog(given.server))).toEqual([]);
  });
});

describe('the node, when somebody else', () => {
  const register = (meta: Record<string, string>): Promise<unknown> =>
    given.server.ok('PUT', '/v1/catalog/register', { Node: 'lambdas', Address: '192.0.2.1', NodeMeta: meta });

  it('creates it first, is used as it is', async () => {
    given.world.set('pay');
    given.watch(before(/^PUT \/v1\/txn/, () => register({ team: 'network' })));
    expect(await fullSync(given.parts)).toMatchObject({ counts: { created: 1, failed: 0 }, warnings: [] });
    await fullSync(given.parts);
    const { Node } = (await given.server.ok('GET', '/v1/catalog/node/lambdas')) as { Node: object };
    expect(Node).toMatchObject({
      Address: '192.0.2.1',
      Meta: { team: 'network', 'external-node': 'true', 'external-probe': 'false' },
    });
  });

  it('changes it while it is corrected, is corrected next time', async () => {
    given.world.set('pay');
    await fullSync(given.parts);
    await register({ 'external-probe': 'true' });
    given.watch(before(/^PUT \/v1\/txn/, () => register({ 'external-probe': 'true', team: 'network' })));
    expect(await fullSync(given.parts)).toMatchObject({ warnings: [], failures: [] });
    await fullSync(given.parts);
    const { Node } = (await given.server.ok('GET', '/v1/catalog/node/lambdas')) as { Node: object };
    expect(Node).toMatchObject({
      Meta: { team: 'network', 'external-node': 'true', 'external-probe': 'false' },
    });
  });

  it('deletes it with everything on it, is made again in the same run', async () => {
    await registerAnother();
    given.world.set('pay');
    const remove = () => given.server.ok('PUT', '/v1/catalog/deregister', { Node: 'lambdas' });
    given.watch(before(/^PUT \/v1\/txn/, remove));
    expect(await syncOf(given.parts, 'pay')).toMatchObject({ counts: { created: 1 }, failures: [] });
    expect(Object.keys(await given.services())).toEqual(['pay']);
    expect((await fullSync(given.parts)).counts).toMatchObject({ created: 1, unchanged: 1 });
  });
});

describe('a pair', () => {
  it('whose service-defaults vanish while the service is created is made whole', async () => {
    await registerAnother();
    given.world.set('pay');
    let created = false;
    given.watch(async (request): Promise<Fault | undefined> => {
      if (created && request.startsWith('GET /v1/config/service-defaults')) {
        given.watch();
        await given.server.ok('DELETE', '/v1/config/service-defaults/pay');
      }
      created ||= request.startsWith('PUT /v1/txn');
      return undefined;
    });
    expect(await syncOf(given.parts, 'pay')).toMatchObject({ failures: [] });
    const state = await readCatalog(given.server);
    expect(Object.keys(state.services).toSorted()).toEqual(['mail', 'pay']);
    expect(halves(state)).toEqual([]);
  });

  it('whose service comes back while its service-defaults are deleted is removed, or restored, whole', async () => {
    const Service = {
      ID: 'pay',
      Service: 'pay',
      Tags: ['managed-by-lambda-registrator'],
      Meta: { 'registrator-owner': owner, 'lambda-arn': arnOf('pay') },
    };
    for (const enabled of ['false', 'true']) {
      given.watch();
      given.world.set('pay');
      await fullSync(given.parts);
      given.world.set('pay', { enabled: 'false' });
      given.watch(async (request): Promise<Fault | undefined> => {
        if (!request.startsWith('DELETE ')) return undefined;
        given.watch();
        given.world.set('pay', { enabled });
        const body = { Node: 'lambdas', SkipNodeUpdate: true, Service };
        await given.server.ok('PUT', '/v1/catalog/register', body);
        return undefined;
      });
      expect(await syncOf(given.parts, 'pay')).toMatchObject({ failures: [] });
      const state = await readCatalog(given.server);
      expect(Object.keys(state.services)).toEqual(enabled === 'true' ? ['pay'] : []);
      expect(halves(state)).toEqual([]);
    }
  });
});
