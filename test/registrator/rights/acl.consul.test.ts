import { describe, expect, it } from 'vitest';
import type { Registrator } from '../../../src/registrator/run.ts';
import { halves, readCatalog } from '../../support/consul/catalog.ts';
import { atLeast } from '../../support/consul/server.ts';
import { registerForeign } from '../../support/registrator/lambda-pairs.ts';
import { fullSync, syncOf } from '../../support/registrator/registrator.ts';
import { arnOf } from '../../support/aws/tag-world.ts';
import { useRegistrator } from '../../support/registrator/use-registrator.ts';

const given = useRegistrator({ acl: true });

/** The policy of the documentation, rule by rule. */
const rules = {
  node: 'node "lambdas" { policy = "write" }',
  nodes: 'node_prefix "" { policy = "read" }',
  services: 'service_prefix "" { policy = "write" }',
};

async function registratorWith(
  policy: readonly string[],
  env: Record<string, string> = {},
): Promise<Registrator> {
  return given.registrator(env, await given.server.createToken(policy.join('\n')));
}

async function names(): Promise<string[]> {
  const state = await readCatalog(given.server);
  expect(halves(state)).toEqual([]);
  return Object.keys(state.services).toSorted();
}

const everyKind = [
  ['full sync', (parts: Registrator) => fullSync(parts)],
  ['event', (parts: Registrator) => syncOf(parts, 'pay', 'mail', 'web')],
] as const;

describe('the documented policy', () => {
  it.each(everyKind)('is all that %s needs, from nothing to nothing', async (_kind, sync) => {
    const parts = await registratorWith(Object.values(rules));
    await registerForeign(given.server, 'web');
    given.world.set('pay', { enabled: 'true', aliases: 'prod+dev' });
    given.world.set('web');
    const first = await sync(parts);
    expect(first).toMatchObject({ complete: true, warnings: [], failures: [], counts: { created: 3 } });
    expect(first.skips).toMatchObject([{ service: 'web', reason: 'conflict' }]);
    expect(await names()).toEqual(['pay', 'pay-dev', 'pay-prod']);
    given.world.set('pay', { enabled: 'true', 'payload-passthrough': 'true' });
    given.world.set('mail');
    const second = await sync(parts);
    expect(second).toMatchObject({ counts: { created: 1, updated: 1, deleted: 2, failed: 0 } });
    given.world.remove('pay');
    given.world.set('mail', {});
    expect((await sync(parts)).counts).toMatchObject({ deleted: 2, failed: 0 });
    expect(await names()).toEqual([]);
  });

  it('lets it correct the node', async () => {
    given.world.set('pay');
    const parts = await registratorWith(Object.values(rules));
    await fullSync(parts);
    const NodeMeta = { 'external-node': 'true', 'external-probe': 'true' };
    await given.server.ok('PUT', '/v1/catalog/register', { Node: 'lambdas', Address: '192.0.2.1', NodeMeta });
    expect((await fullSync(parts)).warnings).toEqual([]);
    const { Node } = (await given.server.ok('GET', '/v1/catalog/node/lambdas')) as { Node: object };
    expect(Node).toMatchObject({ Address: '192.0.2.1', Meta: { 'external-probe': 'false' } });
  });
});

describe('without node:write', () => {
  it.each(everyKind)(
    '%s registers nothing on a node that does not exist, and says why',
    async (_kind, sync) => {
      given.world.set('pay');
      const report = await sync(await registratorWith([rules.nodes, rules.services]));
      expect(report).toMatchObject({
        complete: true,
        counts: { created: 0, failed: 1 },
        failures: [
          {
            service: 'pay',
            code: 'UPSTREAM_AUTH',
            retryable: false,
            message: expect.stringContaining(rules.node),
          },
        ],
      });
      expect(await readCatalog(given.server)).toEqual({ services: {}, defaults: {} });
    },
  );

  it.each(everyKind)('%s still keeps the services of one that does, and warns once', async (_kind, sync) => {
    given.world.set('pay');
    await fullSync(given.parts);
    const NodeMeta = { 'external-node': 'true', 'external-probe': 'true' };
    await given.server.ok('PUT', '/v1/catalog/register', { Node: 'lambdas', Address: '192.0.2.1', NodeMeta });
    const parts = await registratorWith([rules.nodes, rules.services]);
    given.world.set('pay', { enabled: 'true', 'payload-passthrough': 'true' });
    given.world.set('mail', { enabled: 'true', aliases: 'a+b+c' });
    const report = await sync(parts);
    expect(report).toMatchObject({ complete: true, counts: { created: 4, updated: 1, failed: 0 } });
    expect(report.warnings).toMatchObject([
      {
        message: expect.stringContaining('external-probe=false'),
        hint: expect.stringContaining(rules.node),
      },
    ]);
    given.world.remove('mail');
    expect((await sync(parts)).counts).toMatchObject({ deleted: 4, failed: 0 });
    expect(await names()).toEqual(['pay']);
  });
});

