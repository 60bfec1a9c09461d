import { beforeEach, describe, expect, it } from 'vitest';
import type { Registrator } from '../../../src/registrator/run.ts';
import { readCatalog } from '../../support/consul/catalog.ts';
import { gatewayEntry, linksOf, removeGateways, setLinks } from '../../support/registrator/gateways.ts';
import { fullSync, syncOf } from '../../support/registrator/registrator.ts';
import { arnOf } from '../../support/aws/tag-world.ts';
import { useRegistrator } from '../../support/registrator/use-registrator.ts';

const given = useRegistrator({ env: { MAX_DELETE_PERCENT: '100' } });
const metaKey = 'lambda-terminating-gateway';

let forAll: Registrator;
beforeEach(async () => {
  await removeGateways(given.server);
  forAll = given.registrator({ TERMINATING_GATEWAY: 'gw' });
});

/** What services say of the links that were made for them. */
async function metaOf(): Promise<Record<string, string | undefined>> {
  const { services } = await readCatalog(given.server);
  return Object.fromEntries(Object.entries(services).map(([name, { Meta }]) => [name, Meta[metaKey]]));
}

/** Writes of config entries and services, and reads of gateways, in their order. */
function calls(): string[] {
  const names = new Map([
    ['PUT /v1/txn', 'services'],
    ['PUT /v1/config', 'entry'],
  ]);
  return given.requests().flatMap((request) => names.get(request) ?? gatewayRead(request) ?? []);
}

function gatewayRead(request: string): string | undefined {
  return /^GET \/v1\/config\/terminating-gateway\/(.*)/.exec(request)?.[1];
}

const gatewayReads = (): string[] => given.requests().flatMap((request) => gatewayRead(request) ?? []);

describe('a service is linked', () => {
  it('to the gateway of all, or to that of its tag, or with an empty tag to none', async () => {
    given.world.set('pay', { enabled: 'true', aliases: 'prod' });
    given.world.set('mail', { enabled: 'true', 'terminating-gateway': 'other' });
    given.world.set('web', { enabled: 'true', 'terminating-gateway': '' });
    expect((await fullSync(forAll)).counts).toMatchObject({ created: 4, failed: 0 });
    expect(await linksOf(given.server, 'gw')).toEqual(['pay', 'pay-prod']);
    expect(await linksOf(given.server, 'other')).toEqual(['mail']);
    expect(await metaOf()).toEqual({ pay: 'gw', 'pay-prod': 'gw', mail: 'other', web: undefined });
    expect((await fullSync(forAll)).counts).toMatchObject({ unchanged: 4, updated: 0, failed: 0 });
  });

  it('after its gateway was read and it was written with the Meta', async () => {
    given.world.set('pay');
    given.watch();
    await fullSync(forAll);
    // The node, service-defaults, the service, then the gateway as it is then.
    expect(calls()).toEqual(['gw', 'services', 'entry', 'services', 'gw', 'entry']);
  });

  it.each(['pay', '*'])('by somebody else, with %s, and stays so, without a Meta of ours', async (listed) => {
    await setLinks(given.server, 'gw', 'ldap', listed);
    const before = await gatewayEntry(given.server, 'gw');
    given.world.set('pay');
    await fullSync(forAll);
    expect(await metaOf()).toEqual({ pay: undefined });
    given.world.remove('pay');
    await fullSync(forAll);
    expect([await metaOf(), await gatewayEntry(given.server, 'gw')]).toEqual([{}, before]);
  });

  it('by an event for its function, and unlinked by one', async () => {
    given.world.set('pay', { enabled: 'true', 'terminating-gateway': 'gw' });
    expect((await syncOf(given.parts, 'pay')).counts).toMatchObject({ created: 1, failed: 0 });
    expect([await linksOf(given.server, 'gw'), await metaOf()]).toEqual([['pay'], { pay: 'gw' }]);
    given.world.set('pay');
    expect((await syncOf(given.parts, 'pay')).counts).toMatchObject({ updated: 1, failed: 0 });
    expect([await linksOf(given.server, 'gw'), await metaOf()]).toEqual([[], { pay: undefined }]);
    given.world.set('pay', { enabled: 'true', 'terminating-gateway': 'gw' });
    await syncOf(given.parts, 'pay');
    given.world.remove('pay');
    expect((await syncOf(given.parts, 'pay')).counts).toMatchObject({ deleted: 1, failed: 0 });
    expect([await linksOf(given.server, 'gw'), await metaOf()]).toEqual([[], {}]);
  });

  it('again by a full sync after somebody unlinked it, at the cost of one read a gateway', async () => {
    given.world.set('pay');
    given.world.set('mail');
    await fullSync(forAll);
    given.watch();
    expect((await fullSync(forAll)).counts).toMatchObject({ unchanged: 2 });
    expect([gatewayReads(), given.writes()]).toEqual([['gw'], []]);
    await setLinks(given.server, 'gw', 'mail', 'ldap');
    const report = await fullSync(forAll);
    expect(report.changes).toMatchObject([
      { action: 'update', service: 'pay', fields: ['terminating-gateway'] },
    ]);
    expect(await linksOf(given.server, 'gw')).toEqual(['mail', 'ldap', 'pay']);
    given.world.remove('pay');
    given.world.remove('mail');
    await fullSync(forAll);
    expect(await linksOf(given.server, 'gw')).toEqual(['ldap']);
  });

  it('to the gateway that its tag names as it is read again, where the index is behind', async () => {
    given.world.set('pay', { enabled: 'true', 'terminating-gateway': 'gw' });
    given.world.freezeIndex();
    given.world.set('pay', { enabled: 'true', 'terminating-gateway': 'other' });
    expect((await fullSync(given.parts)).counts).toMatchObject({ created: 1, failed: 0 });
    expect([await linksOf(given.server, 'other'), await metaOf()]).toEqual([['pay'], { pay: 'other' }]);
    expect(await gatewayEntry(given.server, 'gw')).toBeUndefined();
  });

  it('once however many are created, and unlinked once a slice', async () => {
    const names = Array.from({ length: 200 }, (_, at) => `fn-${String(at).padStart(3, '0')}`);
    for (const name of names) given.world.set(name);
    given.watch();
    expect((await fullSync(forAll)).counts).toMatchObject({ created: 200, failed: 0 });
    expect(gatewayReads()).toEqual(['gw', 'gw']);
    expect((await linksOf(given.server, 'gw')).toSorted()).toEqual(names);
    for (const name of names) given.world.remove(name);
    given.watch();
    expect((await fullSync(forAll)).counts).toMatchObject({ deleted: 200, failed: 0 });
    expect([await linksOf(given.server, 'gw'), await metaOf()]).toEqual([[], {}]);
    const order = calls();
    const writes = order.filter((call) => call === 'entry').length;
    expect(writes).toBe(order.filter((call) => call === 'services').length);
  });

  it.each([40, 200])('with one write, however many (%i) are given a gateway', async (count) => {
    for (let at = 0; at < count; at += 1) given.world.set(`fn-${at}`);
    await fullSync(given.parts);
    given.watch();
    expect((await fullSync(forAll)).counts).toMatchObject({ updated: count, failed: 0 });
    expect(await linksOf(given.server, 'gw')).toHaveLength(count);
    expect(calls().filter((call) => call === 'entry')).toHaveLength(1);
  });
});

