import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Consul, ServiceDefaults } from '../../src/consul/api.ts';
import { consulClient, testDeadline } from '../support/consul-client.ts';
import { atLeast, type ConsulServer, startConsul } from '../support/consul-server.ts';

const deadline = testDeadline();
const entry = (name: string, more: object = {}): ServiceDefaults => ({
  Kind: 'service-defaults',
  Name: name,
  Protocol: 'http',
  ...more,
});

describe('service-defaults', () => {
  let server: ConsulServer;
  let consul: Consul;
  beforeAll(async () => {
    server = await startConsul();
    consul = consulClient(server);
  });
  afterAll(async () => {
    consul.close();
    await server.close();
  });

  async function indexOf(name: string): Promise<number> {
    return (await consul.serviceDefaults(name, deadline))?.ModifyIndex ?? 0;
  }

  test('are created once, updated from what was read and lost to whoever was faster', async () => {
    expect(await consul.serviceDefaults('a', deadline)).toBeUndefined();
    expect(await consul.putServiceDefaults(entry('a'), 0, deadline)).toBe(true);
    expect(await consul.putServiceDefaults(entry('a', { Meta: { by: 'another' } }), 0, deadline)).toBe(false);
    const index = await indexOf('a');
    expect(await consul.putServiceDefaults(entry('a', { Meta: { by: 'us' } }), index, deadline)).toBe(true);
    expect(await consul.putServiceDefaults(entry('a', { Meta: { by: 'them' } }), index, deadline)).toBe(
      false,
    );
    expect(await consul.serviceDefaults('a', deadline)).toMatchObject({
      Protocol: 'http',
      Meta: { by: 'us' },
    });
    expect((await consul.listServiceDefaults(deadline)).map(({ Name }) => Name)).toContain('a');
  });

  test('written back as read keep every field that others set', async () => {
    const theirs = entry('kept', { MeshGateway: { Mode: 'local' }, Expose: { Checks: true } });
    await server.ok('PUT', '/v1/config', theirs);
    const read = await consul.serviceDefaults('kept', deadline);
    if (!read) throw new Error('the entry exists');
    const changed = { ...read, Meta: { ours: 'yes' } };
    expect(await consul.putServiceDefaults(changed, read.ModifyIndex ?? 0, deadline)).toBe(true);
    expect(await consul.serviceDefaults('kept', deadline)).toMatchObject({
      MeshGateway: { Mode: 'local' },
      Expose: { Checks: true },
      Meta: { ours: 'yes' },
    });
  });

  test('are deleted only as they were read', async () => {
    await consul.putServiceDefaults(entry('gone'), 0, deadline);
    const index = await indexOf('gone');
    await consul.putServiceDefaults(entry('gone', { Meta: { changed: 'since' } }), index, deadline);
    for (const client of [consul, consulClient(server)]) {
      expect(await client.deleteServiceDefaults('gone', index, deadline)).toBe(false);
      expect(await consul.serviceDefaults('gone', deadline)).toMatchObject({ Meta: { changed: 'since' } });
    }
    expect(await consul.deleteServiceDefaults('gone', await indexOf('gone'), deadline)).toBe(true);
    expect(await consul.serviceDefaults('gone', deadline)).toBeUndefined();
    expect(await consul.deleteServiceDefaults('gone', index, deadline)).toBe(true);
  });

  test('whether they may carry Envoy extensions is found out without a change', async () => {
    await consul.putServiceDefaults(entry('probed'), 0, deadline);
    const before = await consul.listServiceDefaults(deadline);
    const current = atLeast(server.version, 1, 15);
    expect(await consul.acceptsEnvoyExtensions('probed', deadline)).toBe(current);
    expect(await consul.acceptsEnvoyExtensions('unknown', deadline)).toBe(current);
    expect(await consul.listServiceDefaults(deadline)).toStrictEqual(before);
  });

  test('with a value that Consul refuses are an error with its reason', async () => {
    const longKey = entry('bad', { Meta: { ['k'.repeat(200)]: 'v' } });
    const refused = (message: string) => ({
      code: 'UPSTREAM_REJECTED',
      message: expect.stringContaining(message) as string,
    });
    await expect(consul.putServiceDefaults(longKey, 0, deadline)).rejects.toMatchObject(
      refused('exceeds maximum length 128'),
    );
    await expect(consul.putServiceDefaults(entry('bad', { Nonsense: 1 }), 0, deadline)).rejects.toMatchObject(
      refused('answered PUT /v1/config with 400: '),
    );
    expect(await consul.serviceDefaults('bad', deadline)).toBeUndefined();
  });
});
