import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Consul } from '../../src/consul/client.ts';
import type { ServiceDefaults } from '../../src/consul/api.ts';
import type { ConfigEntry } from '../../src/consul/config-entries.ts';
import { agentsPlace } from '../../src/lambda-service/place.ts';
import type { ConsulEndpoint } from '../support/consul/calls.ts';
import { consulClient, testDeadline } from '../support/consul/client.ts';
import { atLeast, type ConsulServer, startConsul } from '../support/consul/server.ts';
import { consuls } from '../support/consul/consuls.ts';

const deadline = testDeadline();
const entry = (name: string, more: object = {}): ServiceDefaults => ({
  Kind: 'service-defaults',
  Name: name,
  Protocol: 'http',
  ...more,
});

describe.each(consuls)('service-defaults of $name', ({ start }) => {
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

  async function indexOf(name: string): Promise<number> {
    return (await consul.serviceDefaults(agentsPlace, name, deadline))?.ModifyIndex ?? 0;
  }

  test('are created once, updated from what was read and lost to whoever was faster', async () => {
    expect(await consul.serviceDefaults(agentsPlace, 'a', deadline)).toBeUndefined();
    expect(await consul.putServiceDefaults(agentsPlace, entry('a'), 0, deadline)).toBe(true);
    expect(
      await consul.putServiceDefaults(agentsPlace, entry('a', { Meta: { by: 'another' } }), 0, deadline),
    ).toBe(false);
    const index = await indexOf('a');
    expect(
      await consul.putServiceDefaults(agentsPlace, entry('a', { Meta: { by: 'us' } }), index, deadline),
    ).toBe(true);
    expect(
      await consul.putServiceDefaults(agentsPlace, entry('a', { Meta: { by: 'them' } }), index, deadline),
    ).toBe(false);
    expect(await consul.serviceDefaults(agentsPlace, 'a', deadline)).toMatchObject({
      Protocol: 'http',
      Meta: { by: 'us' },
    });
    expect((await consul.listServiceDefaults(agentsPlace, deadline)).map(({ Name }) => Name)).toContain('a');
  });

  test('written back as read keep every field that others set', async () => {
    const theirs = entry('kept', { MeshGateway: { Mode: 'local' }, Expose: { Checks: true } });
    await server.ok('PUT', '/v1/config', theirs);
    const read = await consul.serviceDefaults(agentsPlace, 'kept', deadline);
    if (!read) throw new Error('the entry exists');
    const changed = { ...read, Meta: { ours: 'yes' } };
    expect(await consul.putServiceDefaults(agentsPlace, changed, read.ModifyIndex ?? 0, deadline)).toBe(true);
    expect(await consul.serviceDefaults(agentsPlace, 'kept', deadline)).toMatchObject({
      MeshGateway: { Mode: 'local' },
      Expose: { Checks: true },
      Meta: { ours: 'yes' },
    });
  });

  test('are deleted only as they were read', async () => {
    await consul.putServiceDefaults(agentsPlace, entry('gone'), 0, deadline);
    const index = await indexOf('gone');
    await consul.putServiceDefaults(
      agentsPlace,
      entry('gone', { Meta: { changed: 'since' } }),
      index,
      deadline,
    );
    for (const client of [consul, consulClient(server)]) {
      expect(await client.deleteServiceDefaults(agentsPlace, 'gone', index, deadline)).toBe(false);
      expect(await consul.serviceDefaults(agentsPlace, 'gone', deadline)).toMatchObject({
        Meta: { changed: 'since' },
      });
    }
    expect(await consul.deleteServiceDefaults(agentsPlace, 'gone', await indexOf('gone'), deadline)).toBe(
      true,
    );
    expect(await consul.serviceDefaults(agentsPlace, 'gone', deadline)).toBeUndefined();
    expect(await consul.deleteServiceDefaults(agentsPlace, 'gone', index, deadline)).toBe(true);
  });

  test('whether they may carry Envoy extensions is found out without a change', async () => {
    await consul.putServiceDefaults(agentsPlace, entry('probed'), 0, deadline);
    const before = await consul.listServiceDefaults(agentsPlace, deadline);
    const current = atLeast(server.version, 1, 15);
    expect(await consul.acceptsEnvoyExtensions(agentsPlace, 'probed', deadline)).toBe(current);
    expect(await consul.acceptsEnvoyExtensions(agentsPlace, 'unknown', deadline)).toBe(current);
    expect(await consul.listServiceDefaults(agentsPlace, deadline)).toStrictEqual(before);
  });

  test('carry Envoy extensions where the server knows them, and wrong ones never', async () => {
    const current = atLeast(server.version, 1, 15);
    const lambda = {
      Name: 'builtin/aws/lambda',
      Arguments: { ARN: 'arn:aws:lambda:eu-west-1:1:function:f' },
    };
    const put = (name: string, ...extensions: object[]) =>
      server.call('PUT', '/v1/config', { ...entry(name, { EnvoyExtensions: extensions }), Protocol: 'HTTP' });
    expect((await put('extended', lambda)).status).toBe(current ? 200 : 400);
    const stored = await consul.serviceDefaults(agentsPlace, 'extended', deadline);
    const answered = { ...lambda, Required: false, ConsulVersion: '', EnvoyVersion: '' };
    expect(stored?.EnvoyExtensions).toStrictEqual(current ? [answered] : undefined);
    expect(stored?.Protocol).toBe(current ? 'http' : undefined);
    expect(typeof stored?.['Hash']).toBe(current ? 'number' : 'undefined');
    const wrong: [object, number, string][] = [
      [{ Name: 'builtin/aws/nothing' }, 500, 'is not a built-in extension'],
      [{ Name: lambda.Name, Arguments: {} }, 500, 'ARN is required'],
      [
        { ...lambda, Arguments: { ...lambda.Arguments, PayloadPassthrough: 'true' } },
        500,
        "expected type 'bool'",
      ],
      [{ ...lambda, Nonsense: 1 }, 400, 'invalid config key "EnvoyExtensions[0].Nonsense"'],
    ];
    for (const [extension, status, text] of wrong) {
      const refusal = await put('wrong', extension);
      expect(refusal.status).toBe(current ? status : 400);
      expect(refusal.body).toContain(current ? text : 'invalid config key "EnvoyExtensions"');
    }
    expect((await server.call('GET', '/v1/config/service-defaults/wrong')).status).toBe(404);
  });

  test('written again as they are keep their index on servers that compare', async () => {
    await consul.putServiceDefaults(agentsPlace, entry('same'), 0, deadline);
    const index = await indexOf('same');
    const compares = atLeast(server.version, 1, 12);
    expect(await consul.putServiceDefaults(agentsPlace, entry('same'), index, deadline)).toBe(true);
    expect((await indexOf('same')) === index).toBe(compares);
    expect(await consul.putServiceDefaults(agentsPlace, entry('same'), index - 1, deadline)).toBe(compares);
  });

  test('have names in any case', async () => {
    await consul.putServiceDefaults(agentsPlace, entry('MixedCase'), 0, deadline);
    expect(
      await consul.putServiceDefaults(
        agentsPlace,
        entry('mixedcase', { Meta: { by: 'another' } }),
        0,
        deadline,
      ),
    ).toBe(false);
    expect(await consul.serviceDefaults(agentsPlace, 'MIXEDCASE', deadline)).toMatchObject({
      Name: 'MixedCase',
    });
  });

  test('with a value that Consul refuses are an error with its reason', async () => {
    const longKey = entry('bad', { Meta: { ['k'.repeat(200)]: 'v' } });
    const refused = (message: string) => ({
      code: 'UPSTREAM_REJECTED',
      message: expect.stringContaining(message) as string,
    });
    await expect(consul.putServiceDefaults(agentsPlace, longKey, 0, deadline)).rejects.toMatchObject(
      refused('exceeds maximum length 128'),
    );
    await expect(
      consul.putServiceDefaults(agentsPlace, entry('bad', { Nonsense: 1 }), 0, deadline),
    ).rejects.toMatchObject(refused('answered PUT /v1/config with 400: '));
    expect(await consul.serviceDefaults(agentsPlace, 'bad', deadline)).toBeUndefined();
  });
});

