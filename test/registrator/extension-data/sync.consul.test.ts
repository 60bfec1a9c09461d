import { beforeEach, describe, expect, it } from 'vitest';
import { AppError } from '../../../src/core/errors.ts';
import type { Report } from '../../../src/registrator/model/report.ts';
import type { Registrator } from '../../../src/registrator/run.ts';
import { halves, readCatalog } from '../../support/consul/catalog.ts';
import { rotateRoot } from '../../support/consul/connect.ts';
import { leafMetaOf, pathOf, prefix, useExtensionData } from '../../support/registrator/extension-data.ts';
import { fullSync, partsFor, syncOf } from '../../support/registrator/registrator.ts';
import { createTagWorld, type TagWorld } from '../../support/aws/tag-world.ts';

const given = useExtensionData();
const withPrefix = { CONSUL_EXTENSION_DATA_PREFIX: prefix };
let tags: TagWorld;
let parts: Registrator;
beforeEach(() => {
  tags = createTagWorld();
  parts = registrator(withPrefix);
});

function registrator(env: Record<string, string>, now = Date.now()): Registrator {
  const made = partsFor(given.consul, tags.functions, {
    env: { MAX_DELETE_PERCENT: '100', ...env },
    parameters: given.world.parameters,
  });
  return { ...made, wallClock: () => now };
}

const paths = (): string[] => [...given.world.values.keys()].toSorted();
const hoursAhead = (hours: number): number => Date.now() + hours * 3_600_000;

async function metaOf(name: string): Promise<Record<string, string | undefined>> {
  return leafMetaOf(await given.service(name));
}

async function isMarked(name: string): Promise<boolean> {
  return Object.values(await metaOf(name)).every((value) => value !== undefined);
}

async function names(): Promise<string[]> {
  const state = await readCatalog(given.server);
  expect(halves(state)).toEqual([]);
  return Object.keys(state.services).toSorted();
}

/** Syncs once more, and expects nothing to do. */
async function expectSteady(with_ = parts): Promise<void> {
  given.world.calls.length = 0;
  expect(await fullSync(with_)).toMatchObject({ changes: [], failures: [] });
  expect(given.world.calls.filter((call) => !call.startsWith('values'))).toEqual([]);
}

const syncs = [
  ['full sync', (..._of: string[]) => fullSync(parts)],
  ['event', (...of: string[]) => syncOf(parts, ...of)],
] as const;

describe.each(syncs)('a %s', (_kind, sync) => {
  it('gives each enabled function, not its aliases, its parameter and Meta, once', async () => {
    tags.set('pay', { enabled: 'true', aliases: 'prod' });
    tags.set('mail');
    tags.set('off', { enabled: 'false' });
    const report = await sync('pay', 'mail', 'off');
    expect(report).toMatchObject({ counts: { created: 3, updated: 0, unchanged: 0, failed: 0 } });
    expect(paths()).toEqual([pathOf('mail'), pathOf('pay')]);
    expect([await isMarked('pay'), await isMarked('mail')]).toEqual([true, true]);
    expect(Object.values(await metaOf('pay-prod')).filter(Boolean)).toEqual([]);
    await expectSteady();
  });

  it('takes the parameter of a function that is disabled or gone before its service', async () => {
    tags.set('pay');
    tags.set('mail');
    await fullSync(parts);
    tags.set('pay', { enabled: 'false' });
    tags.remove('mail');
    const there: string[][] = [];
    given.world.before = async (call) => {
      if (call.startsWith('remove')) there.push(await names());
    };
    expect((await sync('pay', 'mail')).counts).toMatchObject({ deleted: 2, failed: 0 });
    expect([there, paths(), await names()]).toEqual([
      [
        ['mail', 'pay'],
        ['mail', 'pay'],
      ],
      [],
      [],
    ]);
  });

  it('keeps the parameter of a function whose service gets another name, for that name', async () => {
    tags.set('pay');
    await fullSync(parts);
    const before = given.world.values.get(pathOf('pay'));
    tags.set('pay', { enabled: 'true', 'service-name': 'payments' });
    expect((await sync('pay')).failures).toEqual([]);
    expect([paths(), await names(), await isMarked('payments')]).toEqual([
      [pathOf('pay')],
      ['payments'],
      true,
    ]);
    expect(given.world.values.get(pathOf('pay'))).not.toBe(before);
    expect(given.world.calls.filter((call) => call.startsWith('remove'))).toEqual([]);
    await expectSteady();
  });

  it.each(['an alias', 'another function'])(
    'leaves nothing of a function whose name %s takes over',
    async (heir) => {
      tags.set('pay-prod');
      await fullSync(parts);
      tags.remove('pay-prod');
      if (heir === 'an alias') tags.set('pay', { enabled: 'true', aliases: 'prod' });
      else tags.set('mail', { enabled: 'true', 'service-name': 'pay-prod' });
      expect((await sync('pay-prod', 'pay', 'mail')).failures).toEqual([]);
      expect(paths()).toEqual([pathOf(heir === 'an alias' ? 'pay' : 'mail')]);
      expect(await isMarked('pay-prod')).toBe(heir !== 'an alias');
      await expectSteady();
    },
  );
});

