import { describe, expect, it } from 'vitest';
import { readCatalog } from '../../support/consul/catalog.ts';
import {
  hasExtensions,
  lambdaFields,
  ownDefaults,
  owner,
  registerAsGoDoes,
} from '../../support/registrator/lambda-pairs.ts';
import { fullSync, syncOf } from '../../support/registrator/registrator.ts';
import { arnOf } from '../../support/aws/tag-world.ts';
import { useRegistrator } from '../../support/registrator/use-registrator.ts';

const given = useRegistrator();

/** Everything in Consul but the indexes. */
async function everything(): Promise<unknown> {
  const { services, defaults } = await readCatalog(given.server);
  const entries = Object.entries(defaults).map(([name, { entry }]) => {
    const { CreateIndex: _create, ModifyIndex: _modify, Hash: _hash, ...kept } = entry;
    return [name, kept];
  });
  return { services, defaults: Object.fromEntries(entries) };
}

const both = [
  ['full sync', () => fullSync(given.parts)],
  ['event', () => syncOf(given.parts, 'pay')],
] as const;

describe('what the Go registrator made', () => {
  it.each(both)('is adopted in place by %s, aliases too', async (_by, sync) => {
    await registerAsGoDoes(given.server, 'pay');
    await registerAsGoDoes(given.server, 'pay-prod', `${arnOf('pay')}:prod`);
    given.world.set('pay', { enabled: 'true', aliases: 'prod' });
    const report = await sync();
    expect(report).toMatchObject({ counts: { created: 0, updated: 2, skipped: 0, failed: 0 } });
    expect(report.changes.map(({ action, service }) => `${action} ${service}`).toSorted()).toEqual([
      'adopt pay',
      'adopt pay-prod',
    ]);
    const { services, defaults } = await readCatalog(given.server);
    expect(services['pay']).toMatchObject({
      Tags: ['managed-by-lambda-registrator'],
      Meta: { 'registrator-owner': owner, 'lambda-arn': arnOf('pay') },
    });
    expect(defaults['pay']?.entry).toMatchObject(ownDefaults(given.server, 'pay'));
    expect(defaults['pay-prod']?.arn).toBe(`${arnOf('pay')}:prod`);
    const { Node } = (await given.server.ok('GET', '/v1/catalog/node/lambdas')) as { Node: object };
    expect(Node).toMatchObject({ Meta: { 'external-node': 'true', 'external-probe': 'false' } });
    given.watch();
    await fullSync(given.parts);
    expect(given.writes()).toEqual([]);
  });

  it('before the server was upgraded is adopted and put into the format of today', async () => {
    const Meta = {
      'serverless.consul.hashicorp.com/v1alpha1/lambda/enabled': 'true',
      'serverless.consul.hashicorp.com/v1alpha1/lambda/arn': arnOf('pay'),
      'serverless.consul.hashicorp.com/v1alpha1/lambda/payload-passthrough': 'false',
      'serverless.consul.hashicorp.com/v1alpha1/lambda/region': 'eu-west-1',
    };
    await registerAsGoDoes(given.server, 'pay');
    const entry = { Kind: 'service-defaults', Name: 'pay', Protocol: 'http', Meta };
    await given.server.ok('PUT', '/v1/config', entry);
    given.world.set('pay');
    expect((await fullSync(given.parts)).changes).toMatchObject([{ action: 'adopt', service: 'pay' }]);
    const { defaults } = await readCatalog(given.server);
    expect(defaults['pay']?.entry).toMatchObject(ownDefaults(given.server, 'pay'));
    expect(defaults['pay']?.entry.Meta).toEqual(ownDefaults(given.server, 'pay').Meta);
  });

  it.each([
    ['for another function', () => registerAsGoDoes(given.server, 'pay', arnOf('other'))],
    [
      'in another account',
      () => registerAsGoDoes(given.server, 'pay', arnOf('pay').replace(/\d{12}/, '999999999999')),
    ],
    ['on another node', () => registerAsGoDoes(given.server, 'pay', arnOf('pay'), 'lambdas-2')],
    [
      'without what it tags',
      async () => {
        await registerAsGoDoes(given.server, 'pay');
        const Service = { ID: 'pay', Service: 'pay', Tags: ['managed-by-something-else'] };
        const body = { Node: 'lambdas', SkipNodeUpdate: true, Service };
        await given.server.ok('PUT', '/v1/catalog/register', body);
      },
    ],
    [
      'and of which only service-defaults are left',
      async () => {
        await registerAsGoDoes(given.server, 'pay');
        await given.server.ok('PUT', '/v1/catalog/deregister', { Node: 'lambdas', ServiceID: 'pay' });
      },
    ],
  ])('%s is a conflict and stays as it is', async (_what, make) => {
    for (const [, sync] of both) {
      await make();
      const before = await everything();
      given.world.set('pay');
      given.watch();
      expect(await sync()).toMatchObject({
        complete: true,
        counts: { created: 0, updated: 0, skipped: 1, failed: 0 },
        skips: [{ service: 'pay', arn: arnOf('pay'), reason: 'conflict', hint: expect.any(String) }],
      });
      expect(given.writes().filter((write) => !isProbe(write))).toEqual([]);
      expect(await everything()).toEqual(before);
    }
  });

  it('for functions that are gone stays unless it is told to go', async () => {
    await registerAsGoDoes(given.server, 'gone');
    await registerAsGoDoes(given.server, 'disabled');
    await registerAsGoDoes(given.server, 'bad');
    await registerAsGoDoes(given.server, 'kept-alias', `${arnOf('kept')}:alias`);
    await registerAsGoDoes(given.server, 'else', arnOf('else').replace(/\d{12}/, '999999999999'));
    given.world.set('disabled', { enabled: 'false' });
    given.world.set('bad', { enabled: 'yes' });
    given.world.set('kept');
    await fullSync(given.parts);
    const all = ['bad', 'disabled', 'else', 'gone', 'kept', 'kept-alias'];
    expect(Object.keys(await given.services()).toSorted()).toEqual(all);
    const adopting = given.registrator({ ADOPT_UNOWNED: 'true' });
    expect((await fullSync(adopting)).counts).toMatchObject({ deleted: 2, unchanged: 1 });
    const left = ['bad', 'else', 'kept', 'kept-alias'];
    const { services, defaults } = await readCatalog(given.server);
    expect(Object.keys(services).toSorted()).toEqual(left);
    expect(Object.keys(defaults).toSorted()).toEqual(left);
  });
});

