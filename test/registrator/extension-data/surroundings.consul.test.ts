import { inspect } from 'node:util';
import { expect, it } from 'vitest';
import { agentsPlace } from '../../../src/lambda-service/place.ts';
import { renewExtensionData } from '../../../src/registrator/extension-data/renew.ts';
import { rotateRoot } from '../../support/consul/connect.ts';
import { consulClient, testDeadline } from '../../support/consul/client.ts';
import { startConsul } from '../../support/consul/server.ts';
import { node, pathOf, useExtensionData } from '../../support/registrator/extension-data.ts';
import { arnOf } from '../../support/aws/tag-world.ts';
import { metaKeys } from '../../../src/lambda-service/service.ts';

const given = useExtensionData();

it('warns once, and of nothing else, where Connect is off', async () => {
  await using server = await withoutConnect();
  await given.register('pay');
  const { warnings, failures, changes } = await renewExtensionData(
    { ...given.run(), consul: server.consul },
    await given.registered(),
  );
  expect([failures, changes]).toEqual([[], []]);
  expect(warnings).toMatchObject([
    { service: '', hint: expect.stringContaining('connect { enabled = true }') as string },
  ]);
});

async function withoutConnect() {
  const server = await startConsul({ connect: { enabled: false } });
  const consul = consulClient(server);
  return {
    consul,
    [Symbol.asyncDispose]: async () => {
      consul.close();
      await server.close();
    },
  };
}

it('asks for a tier and a key only as they are set, and fails the function whose data fits nowhere', async () => {
  await given.register('pay');
  const kmsKey = 'alias/mesh';
  const env = { CONSUL_EXTENSION_DATA_KMS_KEY: kmsKey };
  await renewExtensionData(given.run({ env }), await given.registered());
  expect(given.world.storage.get(pathOf('pay'))).toEqual({ tier: undefined, kmsKey });
  for (let root = 0; root < 3; root += 1) await rotateRoot(given.server, { LeafCertTTL: '1h' });
  const { failures } = await renewExtensionData(given.run({ env }), await given.registered());
  expect(failures).toMatchObject([
    { service: 'pay', arn: arnOf('pay'), code: 'TOO_LARGE', retryable: false },
  ]);
  expect(failures[0]?.message).toContain('CONSUL_EXTENSION_DATA_TIER');
  const tiered = { ...env, CONSUL_EXTENSION_DATA_TIER: 'advanced' };
  expect((await renewExtensionData(given.run({ env: tiered }), await given.registered())).failures).toEqual(
    [],
  );
  expect(given.world.storage.get(pathOf('pay'))).toEqual({ tier: 'Advanced', kmsKey });
});

it('looks at a thousand functions with nine calls, and shows no key anywhere', async () => {
  const names = Array.from({ length: 1000 }, (_, at) => `f${at}`);
  const operations = names.map((name) => {
    const service = { ID: name, Service: name, Meta: { [metaKeys.arn]: arnOf(name) } };
    return { verb: 'cas', on: node, service, index: 0 } as const;
  });
  await given.register('f0');
  await given.consul.transact(agentsPlace, operations.slice(1), testDeadline());
  const env = { CONSUL_EXTENSION_DATA_TIER: 'Advanced' };
  const told: unknown[] = [];
  const first = { ...given.run({ env }), onChange: (change: unknown) => void told.push(change) };
  const report = await renewExtensionData(first, await given.registered());
  expect([report.changes.length, report.failures]).toEqual([1000, []]);
  const registered = await given.registered();
  const shown = inspect([report, told, registered, given.front.requests], {
    depth: null,
    maxArrayLength: null,
  });
  expect(shown).not.toMatch(/PRIVATE KEY|BEGIN/);
  for (let period = 0; period < 12; period += 1) {
    given.world.calls.length = 0;
    given.front.requests.length = 0;
    const run = given.run({ env, now: period * 5 * 60_000 });
    expect(await renewExtensionData(run, registered)).toEqual({ changes: [], failures: [], warnings: [] });
    expect(given.world.calls.length).toBeLessThanOrEqual(9);
    expect(given.front.requests).toEqual(['GET /v1/agent/connect/ca/roots']);
  }
});
