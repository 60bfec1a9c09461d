import { describe, expect, it } from 'vitest';
import { emptyCatalog, readCatalog } from '../../support/consul/catalog.ts';
import { hasExtensions, ownDefaults, owner } from '../../support/registrator/lambda-pairs.ts';
import { fullSync, syncOf } from '../../support/registrator/registrator.ts';
import { arnOf } from '../../support/aws/tag-world.ts';
import { useRegistrator } from '../../support/registrator/use-registrator.ts';

const given = useRegistrator();

/** Writes service-defaults with some fields changed. */
async function editDefaults(name: string, fields: Record<string, unknown>): Promise<void> {
  const entry = (await given.server.ok('GET', `/v1/config/service-defaults/${name}`)) as Record<
    string,
    unknown
  >;
  const { Hash: _hash, CreateIndex: _create, ModifyIndex: _modify, ...kept } = entry;
  await given.server.ok('PUT', '/v1/config', { ...kept, ...fields });
}

/** Writes the service on our node with some fields changed. */
async function editService(name: string, fields: Record<string, unknown>): Promise<void> {
  const { Services } = (await given.server.ok('GET', '/v1/catalog/node/lambdas')) as {
    Services: Record<string, Record<string, unknown>>;
  };
  const { CreateIndex: _create, ModifyIndex: _modify, ...kept } = Services[name] ?? {};
  await given.server.ok('PUT', '/v1/catalog/register', {
    Node: 'lambdas',
    SkipNodeUpdate: true,
    Service: { ...kept, ...fields },
  });
}

const ownMeta = { 'registrator-owner': owner };

describe('drift', () => {
  const drifts: { what: string; action: string; fields: () => string[]; make: () => Promise<unknown> }[] = [
    {
      what: 'a service that was removed',
      action: 'create',
      fields: () => [],
      make: () => given.server.ok('PUT', '/v1/catalog/deregister', { Node: 'lambdas', ServiceID: 'pay' }),
    },
    {
      what: 'service-defaults that were removed',
      action: 'update',
      fields: () => ['service-defaults'],
      make: () => given.server.ok('DELETE', '/v1/config/service-defaults/pay'),
    },
    {
      what: 'service-defaults that no longer say what to invoke',
      action: 'update',
      fields: () =>
        hasExtensions(given.server)
          ? ['service-defaults.EnvoyExtensions']
          : ['enabled', 'arn', 'region', 'payload-passthrough', 'invocation-mode'].map(
              (key) => `service-defaults.Meta.serverless.consul.hashicorp.com/v1alpha1/lambda/${key}`,
            ),
      make: () =>
        editDefaults('pay', hasExtensions(given.server) ? { EnvoyExtensions: [] } : { Meta: { ...ownMeta } }),
    },
    {
      what: 'service-defaults that invoke another function of ours',
      action: 'update',
      fields: () =>
        hasExtensions(given.server)
          ? ['service-defaults.EnvoyExtensions']
          : ['service-defaults.Meta.serverless.consul.hashicorp.com/v1alpha1/lambda/arn'],
      make: () => {
        const { EnvoyExtensions, Meta } = ownDefaults(given.server, 'pay', { arn: arnOf('else') });
        return editDefaults('pay', { ...(EnvoyExtensions && { EnvoyExtensions }), Meta });
      },
    },
    {
      what: 'another protocol',
      action: 'update',
      fields: () => ['service-defaults.Protocol'],
      make: async () => {
        await editDefaults('pay', { Protocol: 'tcp' });
      },
    },
    {
      what: 'service-defaults without our mark',
      action: 'update',
      fields: () => ['service-defaults.Meta.registrator-owner'],
      make: async () => {
        const { Meta = {} } = ownDefaults(given.server, 'pay');
        await editDefaults('pay', {
          Meta: Object.fromEntries(Object.entries(Meta ?? {}).filter(([key]) => key !== 'registrator-owner')),
        });
      },
    },
    {
      what: 'another ARN of ours in the Meta of the service',
      action: 'update',
      fields: () => ['Meta.lambda-arn'],
      make: () => editService('pay', { Meta: { ...ownMeta, 'lambda-arn': arnOf('else') } }),
    },
    {
      what: 'Meta of the service that was edited',
      action: 'update',
      fields: () => ['Meta.lambda-invocation-mode'],
      make: () =>
        editService('pay', {
          Meta: { ...ownMeta, 'lambda-arn': arnOf('pay'), 'lambda-invocation-mode': 'ASYNCHRONOUS' },
        }),
    },
    {
      what: 'a service without our mark',
      action: 'update',
      fields: () => ['Meta.registrator-owner'],
      make: () => editService('pay', { Meta: { 'lambda-arn': arnOf('pay') } }),
    },
    {
      what: 'service tags that were edited',
      action: 'update',
      fields: () => ['Tags'],
      make: () => editService('pay', { Tags: ['managed-by-lambda-registrator', 'canary'] }),
    },
    {
      what: 'a node that was deleted',
      action: 'create',
      fields: () => [],
      make: () => given.server.ok('PUT', '/v1/catalog/deregister', { Node: 'lambdas' }),
    },
  ];

  it.each(drifts)('$what is repaired by full sync and by event', async ({ action, fields, make }) => {
    for (const sync of [() => fullSync(given.parts), () => syncOf(given.parts, 'pay')]) {
      await emptyCatalog(given.server);
      given.world.set('pay', { enabled: 'true', 'service-tags': 'eu' });
      await fullSync(given.parts);
      const wanted = await readCatalog(given.server);
      await make();
      const { changes, failures } = await sync();
      expect(failures).toEqual([]);
      expect(changes).toMatchObject([{ action, service: 'pay', arn: arnOf('pay') }]);
      expect(changes[0]?.fields).toEqual(expect.arrayContaining(fields()));
      const state = await readCatalog(given.server);
      expect(state.services).toEqual(wanted.services);
      expect(state.defaults['pay']?.entry).toMatchObject(ownDefaults(given.server, 'pay'));
      expect((await sync()).counts).toMatchObject({ unchanged: 1, updated: 0 });
    }
  });
});

