import { inspect } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Consul } from '../../../src/consul/client.ts';
import type { Credentials, Operation } from '../../../src/consul/api.ts';
import { agentsPlace } from '../../../src/lambda-service/place.ts';
import { Secret } from '../../../src/core/secret.ts';
import type { ConsulEndpoint } from '../../support/consul/calls.ts';
import { consulClient, testDeadline } from '../../support/consul/client.ts';
import { atLeast } from '../../support/consul/server.ts';
import { consuls } from '../../support/consul/consuls.ts';

const deadline = testDeadline();
const unknownToken = '11111111-2222-3333-4444-555555555555';
const service = (name: string): Operation => ({
  verb: 'cas',
  on: 'lambdas',
  service: { ID: name, Service: name },
  index: 0,
});

describe.each(consuls)('$name, which denies by default,', ({ start }) => {
  let server: ConsulEndpoint;
  const clients: Consul[] = [];
  beforeAll(async () => {
    server = await start({ acl: true });
    const node = { Node: 'lambdas', Address: '', Service: { Service: 'there' } };
    await server.ok('PUT', '/v1/catalog/register', { ...node, SkipNodeUpdate: true });
    await server.ok('PUT', '/v1/config', { Kind: 'service-defaults', Name: 'there', Protocol: 'http' });
  });
  afterAll(async () => {
    for (const client of clients) client.close();
    await server.close();
  });

  function as(token: string): Consul {
    const client = consulClient(server, { token });
    clients.push(client);
    return client;
  }
  const withRules = async (rules: string) => as(await server.createToken(rules));
  const hidden = ({ anonymous }: { anonymous: boolean }) => ({
    node: undefined,
    services: [],
    anonymous,
    filtered: !anonymous && atLeast(server.version, 1, 11),
    defaultPolicy: atLeast(server.version, 1, 11) ? 'deny' : undefined,
  });

  test('shows the node to whoever may read it', async () => {
    const consul = await withRules(
      'node "lambdas" { policy = "read" } service_prefix "" { policy = "read" }',
    );
    const { node, services } = await consul.nodeServices(agentsPlace, 'lambdas', deadline);
    expect(node?.Node).toBe('lambdas');
    expect(services.map(({ ID }) => ID)).toStrictEqual(['there']);
  });

  test('hides it from the others, and says so to all but those without a token', async () => {
    const consul = await withRules('service_prefix "" { policy = "write" }');
    expect(await consul.nodeServices(agentsPlace, 'lambdas', deadline)).toStrictEqual(
      hidden({ anonymous: false }),
    );
    expect(await as('').nodeServices(agentsPlace, 'lambdas', deadline)).toStrictEqual(
      hidden({ anonymous: true }),
    );
    expect(await as('').listServiceDefaults(agentsPlace, deadline)).toStrictEqual([]);
  });

  test('answers each operation that the token may not do, and does the others', async () => {
    const consul = await withRules(
      'service_prefix "fn-" { policy = "write" } node "lambdas" { policy = "read" }',
    );
    const names = ['fn-a', 'other', 'fn-b', 'more'];
    const failures = await consul.transact(
      agentsPlace,
      names.map((name) => service(name)),
      deadline,
    );
    expect(failures.map((failure) => failure?.reason)).toStrictEqual([
      undefined,
      'denied',
      undefined,
      'denied',
    ]);
    const lacking = atLeast(server.version, 1, 12)
      ? `lacks permission 'service:write' on "other"`
      : 'Permission denied';
    expect(failures[1]?.message).toContain(lacking);
    const { services } = await consul.nodeServices(agentsPlace, 'lambdas', deadline);
    expect(services.map(({ ID }) => ID)).toStrictEqual(['fn-a', 'fn-b']);
  });

  test('is asked again with what the credentials are renewed to, once', async () => {
    const good = new Secret(await server.createToken('service_prefix "" { policy = "read" }'));
    const bad = new Secret(unknownToken);
    const renewals: Credentials[] = [];
    const consul = consulClient(server, {
      credentials: {
        current: () => Promise.resolve({ token: bad }),
        renew: (refused) => {
          renewals.push(refused);
          return Promise.resolve(renewals.length === 1 ? { token: good } : undefined);
        },
      },
    });
    clients.push(consul);
    expect((await consul.serviceDefaults(agentsPlace, 'there', deadline))?.Name).toBe('there');
    expect(renewals).toStrictEqual([{ token: bad }]);
    await expect(consul.serviceDefaults(agentsPlace, 'there', deadline)).rejects.toMatchObject({
      code: 'UPSTREAM_AUTH',
    });
    expect(renewals).toHaveLength(2);
  });

  test('names what is refused and which settings to check', async () => {
    const consul = await withRules('service_prefix "" { policy = "read" }');
    const entry = { Kind: 'service-defaults', Name: 'there' } as const;
    const lacking = atLeast(server.version, 1, 12)
      ? `lacks permission 'service:write' on "there"`
      : 'Permission denied';
    await expect(consul.putServiceDefaults(agentsPlace, entry, 0, deadline)).rejects.toMatchObject({
      code: 'UPSTREAM_AUTH',
      message: expect.stringMatching(
        new RegExp(
          `http://127.0.0.1:${server.port} answered PUT /v1/config with 403: .*${lacking}.*CONSUL_HTTP_TOKEN_PATH`,
        ),
      ) as string,
    });
  });

  test('never makes the token part of an error', async () => {
    const error: unknown = await as(unknownToken)
      .nodeServices(agentsPlace, 'lambdas', deadline)
      .catch((caught: unknown) => caught);
    expect(error).toMatchObject({
      code: 'UPSTREAM_AUTH',
      message: expect.stringContaining('ACL not found') as string,
    });
    expect(inspect(error, { depth: 20, showHidden: true })).not.toContain(unknownToken);
    expect(inspect(as(unknownToken), { depth: 20, showHidden: true })).not.toContain(unknownToken);
  });

  test('tells version and datacenter without rights where it can, and may not be asked otherwise', async () => {
    const anonymous = as('');
    const told = (await anonymous.version(deadline))?.split('-')[0];
    expect(told).toBe(atLeast(server.version, 1, 16) ? server.version : undefined);
    expect(await anonymous.datacenters(deadline)).toEqual(['dc1']);
    expect(await anonymous.acceptsEnvoyExtensions(agentsPlace, 'probe', deadline)).toBe(
      atLeast(server.version, 1, 15),
    );
    const agent = await withRules('agent_prefix "" { policy = "read" }');
    expect(await agent.version(deadline)).toMatch(server.version);
  });
});
