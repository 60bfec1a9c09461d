import { afterAll, beforeAll, expect, it } from 'vitest';
import type { TerminatingGateway } from '../../src/consul/api.ts';
import type { Consul } from '../../src/consul/client.ts';
import { agentsPlace } from '../../src/lambda-service/place.ts';
import { consulClient, testDeadline } from '../support/consul/client.ts';
import { atLeast, type ConsulServer, startConsul } from '../support/consul/server.ts';

const deadline = testDeadline();
let server: ConsulServer;
let consul: Consul;
beforeAll(async () => {
  server = await startConsul({ acl: true });
  consul = consulClient(server);
});
afterAll(async () => {
  consul.close();
  await server.close();
});

const entry = (Name: string, ...names: string[]): TerminatingGateway => ({
  Kind: 'terminating-gateway',
  Name,
  Services: names.map((service) => ({ Name: service })),
});
const read = (name: string) => consul.terminatingGateway(agentsPlace, name, deadline);
const put = (what: TerminatingGateway, index: number) =>
  consul.putTerminatingGateway(agentsPlace, what, index, deadline);

it('entries are created once, updated as they were read and lost to whoever was faster', async () => {
  expect(await read('once')).toBeUndefined();
  expect(await put(entry('once', 'a'), 0)).toBe(true);
  expect(await put(entry('once', 'b'), 0)).toBe(false);
  const { ModifyIndex = 0 } = (await read('ONCE')) ?? {};
  expect(await put(entry('once', 'a', 'b'), ModifyIndex)).toBe(true);
  expect(await put(entry('once', 'c'), ModifyIndex)).toBe(false);
  expect(await read('once')).toMatchObject({ Name: 'once', Services: [{ Name: 'a' }, { Name: 'b' }] });
});

it('entries written back as they were read keep every field', async () => {
  const current = atLeast(server.version, 1, 15);
  const files = { CAFile: '/ca.pem', CertFile: '/cert.pem', KeyFile: '/key.pem', SNI: 'a.test' };
  const theirs = {
    ...entry('kept'),
    Services: [{ Name: '*' }, { Name: 'a', ...files, ...(current && { DisableAutoHostRewrite: true }) }],
    Meta: { team: 'network' },
  };
  await server.ok('PUT', '/v1/config', theirs);
  const before = await read('kept');
  if (!before) throw new Error('the entry exists');
  expect(before).toMatchObject(theirs);
  expect(typeof before['Hash']).toBe(current ? 'number' : 'undefined');
  const Services = [...(before.Services ?? []), { Name: 'b' }];
  expect(await put({ ...before, Services }, before.ModifyIndex ?? 0)).toBe(true);
  expect(await read('kept')).toMatchObject({ ...theirs, Services: [...theirs.Services, { Name: 'b' }] });
});

it('what the token may not do and what Consul does not take are told apart', async () => {
  const denied = consulClient(server, { token: await server.createToken('service "a" { policy = "read" }') });
  const refused = { code: 'UPSTREAM_AUTH' };
  await expect(denied.terminatingGateway(agentsPlace, 'gw', deadline)).rejects.toMatchObject(refused);
  await expect(
    denied.putTerminatingGateway(agentsPlace, entry('gw', 'a'), 0, deadline),
  ).rejects.toMatchObject(refused);
  denied.close();
  await expect(put(entry('gw', 'a', 'a'), 0)).rejects.toMatchObject({
    code: 'UPSTREAM_REJECTED',
    message: expect.stringContaining('was specified more than once within a namespace') as string,
  });
  expect(await read('gw')).toBeUndefined();
});
