import { afterEach, expect, it } from 'vitest';
import type { Consul } from '../../../../src/consul/client.ts';
import { consulClient } from '../../../support/consul/client.ts';
import { type ConsulServer, startConsul, startConsulCluster } from '../../../support/consul/server.ts';
import { type FollowedServices, followServices } from '../../../support/agent/followed-services.ts';
import { waitUntil } from '../../../support/wait-until.ts';

const servers: ConsulServer[] = [];
const clients: Consul[] = [];
const sources: FollowedServices[] = [];
afterEach(async () => {
  for (const source of sources.splice(0)) source.close();
  for (const client of clients.splice(0)) client.close();
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

function follow(server: ConsulServer, token?: string, settings: Parameters<typeof followServices>[1] = {}) {
  const retry = { attempts: 1, baseMs: 1, maxMs: 1 };
  const client = consulClient(server, { retry, ...(token !== undefined && { token }) });
  const source = followServices(client, settings);
  clients.push(client);
  sources.push(source);
  return source;
}

async function register(server: ConsulServer, name: string, port = 80): Promise<void> {
  const Service = { Service: name, Port: port };
  await server.ok('PUT', '/v1/catalog/register', { Node: 'n', Address: '10.0.0.1', Service });
}

/** Whether no reading says that the service is gone. */
const isKept = ({ readings }: FollowedServices, name: string) =>
  readings.every(({ sightings, unread }) => sightings.has(name) || unread.has(name));

const mayRead = `service_prefix "" { policy = "read" }
node_prefix "" { policy = "read" }`;

it.each([64, 4])('keeps what it knows when its token is deleted (%d connections)', async (maxConnections) => {
  const server = await startConsul({ acl: true });
  servers.push(server);
  for (const name of ['a', 'b', 'c']) await register(server, name);
  const token = await server.createToken(mayRead);
  const source = follow(server, token, { maxConnections });
  await source.untilServices('a', 'b', 'c');
  const { AccessorID } = (await server.ok('GET', '/v1/acl/token/self', undefined, token)) as {
    AccessorID: string;
  };
  await server.ok('DELETE', `/v1/acl/token/${AccessorID}`);
  await register(server, 'a', 81);
  await waitUntil('failures', () => source.failures.length > 1);
  expect(String(source.failures.at(-1))).toContain('403');
  for (const name of ['a', 'b', 'c']) expect(isKept(source, name)).toBe(true);
});

it('tells a service whose nodes the token may not read from one that is gone', async () => {
  const server = await startConsul({ acl: true });
  servers.push(server);
  await register(server, 'a');
  const source = follow(server, await server.createToken('service_prefix "" { policy = "read" }'));
  // Current servers do not even list it.
  await source.until('what is missing', ({ problems }) => /node:read/.test(problems[0]?.message ?? ''));
  expect(source.last()?.sightings.has('a')).toBe(false);
  await server.ok('PUT', '/v1/catalog/deregister', { Node: 'n', ServiceID: 'a' });
  await source.untilServices();
});

it('outlives the loss of a leader', async () => {
  const cluster = await startConsulCluster(3);
  servers.push(...cluster);
  const [first] = cluster;
  if (first === undefined) throw new Error('no server');
  await register(first, 'a');
  await register(first, 'b');
  const leaderOf = async (server: ConsulServer) =>
    (await server.ok('GET', '/v1/agent/self')) as { Stats: { consul: { leader: string } } };
  const roles = await Promise.all(
    cluster.map(async (server) => ({
      server,
      isLeader: (await leaderOf(server)).Stats.consul.leader === 'true',
    })),
  );
  const leader = roles.find(({ isLeader }) => isLeader)?.server;
  const [follower] = roles.filter(({ isLeader }) => !isLeader).map(({ server }) => server);
  if (leader === undefined || follower === undefined) throw new Error('no leader, or nothing but leaders');
  const stale = follow(follower);
  const strict = follow(follower, undefined, { stale: false, maxConnections: 4 });
  await Promise.all([stale.untilServices('a', 'b'), strict.untilServices('a', 'b')]);
  await leader.kill();
  await waitUntil('another leader', async () => {
    await register(follower, 'c');
    return true;
  });
  await Promise.all([stale.untilServices('a', 'b', 'c'), strict.untilServices('a', 'b', 'c')]);
  for (const source of [stale, strict])
    expect([isKept(source, 'a'), isKept(source, 'b')]).toEqual([true, true]);
  await register(follower, 'a', 81);
  for (const source of [stale, strict])
    await source.until('the change', () => source.instances('a')?.[0]?.port === 81);
});
