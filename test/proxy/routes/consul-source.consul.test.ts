import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Consul } from '../../../src/consul/client.ts';
import { systemRandom } from '../../../src/core/random.ts';
import { connectConsul } from '../../../src/daemon/consul.ts';
import { managedTag } from '../../../src/lambda-service/service.ts';
import { consulSettingNames } from '../../../src/proxy/file/consul.ts';
import { emptyCatalog } from '../../support/consul/catalog.ts';
import { consulClient } from '../../support/consul/client.ts';
import { follow, type FollowedSource, sourceOf } from '../../support/proxy/consul-routes.ts';
import { type ConsulServer, startConsul } from '../../support/consul/server.ts';
import { createManualClock } from '../../support/clock/manual-clock.ts';
import { startFaultyFront } from '../../support/http/faulty-front.ts';
import { fullSync, partsFor } from '../../support/registrator/registrator.ts';
import { arnOf, createTagWorld } from '../../support/aws/tag-world.ts';
import { waitUntil } from '../../support/wait-until.ts';

let server: ConsulServer;
let strict: ConsulServer;
const clients: Consul[] = [];
const sources: FollowedSource[] = [];
beforeAll(async () => {
  [server, strict] = await Promise.all([startConsul(), startConsul({ acl: true })]);
});
afterAll(async () => {
  await Promise.all([server.close(), strict.close()]);
});
beforeEach(async () => {
  await Promise.all([emptyCatalog(server), emptyCatalog(strict)]);
  const Service = { Service: 'web', Tags: ['web'] };
  await server.ok('PUT', '/v1/catalog/register', { Node: 'others', Address: '192.0.2.1', Service });
});
afterEach(() => {
  for (const source of sources.splice(0)) source.close();
  for (const client of clients.splice(0)) client.close();
});

function connect(...[to, options]: Parameters<typeof consulClient>): Consul {
  const client = consulClient(to, { retry: { attempts: 1, baseMs: 1, maxMs: 1 }, ...options });
  clients.push(client);
  return client;
}

async function followed(consul: Consul, source: Parameters<typeof follow>[1] = {}): Promise<FollowedSource> {
  const running = follow(consul, source);
  sources.push(running);
  await running.ready;
  return running;
}

interface Registered {
  name: string;
  node?: string;
  meta?: Record<string, string>;
}

async function register({ name, node = 'lambdas', meta = {} }: Registered, at = server): Promise<void> {
  const route = { 'lambda-route-host': `${name}.example` };
  const Service = {
    Service: name,
    Tags: [managedTag],
    Meta: { 'lambda-arn': arnOf(name), ...route, ...meta },
  };
  await at.ok('PUT', '/v1/catalog/register', { Node: node, Address: '', SkipNodeUpdate: true, Service });
}

async function deregister(name: string, node = 'lambdas'): Promise<void> {
  await server.ok('PUT', '/v1/catalog/deregister', { Node: node, ServiceID: name });
}

const hasRoutes = (source: FollowedSource, ...expected: string[]) =>
  waitUntil(`the routes ${expected.join()}`, () => source.table()?.join() === expected.join());

