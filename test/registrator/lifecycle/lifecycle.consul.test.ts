import { describe, expect, it } from 'vitest';
import { readCatalog } from '../../support/consul/catalog.ts';
import { hasExtensions, ownDefaults } from '../../support/registrator/lambda-pairs.ts';
import { fullSync, syncOf } from '../../support/registrator/registrator.ts';
import { account, arnOf, region } from '../../support/aws/tag-world.ts';
import { useRegistrator } from '../../support/registrator/use-registrator.ts';

const given = useRegistrator();

async function services(): Promise<string[]> {
  return Object.keys(await given.services()).toSorted();
}

describe('a tagged function', () => {
  it('becomes a service with its service-defaults on a node that nobody probes', async () => {
    given.world.set('pay');
    const report = await fullSync(given.parts);
    expect(report).toMatchObject({
      complete: true,
      dryRun: false,
      counts: { created: 1, updated: 0, deleted: 0, unchanged: 0, skipped: 0, failed: 0 },
      changes: [{ action: 'create', service: 'pay', arn: arnOf('pay'), fields: [] }],
      skips: [],
      warnings: [],
      failures: [],
    });
    const { services: registered, defaults } = await readCatalog(given.server);
    expect(registered).toEqual({
      pay: {
        Tags: ['managed-by-lambda-registrator'],
        Meta: {
          'lambda-arn': arnOf('pay'),
          'lambda-payload-passthrough': 'false',
          'lambda-invocation-mode': 'synchronous',
          'registrator-owner': `${account}/${region}/lambdas`,
          'registrator-schema': '1',
        },
      },
    });
    expect(defaults['pay']?.entry).toMatchObject(ownDefaults(given.server, 'pay'));
    expect(defaults['pay']?.entry.EnvoyExtensions === undefined).toBe(!hasExtensions(given.server));
    const { Node } = (await given.server.ok('GET', '/v1/catalog/node/lambdas')) as { Node: object };
    expect(Node).toMatchObject({ Meta: { 'external-node': 'true', 'external-probe': 'false' } });
  });

  it('is described by all of its tags', async () => {
    given.world.set('pay', {
      enabled: 'true',
      'payload-passthrough': 'true',
      'invocation-mode': 'ASYNCHRONOUS',
      'service-name': 'billing.v2',
      'service-tags': ' eu + beta++eu ',
      aliases: 'prod + dev +prod+',
      'route-host': '*.example.com',
      'route-path': '/pay/',
    });
    await fullSync(given.parts);
    const { services: registered, defaults } = await readCatalog(given.server);
    const told = { payloadPassthrough: true, invocationMode: 'asynchronous' };
    expect(Object.keys(registered).toSorted()).toEqual(['billing.v2', 'billing.v2-dev', 'billing.v2-prod']);
    expect(registered['billing.v2']).toMatchObject({
      Tags: ['managed-by-lambda-registrator', 'eu', 'beta'],
      Meta: {
        'lambda-arn': arnOf('pay'),
        'lambda-payload-passthrough': 'true',
        'lambda-invocation-mode': 'asynchronous',
        'lambda-route-host': '*.example.com',
        'lambda-route-path': '/pay',
      },
    });
    expect(registered['billing.v2-dev']?.Meta['lambda-arn']).toBe(`${arnOf('pay')}:dev`);
    const arn = arnOf('pay');
    expect(defaults['billing.v2']?.entry).toMatchObject(
      ownDefaults(given.server, 'billing.v2', { arn, ...told }),
    );
    expect(defaults['billing.v2-prod']?.entry).toMatchObject(
      ownDefaults(given.server, 'billing.v2-prod', { arn: `${arn}:prod`, ...told }),
    );
  });

  it('is followed when its tags change, and its other services go', async () => {
    given.world.set('pay', { enabled: 'true', aliases: 'prod+dev' });
    await fullSync(given.parts);
    given.world.set('pay', { enabled: 'true', aliases: 'dev+test', 'payload-passthrough': 'true' });
    const report = await syncOf(given.parts, 'pay');
    expect(report.counts).toMatchObject({ created: 1, updated: 2, deleted: 1 });
    expect(await services()).toEqual(['pay', 'pay-dev', 'pay-test']);
    const { defaults } = await readCatalog(given.server);
    expect(Object.keys(defaults).toSorted()).toEqual(['pay', 'pay-dev', 'pay-test']);
    expect(defaults['pay']?.entry).toMatchObject(
      ownDefaults(given.server, 'pay', { payloadPassthrough: true }),
    );
  });

  it('goes without service-defaults that somebody has put in place of its own', async () => {
    given.world.set('pay');
    await fullSync(given.parts);
    const theirs = { Kind: 'service-defaults', Name: 'pay', Protocol: 'http', Meta: { team: 'payments' } };
    await given.server.ok('PUT', '/v1/config', theirs);
    given.world.remove('pay');
    expect((await fullSync(given.parts)).counts).toMatchObject({ deleted: 1, failed: 0 });
    const state = await readCatalog(given.server);
    expect(Object.keys(state.services)).toEqual([]);
    expect(state.defaults['pay']?.entry.Meta).toEqual({ team: 'payments' });
  });

  it('moves when service-name changes', async () => {
    given.world.set('pay', { enabled: 'true', 'service-name': 'old', aliases: 'prod' });
    await fullSync(given.parts);
    given.world.set('pay', { enabled: 'true', 'service-name': 'new', aliases: 'prod' });
    const report = await syncOf(given.parts, 'pay');
    expect(report.counts).toMatchObject({ created: 2, deleted: 2 });
    const { services: registered, defaults } = await readCatalog(given.server);
    expect(Object.keys(registered).toSorted()).toEqual(['new', 'new-prod']);
    expect(Object.keys(defaults).toSorted()).toEqual(['new', 'new-prod']);
  });

  it.each([
    ['is deleted', undefined],
    ['is disabled', { enabled: 'false' }],
    ['loses its tags', {}],
  ])('goes whole when it %s, by event and by full sync', async (_what, tags) => {
    for (const sync of [() => syncOf(given.parts, 'pay'), () => fullSync(given.parts)]) {
      given.world.set('pay', { enabled: 'true', aliases: 'prod' });
      await fullSync(given.parts);
      if (tags) given.world.set('pay', tags);
      else given.world.remove('pay');
      expect((await sync()).counts).toMatchObject({ deleted: 2, failed: 0, skipped: 0 });
      expect(await readCatalog(given.server)).toEqual({ services: {}, defaults: {} });
    }
  });

  it('takes the prefix for every name of it, and is left alone under names without the prefix', async () => {
    given.world.set('pay', { enabled: 'true', aliases: 'prod' });
    await fullSync(given.parts);
    const prefixed = given.registrator({ SERVICE_PREFIX: 'fn-' });
    await fullSync(prefixed);
    expect(await services()).toEqual(['fn-pay', 'fn-pay-prod']);
    expect((await fullSync(prefixed)).counts).toMatchObject({ unchanged: 2, created: 0, deleted: 0 });
    given.world.remove('pay');
    await syncOf(prefixed, 'pay');
    expect(await services()).toEqual([]);
  });
});