describe('a gateway that the function names no longer', () => {
  it.each([
    ['another one', 'other', ['gw', 'other', 'gw', 'entry', 'services', 'other', 'entry']],
    ['none', '', ['gw', 'gw', 'entry', 'services']],
  ])('lists the service no longer before the Meta says so: %s', async (_what, next, order) => {
    given.world.set('pay', { enabled: 'true', 'terminating-gateway': 'gw' });
    given.world.set('mail');
    await fullSync(given.parts);
    await setLinks(given.server, 'gw', 'ldap', 'pay');
    given.world.set('pay', { enabled: 'true', 'terminating-gateway': next });
    given.watch();
    expect((await fullSync(given.parts)).counts).toMatchObject({ updated: 1, unchanged: 1, failed: 0 });
    expect(calls().toSorted()).toEqual(order.toSorted());
    expect(calls().slice(next === '' ? 1 : 2)).toEqual(order.slice(next === '' ? 1 : 2));
    expect(await linksOf(given.server, 'gw')).toEqual(['ldap']);
    expect(await metaOf()).toEqual({ pay: next || undefined, mail: undefined });
    expect((await gatewayEntry(given.server, 'other'))?.Services?.map(({ Name }) => Name)).toEqual(
      next === '' ? undefined : ['pay'],
    );
  });

  it('lists a service that goes no longer before it goes', async () => {
    given.world.set('pay');
    await fullSync(forAll);
    given.world.remove('pay');
    given.watch();
    await fullSync(given.parts);
    expect(calls()).toEqual(['gw', 'gw', 'entry', 'services']);
    expect(given.writes()).toEqual([
      'PUT /v1/config',
      'PUT /v1/txn',
      'DELETE /v1/config/service-defaults/pay',
    ]);
  });
});

