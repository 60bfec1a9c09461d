import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Consul } from '../../../src/consul/client.ts';
import type { Operation, ServiceDefaults } from '../../../src/consul/api.ts';
import type { ConsulOptions } from '../../../src/consul/transport/requests.ts';
import { agentsPlace } from '../../../src/lambda-service/place.ts';
import { consulClient, testDeadline } from '../../support/consul/client.ts';
import { type ConsulServer, startConsul } from '../../support/consul/server.ts';
import { type Fault, type FaultyFront, first, startFaultyFront } from '../../support/http/faulty-front.ts';

const deadline = testDeadline();
const json = (body: string): Fault => ({ status: 200, type: 'application/json', body });
const removal: Operation[] = [{ verb: 'delete-cas', on: 'n', service: { ID: 'a', Service: 'a' }, index: 1 }];
const entry: ServiceDefaults = { Kind: 'service-defaults', Name: 'a', Protocol: 'http' };

describe('a Consul that is not always there', () => {
  let server: ConsulServer;
  let front: FaultyFront;
  let consul: Consul;
  const open = (options?: Partial<ConsulOptions>): Consul => {
    consul.close();
    consul = consulClient(front, options);
    return consul;
  };
  beforeAll(async () => {
    server = await startConsul();
  });
  afterAll(() => server.close());
  beforeEach(async () => {
    front = await startFaultyFront(server);
    consul = consulClient(front);
  });
  afterEach(async () => {
    consul.close();
    await front.close();
    await server.call('DELETE', '/v1/config/service-defaults/a');
  });

  const passing: [string, Fault][] = [
    [
      'limits its callers',
      { status: 429, body: 'rate limit exceeded, try again later or against a different server' },
    ],
    [
      'is overloaded',
      {
        status: 503,
        body: 'rate limit exceeded for operation that can only be performed by the leader, try again later',
      },
    ],
    ['has lost its leader', { status: 500, body: 'No cluster leader' }],
    [
      'cannot reach its leader',
      {
        status: 500,
        body: 'rpc error getting client: failed to get conn: dial tcp 10.0.0.1:8300: connect: connection refused',
      },
    ],
    ['loses the leader meanwhile', { status: 500, body: 'leadership lost while committing log' }],
    ['lost its connection to the leader', { status: 500, body: 'rpc error making call: EOF' }],
    ['resets connections', 'reset'],
    ['closes them in the middle of an answer', 'cut'],
  ];

  test.each(passing)('and %s is asked again, for reads and writes', async (_name, fault) => {
    front.fault = first(1, fault);
    expect([...(await consul.serviceNames(agentsPlace, deadline)).names.keys()]).toStrictEqual(['consul']);
    expect(front.requests).toHaveLength(2);
    front.fault = first(2, fault);
    await consul.transact(
      agentsPlace,
      [{ verb: 'cas', node: { Node: 'n', Address: '' }, index: 0 }],
      deadline,
    );
    expect((await server.call('GET', '/v1/catalog/node/n')).body).toMatchObject({ Node: { Node: 'n' } });
    await server.ok('PUT', '/v1/catalog/deregister', { Node: 'n' });
    expect(consul.calls()).toBe(front.requests.length);
  });

  test.each(passing)('and %s for good is an error that may pass', async (_name, fault) => {
    front.fault = () => fault;
    await expect(consul.serviceNames(agentsPlace, deadline)).rejects.toMatchObject({
      retryable: true,
      message: expect.stringContaining(`http://127.0.0.1:${front.port}`) as string,
    });
    expect(front.requests).toHaveLength(3);
  });

  test('a write whose answer was lost is not done twice', async () => {
    front.fault = first(1, 'lost');
    await consul.putServiceDefaults(agentsPlace, entry, 0, deadline);
    const stored = await consul.serviceDefaults(agentsPlace, 'a', deadline);
    expect(stored).toMatchObject({ Protocol: 'http', ModifyIndex: stored?.['CreateIndex'] });
    expect(front.requests).toHaveLength(3);
  });

  test('an answer that never comes ends with the timeout of the call, or earlier with the deadline', async () => {
    front.fault = () => 'silence';
    open({ timeoutMs: 30 });
    await expect(consul.serviceNames(agentsPlace, deadline)).rejects.toMatchObject({
      code: 'UPSTREAM_TIMEOUT',
    });
    expect(front.requests).toHaveLength(3);
    open({ timeoutMs: 60_000 });
    await expect(consul.serviceNames(agentsPlace, testDeadline(30))).rejects.toMatchObject({
      code: 'DEADLINE_EXCEEDED',
    });
  });

  test('an answer that another datacenter owes is waited for once', async () => {
    front.fault = () => 'silence';
    open({ timeoutMs: 30 });
    const hung = { code: 'UPSTREAM_TIMEOUT', retryable: true };
    await expect(consul.serviceNames({ datacenter: 'dc1' }, deadline)).rejects.toMatchObject(hung);
    await expect(consul.transact({ datacenter: 'dc1' }, removal, deadline)).rejects.toMatchObject(hung);
    await expect(consul.putServiceDefaults(agentsPlace, entry, 0, deadline)).rejects.toMatchObject(hung);
    expect(front.requests).toHaveLength(3);
    open();
    front.fault = first(2, 'reset');
    expect((await consul.serviceNames({ datacenter: 'dc1' }, deadline)).names.size).toBe(1);
  });

  test('a Consul that stands still and goes on is asked again', async () => {
    open({ timeoutMs: 100, retry: { attempts: 100, baseMs: 1, maxMs: 1 } });
    server.pause();
    const names = consul.serviceNames(agentsPlace, deadline);
    await expect.poll(() => front.requests.length).toBeGreaterThan(1);
    server.resume();
    expect([...(await names).names.keys()]).toStrictEqual(['consul']);
  });

  test('a Consul that is stopped is unreachable, and reachable again once it runs', async () => {
    const direct = consulClient(server);
    expect((await direct.serviceNames(agentsPlace, deadline)).names.size).toBe(1);
    await server.kill();
    await expect(direct.serviceNames(agentsPlace, deadline)).rejects.toMatchObject({
      code: 'UPSTREAM_UNAVAILABLE',
      message: expect.stringMatching(/ECONNREFUSED.*Check CONSUL_HTTP_ADDR/) as string,
    });
    await server.start();
    expect((await direct.serviceNames(agentsPlace, deadline)).names.size).toBe(1);
    direct.close();
  });

  test.each<[string, string]>([
    ['JSON that ends early', '{"consul":['],
    ['another shape', '{"consul":"x"}'],
    ['a list instead of a map', '[]'],
  ])('%s is no answer of Consul', async (_name, body) => {
    front.fault = () => json(body);
    await expect(consul.serviceNames(agentsPlace, deadline)).rejects.toMatchObject({
      code: 'UPSTREAM_REJECTED',
      message: expect.stringContaining(
        'Check that CONSUL_HTTP_ADDR is the HTTP address of Consul.',
      ) as string,
    });
  });

  test.each<[string, Fault]>([
    ['a page', { status: 200, type: 'text/html', body: '<html>hello</html>' }],
    ['not found', { status: 404, body: '404 page not found' }],
    ['a redirect', { status: 301, body: 'Moved Permanently' }],
  ])('%s from something else is never taken for absence', async (_name, fault) => {
    front.fault = () => fault;
    const refused = {
      code: 'UPSTREAM_REJECTED',
      message: expect.stringContaining('CONSUL_HTTP_ADDR') as string,
    };
    await expect(consul.serviceDefaults(agentsPlace, 'a', deadline)).rejects.toMatchObject(refused);
    await expect(consul.nodeServices(agentsPlace, 'n', deadline)).rejects.toMatchObject(refused);
    await expect(consul.deleteServiceDefaults(agentsPlace, 'a', 1, deadline)).rejects.toMatchObject(refused);
  });
});