describe('without node:read for other nodes', () => {
  const hidden = ['web', 'web-1', 'web-2', 'web-3'];

  it.each([1, 4])('a full sync takes no name that it cannot look up (%i names)', async (count) => {
    for (const name of hidden) await registerForeign(given.server, name);
    for (const name of hidden.slice(0, count)) given.world.set(name);
    given.world.set('free-1');
    given.world.set('free-2');
    const { skips, counts } = await fullSync(await registratorWith([rules.node, rules.services]));
    expect(counts).toMatchObject({ created: 2, failed: 0 });
    expect(skips.map(({ service, reason }) => `${reason} ${service}`)).toEqual(
      hidden.slice(0, count).map((name) => `conflict ${name}`),
    );
    expect(await names()).toEqual(['free-1', 'free-2']);
  });

  it('an event takes no name that the server says it hides', async () => {
    await registerForeign(given.server, 'web');
    given.world.set('web');
    const { skips } = await syncOf(await registratorWith([rules.node, rules.services]), 'web');
    // Servers before 1.11 do not say so.
    const says = atLeast(given.server.version, 1, 11);
    expect(skips.map(({ reason }) => reason)).toEqual(says ? ['conflict'] : []);
    expect(await names()).toEqual(says ? [] : ['web']);
  });
});

describe('without node:read for the node itself', () => {
  it.each(everyKind)('%s changes nothing that exists', async (_kind, sync) => {
    given.world.set('pay');
    given.world.set('mail');
    await fullSync(given.parts);
    const before = await readCatalog(given.server);
    const parts = await registratorWith([rules.services]);
    given.world.set('pay', { enabled: 'true', 'payload-passthrough': 'true' });
    given.world.remove('mail');
    given.watch();
    const outcome = await sync(parts).catch((error: unknown) => error);
    // Since 1.11 the server says that it hides something; before, our marks on service-defaults give it away.
    const message = expect.stringContaining('node:read') as string;
    const says = atLeast(given.server.version, 1, 11);
    expect(outcome).toMatchObject(
      says ? { code: 'UPSTREAM_AUTH', message } : { complete: false, warnings: [{ message }] },
    );
    expect(await readCatalog(given.server)).toEqual(before);
  });

  it('what is missing is still created where the server does not say that it hides the node', async () => {
    given.world.set('pay');
    await fullSync(given.parts);
    given.world.set('mail');
    const outcome = await fullSync(await registratorWith([rules.services])).catch(() => undefined);
    const says = atLeast(given.server.version, 1, 11);
    expect(outcome?.counts.created).toBe(says ? undefined : 1);
    expect(await names()).toEqual(says ? ['pay'] : ['mail', 'pay']);
  });
});

describe('without service:write', () => {
  it.each(everyKind)('%s reports each service and leaves no half of one behind', async (_kind, sync) => {
    given.world.set('pay');
    given.world.set('mail');
    await fullSync(given.parts);
    given.world.set('pay', { enabled: 'true', 'payload-passthrough': 'true' });
    given.world.remove('mail');
    given.world.set('web');
    const parts = await registratorWith([rules.node, rules.nodes, 'service_prefix "" { policy = "read" }']);
    const before = await readCatalog(given.server);
    const report = await sync(parts);
    const denied = report.failures
      .filter(({ code }) => code === 'UPSTREAM_AUTH')
      .map(({ service }) => service);
    expect(denied.toSorted()).toContain('pay');
    expect(denied).toContain('web');
    const mail = report.failures.find(({ service }) => service === 'mail');
    expect(mail?.code).toBe('UPSTREAM_AUTH');
    expect(report.failures.every(({ retryable }) => !retryable)).toBe(true);
    expect((await readCatalog(given.server)).defaults).toEqual(before.defaults);
    expect((await readCatalog(given.server)).services).toEqual(before.services);
  });

  it.each(everyKind)(
    'and without service:read %s deletes nothing that it does not see',
    async (_kind, sync) => {
      given.world.set('pay');
      given.world.set('mail');
      await fullSync(given.parts);
      given.world.remove('mail');
      const before = await readCatalog(given.server);
      const report = await sync(await registratorWith([rules.node, rules.nodes]));
      expect(report.counts).toMatchObject({ created: 0, updated: 0, deleted: 0 });
      expect(await readCatalog(given.server)).toEqual(before);
    },
  );
});