describe('a full sync', () => {
  it('renews from half of the life of a leaf on, and follows other roots and another prefix', async () => {
    tags.set('pay');
    await fullSync(parts);
    const before = await metaOf('pay');
    await rotateRoot(given.server, { LeafCertTTL: '1h' });
    expect(await fullSync(parts)).toMatchObject({
      changes: [{ service: 'pay', fields: ['extension-data'] }],
      counts: { updated: 1, unchanged: 0 },
    });
    expect((await metaOf('pay'))['lambda-leaf-roots']).not.toBe(before['lambda-leaf-roots']);
    await expectSteady(registrator(withPrefix, hoursAhead(0.6)));
    const moved = { CONSUL_EXTENSION_DATA_PREFIX: '/mesh/' };
    expect((await fullSync(registrator(moved))).failures).toEqual([]);
    expect(paths()).toEqual([pathOf('pay', '/mesh')]);
  });

  it('leaves both where the prefix is unset, and takes them with the service', async () => {
    tags.set('pay');
    tags.set('mail');
    await fullSync(parts);
    const without = registrator({});
    expect((await fullSync(without)).changes).toEqual([]);
    expect([paths(), await isMarked('pay')]).toEqual([[pathOf('mail'), pathOf('pay')], true]);
    tags.set('pay', { enabled: 'true', 'payload-passthrough': 'true' });
    tags.remove('mail');
    await fullSync(without);
    expect([paths(), await isMarked('pay')]).toEqual([[pathOf('pay')], true]);
  });

  it('without the feature makes no call to Parameter Store, and none to the authority', async () => {
    tags.set('pay');
    given.front.requests.length = 0;
    await fullSync(registrator({}));
    tags.remove('pay');
    await fullSync(registrator({}));
    expect(given.world.calls).toEqual([]);
    expect(given.front.requests.filter((request) => request.includes('/connect/'))).toEqual([]);
  });

  it('that is dry writes nothing and tells what would change', async () => {
    tags.set('pay');
    await fullSync(registrator({}));
    given.front.requests.length = 0;
    const dry = (): Promise<Report> => fullSync(parts, true);
    expect((await dry()).changes).toMatchObject([
      { action: 'update', service: 'pay', fields: ['extension-data'] },
    ]);
    tags.set('mail');
    expect((await dry()).counts).toMatchObject({ created: 1, updated: 1, unchanged: 0 });
    await fullSync(parts);
    tags.remove('pay');
    given.world.calls.length = 0;
    given.front.requests.length = 0;
    expect((await dry()).counts).toMatchObject({ deleted: 1 });
    expect(given.world.calls).toEqual([]);
    expect(given.front.requests.filter((request) => !request.startsWith('GET '))).toEqual([]);
  });

  it('moves what another registrator of the account left, with its parameters', async () => {
    tags.set('pay');
    tags.set('mail');
    await fullSync(registrator({ ...withPrefix, NODE_NAME: 'former' }));
    given.world.calls.length = 0;
    tags.remove('mail');
    const env = { PREVIOUS_OWNER_IDS: '123456789012/eu-west-1/former' };
    expect((await fullSync(registrator({ ...withPrefix, ...env }))).failures).toEqual([]);
    expect([paths(), await isMarked('pay')]).toEqual([[pathOf('pay')], true]);
    expect(given.world.calls.filter((call) => call.startsWith('put'))).toEqual([]);
  });

  it.each([
    ['Parameter Store is away', new AppError('UPSTREAM_UNAVAILABLE', 'ssm is away')],
    ['it is denied', new AppError('UPSTREAM_AUTH', 'ssm:PutParameter is denied')],
    ['the key is denied', new AppError('UPSTREAM_AUTH', 'kms:Encrypt is denied')],
  ])('goes on with registration where %s', async (_what, error) => {
    for (const name of ['pay', 'mail', 'web']) tags.set(name);
    given.world.before = (call) => {
      if (call.startsWith('put')) throw error;
    };
    const report = await fullSync(parts);
    expect(await names()).toEqual(['mail', 'pay', 'web']);
    expect(report.counts).toMatchObject({ created: 3, unchanged: 0 });
    expect(report.failures.map(({ retryable }) => retryable)).toEqual([error.retryable]);
    given.world.before = () => {};
    expect((await fullSync(parts)).counts).toMatchObject({ updated: 3, unchanged: 0, failed: 0 });
    expect(paths()).toHaveLength(3);
  });

  it('that is steady looks at one function in twelve, ten at a time', async () => {
    for (let at = 0; at < 120; at += 1) tags.set(`fn-${at}`);
    expect((await fullSync(parts)).counts).toMatchObject({ created: 120, failed: 0 });
    given.world.calls.length = 0;
    given.front.requests.length = 0;
    expect((await fullSync(parts)).counts).toMatchObject({ unchanged: 120, updated: 0 });
    expect(given.world.calls).toEqual([expect.stringMatching(/^values( \S+){10}$/)]);
    expect(given.front.requests.filter((request) => request.includes('/connect/'))).toHaveLength(1);
  });
});
