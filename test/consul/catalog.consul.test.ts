import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Consul } from '../../src/consul/client.ts';
import type { Operation } from '../../src/consul/api.ts';
import { agentsPlace } from '../../src/lambda-service/place.ts';
import type { ConsulEndpoint } from '../support/consul/calls.ts';
import { consulClient, testDeadline } from '../support/consul/client.ts';
import { atLeast } from '../support/consul/server.ts';
import { consuls } from '../support/consul/consuls.ts';

const deadline = testDeadline();
const arn = (name: string) => `arn:aws:lambda:eu-west-1:123456789012:function:${name}`;
const node: Operation = {
  verb: 'cas',
  node: { Node: 'lambdas', Address: '', Meta: { 'external-node': 'true' } },
  index: 0,
};
const create = (name: string): Operation => ({
  verb: 'cas',
  on: 'lambdas',
  service: { ID: name, Service: name, Tags: ['managed'], Meta: { 'lambda-arn': arn(name) } },
  index: 0,
});

describe.each(consuls)('the catalog of $name, which allows everything,', ({ start }) => {
  let server: ConsulEndpoint;
  let consul: Consul;
  beforeAll(async () => {
    server = await start();
    consul = consulClient(server);
  });
  afterAll(async () => {
    consul.close();
    await server.close();
  });
  beforeEach(async () => {
    await server.call('PUT', '/v1/catalog/deregister', { Node: 'lambdas' });
  });

  test('an absent node is absent and nothing is hidden', async () => {
    const policy = atLeast(server.version, 1, 11) ? 'allow' : undefined;
    expect(await consul.nodeServices(agentsPlace, 'lambdas', deadline)).toStrictEqual({
      node: undefined,
      services: [],
      filtered: false,
      defaultPolicy: policy,
      anonymous: true,
    });
  });

  test('what is created is read back, whole or filtered by name or function', async () => {
    expect(await consul.transact(agentsPlace, [node, create('a'), create('b')], deadline)).toStrictEqual([
      undefined,
      undefined,
      undefined,
    ]);
    const { node: stored, services } = await consul.nodeServices(agentsPlace, 'lambdas', deadline);
    expect(stored).toMatchObject({ Node: 'lambdas', Datacenter: 'dc1', Meta: { 'external-node': 'true' } });
    expect(services).toMatchObject([
      { ID: 'a', Service: 'a', Tags: ['managed'], Meta: { 'lambda-arn': arn('a') } },
      { ID: 'b', Service: 'b' },
    ]);
    expect(services[0]?.ModifyIndex).toBeGreaterThan(0);
    const named = async (filter: string) =>
      (await consul.nodeServices(agentsPlace, 'lambdas', deadline, filter)).services.map(({ ID }) => ID);
    expect(await named('Service == "b"')).toStrictEqual(['b']);
    expect(await named(`Meta["lambda-arn"] == "${arn('a')}"`)).toStrictEqual(['a']);
    expect(await named('Meta["lambda-arn"] matches "function:[bc](:|$)"')).toStrictEqual(['b']);
    expect(await named('Meta["none"] == "x"')).toStrictEqual([]);
    expect(await named('ID matches `(?i)^(A|c)$` or Service matches `(?i)^(B)$`')).toStrictEqual(['a', 'b']);
    await expect(named('Nonsense == "x"')).rejects.toThrow('boolean expression evaluator');
  });

  test('services of all nodes are listed with their tags and instances', async () => {
    await consul.transact(agentsPlace, [node, create('a')], deadline);
    const other = { Node: 'other', Address: '10.0.0.1', Service: { Service: 'a', Tags: ['theirs'] } };
    await server.ok('PUT', '/v1/catalog/register', other);
    expect((await consul.serviceNames(agentsPlace, deadline)).names.get('a')?.toSorted()).toStrictEqual([
      'managed',
      'theirs',
    ]);
    const { instances } = await consul.serviceInstances(agentsPlace, 'a', deadline);
    expect(instances).toMatchObject([
      { Node: 'lambdas', ServiceID: 'a', ServiceTags: ['managed'], ServiceMeta: { 'lambda-arn': arn('a') } },
      { Node: 'other', ServiceID: 'a', ServiceTags: ['theirs'], ServiceMeta: {} },
    ]);
    expect((await consul.serviceInstances(agentsPlace, 'nobody', deadline)).instances).toStrictEqual([]);
    await server.ok('PUT', '/v1/catalog/deregister', { Node: 'other' });
  });

  test('a real agent is told by its check, a made-up node has none', async () => {
    await consul.transact(agentsPlace, [node], deadline);
    expect(await consul.nodeHasCheck(agentsPlace, 'agent', 'serfHealth', deadline)).toBe(true);
    expect(await consul.nodeHasCheck(agentsPlace, 'lambdas', 'serfHealth', deadline)).toBe(false);
    expect(await consul.nodeHasCheck(agentsPlace, 'absent', 'serfHealth', deadline)).toBe(false);
  });

  test('names with characters of URLs are names', async () => {
    const odd = 'a/b?c=d%20&é';
    await server.ok('PUT', '/v1/catalog/register', { Node: odd, Address: '', SkipNodeUpdate: true });
    expect((await consul.nodeServices(agentsPlace, odd, deadline)).node?.Node).toBe(odd);
    await server.ok('PUT', '/v1/catalog/deregister', { Node: odd });
  });

  test('version and datacenter are those of the agent', async () => {
    expect(await consul.version(deadline)).toMatch(server.version);
    expect(await consul.datacenters(deadline)).toEqual(['dc1']);
  });
});