describe('what others added', () => {
  it('to a service stays when ours changes', async () => {
    given.world.set('pay');
    await fullSync(given.parts);
    await editService('pay', {
      Address: '192.0.2.7',
      Port: 8443,
      Weights: { Passing: 7, Warning: 1 },
      Meta: { ...ownMeta, 'lambda-arn': arnOf('pay'), team: 'payments' },
    });
    given.world.set('pay', { enabled: 'true', 'service-tags': 'eu' });
    expect((await syncOf(given.parts, 'pay')).counts).toMatchObject({ updated: 1, failed: 0 });
    const { Services } = (await given.server.ok('GET', '/v1/catalog/node/lambdas')) as {
      Services: Record<string, unknown>;
    };
    expect(Services['pay']).toMatchObject({
      Address: '192.0.2.7',
      Port: 8443,
      Weights: { Passing: 7, Warning: 1 },
      Tags: ['managed-by-lambda-registrator', 'eu'],
      Meta: { team: 'payments', 'lambda-arn': arnOf('pay'), 'registrator-owner': owner },
    });
    expect((await fullSync(given.parts)).counts).toMatchObject({ unchanged: 1, updated: 0 });
  });

  it('to service-defaults stays when ours changes', async () => {
    given.world.set('pay');
    await fullSync(given.parts);
    const own = ownDefaults(given.server, 'pay');
    const others = {
      MeshGateway: { Mode: 'local' },
      ...(hasExtensions(given.server) && { UpstreamConfig: { Defaults: { ConnectTimeoutMs: 4321 } } }),
    };
    const lua = {
      Name: 'builtin/lua',
      Arguments: { ProxyType: 'connect-proxy', Listener: 'inbound', Script: 'return' },
    };
    const required = (extension: object) => ({ ...extension, Required: true, EnvoyVersion: '>= 1.20.0' });
    const ours = own.EnvoyExtensions?.map(required);
    await editDefaults('pay', {
      ...others,
      ...(ours && { EnvoyExtensions: [lua, ...ours] }),
      Meta: { ...own.Meta, team: 'payments' },
    });
    expect((await fullSync(given.parts)).counts).toMatchObject({ unchanged: 1, updated: 0 });
    given.world.set('pay', { enabled: 'true', 'invocation-mode': 'asynchronous' });
    expect((await syncOf(given.parts, 'pay')).counts).toMatchObject({ updated: 1, failed: 0 });
    const changed = ownDefaults(given.server, 'pay', { invocationMode: 'asynchronous' });
    const { entry } = (await readCatalog(given.server)).defaults['pay'] ?? {};
    expect(entry).toMatchObject({ ...others, Protocol: 'http', Meta: { ...changed.Meta, team: 'payments' } });
    const extensions = changed.EnvoyExtensions?.map(required);
    expect(entry?.EnvoyExtensions ?? []).toMatchObject(extensions ? [lua, ...extensions] : []);
  });
});