describe('routes of a Consul', () => {
  it('come, change and go with its services', async () => {
    const source = await followed(connect(server));
    expect(source.table()).toEqual([]);
    await register({ name: 'pay' });
    await hasRoutes(source, 'pay.example/ pay');
    await register({ name: 'mail', meta: { 'lambda-route-path': '/v1' } });
    await hasRoutes(source, 'mail.example/v1 mail', 'pay.example/ pay');
    await register({
      name: 'mail',
      meta: { 'lambda-route-path': '/v2', 'lambda-invocation-mode': 'asynchronous' },
    });
    await hasRoutes(source, 'mail.example/v2 mail', 'pay.example/ pay');
    expect(source.routes()[0]?.invocation).toBe('async');
    await deregister('pay');
    await hasRoutes(source, 'mail.example/v2 mail');
    await deregister('mail');
    await hasRoutes(source);
    expect(source.log).toEqual([]);
  });

  it('come and go with their node', async () => {
    await register({ name: 'pay' });
    const source = await followed(connect(server));
    expect(source.table()).toEqual(['pay.example/ pay']);
    await server.ok('PUT', '/v1/catalog/deregister', { Node: 'lambdas' });
    await hasRoutes(source);
  });

  it('are those of the smaller of two nodes', async () => {
    await register({ name: 'pay', node: 'n2', meta: { 'lambda-arn': arnOf('two') } });
    const source = await followed(connect(server));
    await hasRoutes(source, 'pay.example/ two');
    await register({ name: 'pay', node: 'n1', meta: { 'lambda-arn': arnOf('one') } });
    await hasRoutes(source, 'pay.example/ one');
    await deregister('pay', 'n1');
    await hasRoutes(source, 'pay.example/ two');
    expect(source.routes()).toMatchObject([{ functionName: arnOf('two') }]);
  });

  it('leave services of others alone, also those that share a name', async () => {
    const web = { Service: 'pay', Tags: ['web'], Meta: { 'lambda-arn': arnOf('web') } };
    await server.ok('PUT', '/v1/catalog/register', { Node: 'a', Address: '192.0.2.1', Service: web });
    await register({ name: 'pay' });
    const source = await followed(connect(server), { domain: 'internal' });
    expect(source.table()).toEqual(['pay.example/ pay', 'pay.internal/ pay']);
  });

  it('are those of functions and aliases that the registrator registers', async () => {
    const source = await followed(connect(server), { domain: 'internal' });
    const world = createTagWorld();
    const registrator = partsFor(connect(server), world.functions);
    const tags = { enabled: 'true', aliases: 'prod', 'route-host': 'pay.example.com', 'route-path': '/v1' };
    world.set('pay', { ...tags, 'payload-passthrough': 'true' });
    expect(await fullSync(registrator)).toMatchObject({ complete: true });
    await hasRoutes(source, 'pay.example.com/v1 pay', 'pay.internal/ pay', 'pay-prod.internal/ pay:prod');
    expect(source.routes().map(({ format }) => format.name)).toEqual(['raw', 'raw', 'raw']);
    world.set('pay', { enabled: 'true' });
    await fullSync(registrator);
    await hasRoutes(source, 'pay.internal/ pay');
    expect(source.routes()[0]?.format.name).toBe('envoy');
    world.remove('pay');
    await fullSync(registrator);
    await hasRoutes(source);
  });
});

describe('while Consul is not itself', () => {
  it('routes stay during a restart, and follow afterwards', async () => {
    const names = Array.from({ length: 100 }, (_one, at) => `s${at + 100}`);
    for (const name of names) await register({ name });
    const source = await followed(connect(server));
    const routes = names.map((name) => `${name}.example/ ${name}`);
    expect(source.table()).toEqual(routes);
    await server.kill();
    await waitUntil('a failure', () => !source.state().up);
    await server.start();
    await waitUntil('an answer', () => source.state().up);
    await register({ name: 't' });
    await hasRoutes(source, ...routes, 't.example/ t');
    expect(source.told()).toBe(2);
    expect(source.log.map(({ message }) => message)).toEqual(['source failed', 'source back']);
  });

  it('routes follow another Consul whose index is smaller', async () => {
    const target = { host: server.host, port: server.port };
    const front = await startFaultyFront(target);
    for (let at = 0; at < 5; at += 1) await register({ name: `s${at}` });
    const source = await followed(connect(front));
    expect(source.table()).toHaveLength(5);
    const fresh = await startConsul();
    try {
      await register({ name: 'pay' }, fresh);
      front.fault = () => 'reset';
      await emptyCatalog(server);
      await waitUntil('a failure', () => !source.state().up);
      target.port = fresh.port;
      front.fault = () => undefined;
      await hasRoutes(source, 'pay.example/ pay');
    } finally {
      await Promise.all([front.close(), fresh.close()]);
    }
  });

  it('routes stay for ten seconds after a Consul began anew without its data', async () => {
    const target = { host: server.host, port: server.port };
    const front = await startFaultyFront(target);
    const fresh = await startConsul();
    await register({ name: 'pay' });
    const clock = createManualClock();
    const source = follow(connect(front), {}, clock);
    sources.push(source);
    await source.ready;
    const eventually = (what: string, condition: () => boolean) =>
      waitUntil(what, async () => {
        await clock.advance(500);
        return condition();
      });
    try {
      front.fault = () => 'reset';
      await emptyCatalog(server);
      await waitUntil('a failure', () => !source.state().up);
      const since = clock.now();
      target.port = fresh.port;
      front.fault = () => undefined;
      await eventually('an answer', () => source.state().up);
      expect(source.table()).toEqual(['pay.example/ pay']);
      await eventually('no routes', () => source.table()?.length === 0);
      expect(clock.now() - since).toBeGreaterThanOrEqual(10_000);
    } finally {
      await Promise.all([front.close(), fresh.close()]);
    }
  });
});

