import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Consul } from '../../src/consul/client.ts';
import { consulClient, testDeadline } from '../support/consul/client.ts';
import { type ConsulServer, startConsul } from '../support/consul/server.ts';
import { type Federation, startFederation } from '../support/places/federation.ts';

const deadline = testDeadline();

let alone: ConsulServer;
let federation: Federation;
beforeAll(async () => {
  [alone, federation] = await Promise.all([
    startConsul({ acl: true }),
    startFederation({ acl: true, datacenters: 3 }),
  ]);
});
afterAll(() => Promise.all([alone?.close(), federation?.close()]));

async function ask<Result>(
  server: ConsulServer,
  work: (consul: Consul) => Promise<Result>,
  token?: string,
): Promise<Result> {
  const consul = consulClient(server, token === undefined ? {} : { token });
  try {
    return await work(consul);
  } finally {
    consul.close();
  }
}

test('datacenters are those of the federation, that of the asked server first', async () => {
  const listed = (server: ConsulServer) => ask(server, (consul) => consul.datacenters(deadline));
  expect(await listed(alone)).toEqual(['dc1']);
  for (const [at, server] of federation.servers.entries()) {
    const names = await listed(server);
    expect(names).toHaveLength(3);
    expect(names[0]).toBe(`dc${at + 1}`);
    expect(new Set(names)).toEqual(new Set(['dc1', 'dc2', 'dc3']));
  }
});

test('the primary datacenter is told to those who may read the agent', async () => {
  const primary = (server: ConsulServer, token?: string) =>
    ask(server, (consul) => consul.primaryDatacenter(deadline), token);
  expect(await primary(alone)).toBe('dc1');
  for (const server of federation.servers) expect(await primary(server)).toBe('dc1');
  expect(await primary(alone, await alone.createToken('agent_prefix "" { policy = "read" }'))).toBe('dc1');
  expect(await primary(alone, await alone.createToken('node_prefix "" { policy = "read" }'))).toBeUndefined();
});

test('tokens of the primary datacenter hold in the others', async () => {
  const token = await federation.createToken(
    'service_prefix "" { policy = "read" } node_prefix "" { policy = "read" }',
  );
  const { names } = await ask(
    federation.of('dc3'),
    (consul) => consul.serviceNames({ datacenter: 'dc2' }, deadline),
    token,
  );
  expect([...names.keys()]).toEqual(['consul']);
});

test('Community knows no namespaces', async () => {
  const namespaces = await ask(alone, (consul) => consul.namespaces('default', deadline));
  expect(namespaces).toEqual({ kind: 'community' });
});
