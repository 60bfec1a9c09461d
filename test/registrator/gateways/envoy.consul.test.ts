import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Consul } from '../../../src/consul/client.ts';
import { writeLinks } from '../../../src/registrator/gateways/links.ts';
import { consulClient } from '../../support/consul/client.ts';
import { atLeast, type ConsulServer, startConsul } from '../../support/consul/server.ts';
import { envoyBinary, startTerminatingGateway } from '../../support/consul/envoy.ts';
import { linked, runFor, unlinked } from '../../support/registrator/gateways.ts';
import { fullSync, partsFor } from '../../support/registrator/registrator.ts';
import { arnOf, createTagWorld } from '../../support/aws/tag-world.ts';
import { waitUntil } from '../../support/wait-until.ts';

let server: ConsulServer;
let consul: Consul;
beforeAll(async () => {
  server = await startConsul({ grpc: true });
  consul = consulClient(server);
});
afterAll(async () => {
  consul.close();
  await server.close();
});

it('the Envoy of a gateway calls the function while its service is linked', async ({
  skip,
  onTestFinished,
}) => {
  if (envoyBinary === undefined) return skip('ENVOY_BIN names no Envoy');
  skip(!atLeast(server.version, 1, 15), 'this Consul does not know Envoy extensions');
  const world = createTagWorld();
  world.set('pay');
  await fullSync(partsFor(consul, world.functions));
  const envoy = await startTerminatingGateway(envoyBinary, server, 'gw');
  onTestFinished(() => envoy.close());
  const calls = async (): Promise<boolean> =>
    (await envoy.configuration()).includes(`"arn": "${arnOf('pay')}"`);

  expect(await calls()).toBe(false);
  await writeLinks(runFor(consul), linked('gw', 'pay'));
  await waitUntil('the filter of the function', calls);
  await writeLinks(runFor(consul), unlinked('gw', 'pay'));
  await waitUntil('the filter to go', async () => !(await calls()));
});
