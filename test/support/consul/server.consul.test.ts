import { connect } from 'node:tls';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ConsulServer, startConsul } from './server.ts';

describe('a Consul of the tests', () => {
  let consul: ConsulServer;
  beforeAll(async () => {
    consul = await startConsul({ acl: true, tls: true });
  });
  afterAll(() => consul.close());

  test('denies by default and obeys the rules of a token', async () => {
    const token = await consul.createToken('key_prefix "mine/" { policy = "write" }');
    expect((await consul.call('PUT', '/v1/kv/mine/a', 1, token)).status).toBe(200);
    expect((await consul.call('PUT', '/v1/kv/other', 1, token)).status).toBe(403);
    expect((await consul.call('PUT', '/v1/kv/mine/a', 1, '')).status).toBe(403);
  });

  test('keeps its data when killed and started again', async () => {
    await consul.ok('PUT', '/v1/kv/kept', 1);
    await consul.kill();
    await expect(consul.call('GET', '/v1/kv/kept')).rejects.toThrow('fetch failed');
    await consul.start();
    await consul.ok('GET', '/v1/kv/kept');
    await consul.restart();
    await consul.ok('GET', '/v1/kv/kept');
  });

  test('serves HTTPS with a certificate of its own CA', async () => {
    const { tls } = consul;
    const socket = connect({ host: consul.host, port: tls?.port ?? 0, ca: tls?.ca });
    await once(socket, 'secureConnect');
    expect(socket.authorized).toBe(true);
    socket.destroy();
  });
});