describe('a gateway that cannot be read or written for now', () => {
  const away = (pattern: RegExp) => (request: string) =>
    pattern.test(request) ? { status: 503, body: 'later' } : undefined;
  const reading = /^GET .*terminating-gateway/;

  it('holds up no creation, which is linked later', async () => {
    given.world.set('pay');
    given.watch(away(reading));
    expect(await fullSync(forAll)).toMatchObject({
      counts: { created: 1 },
      failures: [{ service: 'pay', arn: arnOf('pay'), retryable: true }],
    });
    given.watch();
    expect((await fullSync(forAll)).counts).toMatchObject({ updated: 1, failed: 0 });
    expect([await linksOf(given.server, 'gw'), await metaOf()]).toEqual([['pay'], { pay: 'gw' }]);
  });

  it.each([
    ['read', reading],
    ['written', /^PUT \/v1\/config/],
  ])('keeps a service that is to go, since it remembers the link: %s', async (_what, pattern) => {
    given.world.set('pay');
    await fullSync(forAll);
    given.world.remove('pay');
    given.watch(away(pattern));
    expect(await fullSync(forAll)).toMatchObject({
      counts: { deleted: 0, failed: 1 },
      failures: [{ service: 'pay', arn: arnOf('pay'), retryable: true }],
    });
    expect([await linksOf(given.server, 'gw'), await metaOf()]).toEqual([['pay'], { pay: 'gw' }]);
    given.watch();
    expect((await fullSync(forAll)).counts).toMatchObject({ deleted: 1, failed: 0 });
    expect([await linksOf(given.server, 'gw'), await metaOf()]).toEqual([[], {}]);
  });
});

describe('an entry', () => {
  it('that Consul refuses is a failure in its words, and the service is there', async () => {
    given.world.set('pay');
    const refusal = { status: 500, body: 'rpc error making call: invalid gateway name' };
    let puts = 0;
    given.watch((request) => (request.startsWith('PUT /v1/config') && (puts += 1) > 1 ? refusal : undefined));
    const { failures } = await fullSync(forAll);
    expect(failures).toMatchObject([{ service: 'pay' }]);
    expect(Object.keys(await metaOf())).toEqual(['pay']);
    given.watch();
    await fullSync(forAll);
    expect([await linksOf(given.server, 'gw'), await metaOf()]).toEqual([['pay'], { pay: 'gw' }]);
  });

  it('that others change in between is written once more, and after that left to the next run', async () => {
    given.world.set('pay');
    let edits = 0;
    const edit = (times: number) => async (request: string) => {
      if (!request.startsWith('PUT /v1/config') || (await metaOf())['pay'] === undefined) return undefined;
      if (edits >= times) return undefined;
      await setLinks(given.server, 'gw', `edit-${(edits += 1)}`);
      return undefined;
    };
    given.watch(edit(1));
    expect((await fullSync(forAll)).counts).toMatchObject({ created: 1, failed: 0 });
    expect(await linksOf(given.server, 'gw')).toEqual(['edit-1', 'pay']);
    given.world.set('mail');
    const editTwice = async (request: string) => {
      if (!request.startsWith('PUT /v1/config') || !('mail' in (await metaOf()))) return undefined;
      await setLinks(given.server, 'gw', 'pay', `edit-${(edits += 1)}`);
      return undefined;
    };
    given.watch(editTwice);
    expect((await fullSync(forAll)).failures).toMatchObject([
      { service: 'mail', code: 'REVISION_CONFLICT', retryable: true },
    ]);
    given.watch();
    expect((await fullSync(forAll)).counts).toMatchObject({ failed: 0 });
    expect(await linksOf(given.server, 'gw')).toEqual(['pay', `edit-${edits}`, 'mail']);
  });
});

it('a dry run writes nothing and tells what would change', async () => {
  given.world.set('pay');
  await fullSync(given.parts);
  given.watch();
  expect(await fullSync(forAll, true)).toMatchObject({
    dryRun: true,
    changes: [{ action: 'update', service: 'pay', fields: [`Meta.${metaKey}`] }],
  });
  await fullSync(forAll);
  await setLinks(given.server, 'gw');
  given.watch();
  const { changes } = await fullSync(forAll, true);
  expect(changes).toMatchObject([{ action: 'update', service: 'pay', fields: ['terminating-gateway'] }]);
  given.world.remove('pay');
  expect((await fullSync(forAll, true)).changes).toMatchObject([{ action: 'delete', service: 'pay' }]);
  expect([given.writes(), await linksOf(given.server, 'gw')]).toEqual([[], []]);
});

it('nothing is asked of gateways where no function names one', async () => {
  given.world.set('pay');
  given.watch();
  await fullSync(given.parts);
  given.world.remove('pay');
  await fullSync(given.parts);
  expect(given.requests().filter((request) => request.includes('terminating-gateway'))).toEqual([]);
});

it('what a registrator of another name left goes on with its link', async () => {
  given.world.set('pay');
  given.world.set('mail');
  await fullSync(given.registrator({ TERMINATING_GATEWAY: 'gw', NODE_NAME: 'former' }));
  given.world.remove('mail');
  const env = { PREVIOUS_OWNER_IDS: '123456789012/eu-west-1/former', TERMINATING_GATEWAY: 'gw' };
  expect((await fullSync(given.registrator(env))).counts).toMatchObject({ deleted: 1, failed: 0 });
  expect([await linksOf(given.server, 'gw'), await metaOf()]).toEqual([['pay'], { pay: 'gw' }]);
});