describe('entries of any kind', () => {
  let server: ConsulServer;
  beforeAll(async () => {
    server = await startConsul({ acl: true });
    await server.ok('PUT', '/v1/config', entry('routed'));
    await server.ok('PUT', '/v1/config', router);
  });
  afterAll(() => server.close());

  const router = {
    Kind: 'service-router',
    Name: 'routed',
    Routes: [{ Match: { HTTP: { PathPrefix: '/' } }, Destination: { Service: 'routed' } }],
  };

  async function list(kind: string, token = server.managementToken): Promise<ConfigEntry[]> {
    const consul = consulClient(server, { ...(token !== undefined && { token }) });
    try {
      return await consul.configEntries(agentsPlace, kind, deadline);
    } finally {
      consul.close();
    }
  }

  test('are listed with the fields of their kind', async () => {
    expect(await list('service-router')).toMatchObject([router]);
    expect(await list('service-splitter')).toStrictEqual([]);
  });

  test('are none where the server does not know the kind', async () => {
    expect(await list('no-such-kind')).toStrictEqual([]);
  });

  test('are none for a token that may not read them', async () => {
    expect(await list('service-router', '')).toStrictEqual([]);
    expect(await list('service-router', '11111111-2222-3333-4444-555555555555')).toStrictEqual([]);
  });
});