describe('what carries the mark of others, or of nobody', () => {
  it('is never changed: another owner', async () => {
    given.world.set('pay');
    await fullSync(given.registrator({ OWNER_ID: 'team-a' }));
    const before = await everything();
    for (const [, sync] of both) {
      expect((await sync()).skips).toMatchObject([
        { service: 'pay', reason: 'conflict', message: expect.stringContaining('team-a') },
      ]);
    }
    given.world.remove('pay');
    for (const [, sync] of both) await sync();
    expect(await everything()).toEqual(before);
  });

  it('is never changed: an ARN of another account under our mark', async () => {
    given.world.set('pay');
    await fullSync(given.parts);
    const arn = arnOf('pay').replace(/\d{12}/, '999999999999');
    const fields = ownDefaults(given.server, 'pay', { arn });
    await given.server.ok('PUT', '/v1/config', fields);
    const before = await everything();
    for (const [, sync] of both) {
      expect((await sync()).skips).toMatchObject([{ service: 'pay', reason: 'foreign-arn' }]);
    }
    given.world.remove('pay');
    for (const [, sync] of both) await sync();
    expect(await everything()).toEqual(before);
  });

  it('is never changed: service-defaults alone', async () => {
    await given.server.ok('PUT', '/v1/config', { Kind: 'service-defaults', Name: 'pay', Protocol: 'grpc' });
    given.world.set('pay');
    const before = await everything();
    for (const [, sync] of both) {
      expect((await sync()).skips).toMatchObject([{ service: 'pay', reason: 'conflict' }]);
    }
    expect(await everything()).toEqual(before);
  });
});

describe('another registrator of the same Consul', () => {
  it('keeps what is its own although both see all', async () => {
    given.world.set('pay');
    await fullSync(given.parts);
    const arn = arnOf('mail').replace('eu-west-1', 'us-east-1');
    await given.server.ok('PUT', '/v1/config', {
      Kind: 'service-defaults',
      Name: 'mail',
      Protocol: 'http',
      ...lambdaFields(given.server, { arn, payloadPassthrough: false, invocationMode: 'synchronous' }),
    });
    await given.server.ok('PUT', '/v1/catalog/register', {
      Node: 'lambdas',
      SkipNodeUpdate: true,
      Service: { ID: 'mail', Service: 'mail', Meta: { 'registrator-owner': 'us', 'lambda-arn': arn } },
    });
    given.world.remove('pay');
    await fullSync(given.parts);
    expect(Object.keys((await readCatalog(given.server)).defaults)).toEqual(['mail']);
    expect(Object.keys(await given.services())).toEqual(['mail']);
  });
});

/** What finds out the version of a server changes nothing. */
function isProbe(write: string): boolean {
  return write === 'PUT /v1/config' && !hasExtensions(given.server);
}