describe('a token', () => {
  const all = 'node_prefix "" { policy = "read" } service_prefix "" { policy = "read" }';

  async function revoke(token: string): Promise<void> {
    const self = (await strict.ok('GET', '/v1/acl/token/self', undefined, token)) as { AccessorID: string };
    await strict.ok('DELETE', `/v1/acl/token/${self.AccessorID}`);
  }

  it('that is deleted takes no routes away, and one in its file is read as often as there is a new one', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'token-'));
    const tokenFile = path.join(folder, 'token');
    let token = await strict.createToken(all);
    writeFileSync(tokenFile, token);
    await register({ name: 's0' }, strict);
    const { settings } = sourceOf(
      JSON.stringify({ consul: { address: `${strict.host}:${strict.port}`, token_file: tokenFile } }),
    );
    const consul = connectConsul(settings, consulSettingNames, systemRandom);
    clients.push(consul);
    const source = await followed(consul);
    const expected = ['s0.example/ s0'];
    for (const name of ['s1', 's2', 's3']) {
      await revoke(token);
      await register({ name }, strict);
      await waitUntil('a failure', () => !source.state().up);
      expect(source.table()).toEqual(expected);
      token = await strict.createToken(all);
      writeFileSync(tokenFile, token);
      expected.push(`${name}.example/ ${name}`);
      await hasRoutes(source, ...expected);
    }
    expect(source.log.find(({ level }) => level === 'warn')?.fields['error']).toContain('ACL not found');
    rmSync(folder, { recursive: true });
  });

  it('that may not read nodes is told so, and makes no routes', async () => {
    await register({ name: 'pay' }, strict);
    const token = await strict.createToken('service_prefix "" { policy = "read" }');
    const source = await followed(connect(strict, { token }));
    expect(source.table()).toEqual([]);
    expect(source.log).toMatchObject([
      {
        level: 'warn',
        fields: { problem: expect.stringMatching(/^the token must have .*node:read$/) as string },
      },
    ]);
  });

  it('whose rules go and come back takes no routes away', async () => {
    await register({ name: 'pay' }, strict);
    const token = await strict.createToken(all);
    const own = (await strict.ok('GET', '/v1/acl/token/self', undefined, token)) as {
      AccessorID: string;
      Policies: object[];
    };
    const allow = (Policies: object[]) =>
      strict.ok('PUT', `/v1/acl/token/${own.AccessorID}`, { ...own, Policies });
    const source = await followed(connect(strict, { token }));
    expect(source.table()).toEqual(['pay.example/ pay']);
    await allow([]);
    // The question that waits is answered by the old rights, and all that follow by the new ones.
    await register({ name: 'mail' }, strict);
    await waitUntil('a warning', () => source.log.length > 0);
    await register({ name: 'more' }, strict);
    const asked = source.state().lastSuccess;
    await waitUntil('an answer', () => source.state().lastSuccess > asked);
    expect(source.table()).toEqual(['pay.example/ pay']);
    const answered = source.state().lastSuccess;
    await allow(own.Policies);
    // As above: the question that waits first, and then another one.
    await register({ name: 'news' }, strict);
    await waitUntil('an answer', () => source.state().lastSuccess > answered);
    await register({ name: 'one-more' }, strict);
    const names = ['mail', 'more', 'news', 'one-more', 'pay'];
    const expected = names.map((name) => `${name}.example/ ${name}`);
    await hasRoutes(source, ...expected);
    // Current servers hide the services, and older ones their nodes.
    for (const { fields } of source.log) {
      expect(fields['problem']).toMatch(/^the token must have (service|node):read$/);
    }
  });
});
