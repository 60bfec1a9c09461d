import { afterEach, beforeAll, beforeEach, afterAll, expect, it } from 'vitest';
import { emptyCatalog } from '../../support/consul/catalog.ts';
import { type ConsulServer, startConsul } from '../../support/consul/server.ts';
import { RunningBeliefs } from '../../support/agent/running-beliefs.ts';

const patience = { timeout: 30_000, interval: 20 };

let server: ConsulServer;
let running: RunningBeliefs;
beforeAll(async () => {
  server = await startConsul({ acl: true });
});
afterAll(() => server.close());
beforeEach(async () => {
  await emptyCatalog(server);
  running = await RunningBeliefs.create();
});
afterEach(() => running[Symbol.asyncDispose]());

const consulSource = (token = server.managementToken ?? '', more = '') =>
  `sources: { consul: { address: "http://127.0.0.1:${server.port}", token: "${token}" ${more} } }`;

/** Services by name, each with instances on nodes of these numbers, which their addresses end in. */
async function register(name: string, ...numbers: number[]): Promise<void> {
  const meta = { 'route-host': `${name}.example.com` };
  for (const number of numbers) {
    const Service = { Service: name, Port: 80, Meta: meta };
    const node = { Node: `n${number}`, Address: `10.0.0.${number}` };
    await server.ok('PUT', '/v1/catalog/register', { ...node, Service });
  }
}

/** Saves all that Consul knows, or restores it (https://developer.hashicorp.com/consul/api-docs/snapshot). */
async function snapshot(method: 'GET' | 'PUT', body?: ArrayBuffer): Promise<ArrayBuffer> {
  const response = await fetch(`http://127.0.0.1:${server.port}/v1/snapshot`, {
    method,
    headers: { 'X-Consul-Token': server.managementToken ?? '' },
    ...(body && { body }),
  });
  expect(response.status).toBe(200);
  return response.arrayBuffer();
}

const served = () => running.served();
const state = () => running.state('consul');
const all = ['api: 10.0.0.1:80', 'web: 10.0.0.1:80 10.0.0.2:80 10.0.0.3:80'];

async function following(text = consulSource()): Promise<void> {
  await register('web', 1, 2, 3);
  await register('api', 1);
  await running.start(text);
  await expect.poll(served, patience).toEqual(all);
}

it('believes nothing otherwise of a Consul that is away, and goes on when it is back', async () => {
  await following();
  const views = running.beliefs.views();
  await server.kill();
  await expect.poll(() => state().failures, patience).toBeGreaterThan(1);
  expect(state()).toMatchObject({ ok: false, hasAnswered: true, services: 2, servers: 4, held: [] });
  expect(state().error).toContain('Consul');
  expect(state().error).not.toContain(server.managementToken);
  await server.start();
  await expect.poll(() => state().ok, patience).toBe(true);
  expect(served()).toEqual(all);
  expect([...(running.beliefs.views()[0]?.sightings ?? [])]).toEqual([...(views[0]?.sightings ?? [])]);
  await register('web', 4);
  await expect.poll(served, patience).toContain('web: 10.0.0.1:80 10.0.0.2:80 10.0.0.3:80 10.0.0.4:80');
});

it('keeps everything when its token is deleted', async () => {
  const token = await server.createToken(
    'service_prefix "" { policy = "read" }\nnode_prefix "" { policy = "read" }',
  );
  await following(consulSource(token));
  const { AccessorID } = (await server.ok('GET', '/v1/acl/token/self', undefined, token)) as {
    AccessorID: string;
  };
  await server.ok('DELETE', `/v1/acl/token/${AccessorID}`);
  running.beliefs.refresh();
  await register('web', 4);
  await expect.poll(() => state().error, patience).toContain('403');
  expect(served()).toEqual(all);
  expect(state().error).not.toContain(token);
});

it('keeps everything when an older catalog without it is restored, until it is filled again', async () => {
  const saved = await snapshot('GET');
  await following();
  await snapshot('PUT', saved);
  // What waits for news is not told of a restore, which sets the index back.
  running.beliefs.refresh();
  const reads = () => state().held.map(({ service, reads, reason }) => reads >= 3 && `${service}: ${reason}`);
  const reason = 'the source has no servers any more';
  await expect.poll(reads, patience).toEqual([`api: ${reason}`, `web: ${reason}`]);
  expect(served()).toEqual(all);
  await register('web', 1, 2, 3);
  await register('api', 1);
  await expect.poll(() => state().held, patience).toEqual([]);
  expect(served()).toEqual(all);
});

it('believes that most of a service is gone, after reads that agree', async () => {
  await following(`guard: { interval: 500ms }\n${consulSource()}`);
  for (const number of [4, 5, 6, 7]) {
    const Service = { ID: `web-${number}`, Service: 'web', Address: `10.0.0.${number}`, Port: 80 };
    await server.ok('PUT', '/v1/catalog/register', { Node: 'n4', Address: '10.0.0.4', Service });
  }
  await expect.poll(() => state().servers, patience).toBe(8);
  await server.ok('PUT', '/v1/catalog/deregister', { Node: 'n4' });
  await expect.poll(() => state().held, patience).toMatchObject([{ service: 'web', reads: 2 }]);
  expect(state().servers).toBe(8);
  await expect.poll(served, patience).toEqual(all);
  expect(state().held).toEqual([]);
});

it('begins with the snapshot when Consul is down', async () => {
  await following();
  await running.end();
  await server.kill();
  await running.start(consulSource());
  expect(served()).toEqual(all);
  await expect.poll(() => state().failures, patience).toBeGreaterThan(0);
  expect(state()).toMatchObject({ ok: false, hasAnswered: false, services: 2, servers: 4 });
  await server.start();
  await expect.poll(() => state().hasAnswered, patience).toBe(true);
  expect(served()).toEqual(all);
});

it('takes other settings, and what they leave out goes as anything does', async () => {
  await following();
  running.beliefs.follow(running.config(consulSource(undefined, ', services: [web]')));
  expect(served()).toEqual(all);
  await expect.poll(served, patience).toEqual(['web: 10.0.0.1:80 10.0.0.2:80 10.0.0.3:80']);
});

it('takes another token, which is told from the one before', async () => {
  await register('web', 1, 2, 3);
  await register('api', 1);
  await running.start(consulSource('5f4b1c1e-0000-4000-8000-000000000000'));
  await expect.poll(() => state().error, patience).toContain('403');
  running.beliefs.follow(running.config(consulSource()));
  await expect.poll(served, patience).toEqual(all);
});