describe('a token for names with a prefix', () => {
  const env = { SERVICE_PREFIX: 'fn-' };
  const policy = [rules.node, rules.nodes, 'service_prefix "fn-" { policy = "write" }'];

  it.each(everyKind)('is enough for %s among services of others', async (_kind, sync) => {
    for (const name of ['web', 'db', 'fn-taken']) await registerForeign(given.server, name);
    await given.server.ok('PUT', '/v1/config', { Kind: 'service-defaults', Name: 'web', Protocol: 'grpc' });
    const parts = await registratorWith(policy, env);
    given.world.set('pay', { enabled: 'true', aliases: 'a+b' });
    given.world.set('mail', { enabled: 'true', 'service-name': 'taken' });
    expect(await sync(parts)).toMatchObject({
      complete: true,
      warnings: [],
      failures: [],
      counts: { created: 3 },
      skips: [{ service: 'fn-taken', reason: 'conflict' }],
    });
    given.world.set('pay', { enabled: 'true', 'payload-passthrough': 'true' });
    expect((await sync(parts)).counts).toMatchObject({ updated: 1, deleted: 2, failed: 0 });
    const { services, defaults } = await readCatalog(given.server);
    expect(Object.keys(services)).toEqual(['fn-pay']);
    expect(Object.keys(defaults).toSorted()).toEqual(['fn-pay', 'web']);
  });

  it('never touches what it had under names without the prefix, which it no longer sees', async () => {
    given.world.set('pay');
    await fullSync(given.parts);
    expect((await fullSync(await registratorWith(policy, env))).counts).toMatchObject({
      deleted: 0,
      failed: 0,
    });
    const { services } = await readCatalog(given.server);
    expect(Object.keys(services).toSorted()).toEqual(['fn-pay', 'pay']);
  });

  it('is refused for names outside of it, one by one', async () => {
    given.world.set('pay');
    given.world.set('fn-mail');
    const report = await fullSync(await registratorWith(policy));
    expect(report.counts).toMatchObject({ created: 1, failed: 1 });
    expect(report.failures).toMatchObject([{ service: 'pay', arn: arnOf('pay'), code: 'UPSTREAM_AUTH' }]);
    expect(await names()).toEqual(['fn-mail']);
  });
});

describe('without a token', () => {
  it.each(everyKind)('%s changes nothing and says what it may not do', async (_kind, sync) => {
    given.world.set('pay');
    await fullSync(given.parts);
    given.world.set('mail');
    given.world.remove('pay');
    const before = await readCatalog(given.server);
    const report = await sync(given.registrator({}, ''));
    expect(report.counts).toMatchObject({ created: 0, updated: 0, deleted: 0, failed: 1 });
    expect(report.failures).toMatchObject([{ service: 'mail', code: 'UPSTREAM_AUTH' }]);
    expect(await readCatalog(given.server)).toEqual(before);
  });
});

describe('a token that Consul does not know', () => {
  it.each(everyKind)('is an error of %s that says what to check', async (_kind, sync) => {
    given.world.set('pay');
    const token = '11111111-2222-3333-4444-555555555555';
    const failure = await sync(given.registrator({}, token)).catch((error: unknown) => error);
    expect(failure).toMatchObject({
      code: 'UPSTREAM_AUTH',
      message: expect.stringMatching(/CONSUL_HTTP_TOKEN_PATH or CONSUL_HTTP_TOKEN/),
    });
    expect(String(failure)).not.toContain(token);
    expect(await readCatalog(given.server)).toEqual({ services: {}, defaults: {} });
  });
});