describe('a state that is as it should be', () => {
  it('costs a full sync two reads and nothing else', async () => {
    given.world.set('pay', { enabled: 'true', aliases: 'prod' });
    for (let index = 0; index < 150; index += 1) given.world.set(`fn-${index}`);
    await fullSync(given.parts);
    given.watch();
    const report = await fullSync(given.parts);
    expect(report.counts).toEqual({
      created: 0,
      updated: 0,
      deleted: 0,
      unchanged: 152,
      skipped: 0,
      failed: 0,
    });
    // That a server is old is asked again by every full sync.
    const versionAsked = ['GET /v1/agent/version', 'GET /v1/agent/self'];
    expect(given.requests().toSorted()).toEqual(
      [
        'GET /v1/catalog/node/lambdas',
        'GET /v1/config/service-defaults',
        ...(hasExtensions(given.server) ? [] : versionAsked),
      ].toSorted(),
    );
  });

  it('is not written again by a registrator that has just started', async () => {
    given.world.set('pay');
    await fullSync(given.parts);
    given.watch();
    await fullSync(given.registrator({}));
    await syncOf(given.registrator({}), 'pay');
    expect(given.writes()).toEqual([]);
  });

  it('costs an event the same few reads however many services are registered', async () => {
    for (let index = 0; index < 150; index += 1) given.world.set(`fn-${index}`);
    await fullSync(given.parts);
    given.watch();
    await syncOf(given.parts, 'fn-7');
    expect(given.requests()).toHaveLength(2);
    given.watch();
    given.world.set('new');
    await syncOf(given.parts, 'new');
    expect(given.requests().filter((request) => request.startsWith('GET')).length).toBeLessThanOrEqual(4);
    expect(given.writes().length).toBeLessThanOrEqual(3);
  });
});

describe('the format of service-defaults', () => {
  it('follows the setting, is replaced when the server allows a better one, and is refused where it does not fit', async () => {
    given.world.set('pay');
    const env = { SERVICE_DEFAULTS_FORMAT: hasExtensions(given.server) ? 'meta' : 'envoy-extension' };
    const { failures } = await fullSync(given.registrator(env));
    const refused = { service: 'pay', code: 'UPSTREAM_REJECTED', retryable: false };
    expect(failures).toMatchObject(hasExtensions(given.server) ? [] : [refused]);
    await fullSync(given.parts);
    const { entry } = (await readCatalog(given.server)).defaults['pay'] ?? {};
    expect(entry).toMatchObject(ownDefaults(given.server, 'pay'));
    expect(entry?.Meta).toEqual(ownDefaults(given.server, 'pay').Meta);
  });
});
