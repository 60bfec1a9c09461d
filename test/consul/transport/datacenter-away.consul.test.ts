import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { Operation, ServiceDefaults } from '../../../src/consul/api.ts';
import type { Consul } from '../../../src/consul/client.ts';
import { agentsPlace } from '../../../src/lambda-service/place.ts';
import { consulClient, testDeadline } from '../../support/consul/client.ts';
import { type Federation, startFederation } from '../../support/places/federation.ts';

const deadline = testDeadline();
const primary = { datacenter: 'dc1' };
const entry = (Name: string): ServiceDefaults => ({ Kind: 'service-defaults', Name, Protocol: 'http' });
const landing = (Node: string): Operation[] => [{ verb: 'cas', node: { Node, Address: '' }, index: 0 }];
const unavailable = { code: 'UPSTREAM_UNAVAILABLE', retryable: true };
const primaryAway = expect.stringContaining('The primary datacenter, which writes config entries, is away');

/** What is asked is in dc2; dc1, which is away, is the primary datacenter. */
let federation: Federation;
let consul: Consul;
beforeAll(async () => {
  federation = await startFederation();
  consul = consulClient(federation.of('dc2'), { timeoutMs: 1_000 });
  await federation.of('dc1').ok('PUT', '/v1/config', entry('kept'));
  await federation.replicated('service-defaults', 'kept');
});
afterAll(async () => {
  consul?.close();
  await federation?.close();
});
afterEach(() => federation.bringBack('dc1'));

/** What goes on while the primary datacenter is away. */
async function expectTheRestToGoOn(node: string): Promise<void> {
  expect(await consul.serviceDefaults(agentsPlace, 'kept', deadline)).toMatchObject(entry('kept'));
  expect(await consul.transact(agentsPlace, landing(node), deadline)).toEqual([undefined]);
  expect((await consul.nodeServices(agentsPlace, node, deadline)).node).toMatchObject({ Node: node });
}

test('one that was killed stays listed, and what needs it fails at once, and may pass', async () => {
  await federation.takeAway('dc1', 'kill');
  const before = consul.calls();
  await expect(consul.serviceNames(primary, deadline)).rejects.toMatchObject(unavailable);
  await expect(consul.transact(primary, landing('there'), deadline)).rejects.toMatchObject(unavailable);
  const write = consul.putServiceDefaults(agentsPlace, entry('new'), 0, deadline);
  await expect(write).rejects.toMatchObject(unavailable);
  const removal = consul.deleteServiceDefaults(agentsPlace, 'kept', await indexOf('kept'), deadline);
  await expect(removal).rejects.toMatchObject(unavailable);
  expect(consul.calls() - before).toBeGreaterThanOrEqual(4 * 3);
  expect(await consul.datacenters(deadline)).toEqual(['dc2', 'dc1']);
  await expectTheRestToGoOn('killed');
});

test('one that does not answer holds nothing up for long, and what needs it may pass', async () => {
  await federation.takeAway('dc1', 'pause');
  // The servers may notice meanwhile, and then say so.
  const silent = {
    code: expect.stringMatching(/^UPSTREAM_(TIMEOUT|UNAVAILABLE)$/) as string,
    retryable: true,
  };
  const before = performance.now();
  await expect(consul.serviceNames(primary, deadline)).rejects.toMatchObject(silent);
  await expect(consul.transact(primary, landing('there'), deadline)).rejects.toMatchObject(silent);
  const write = consul.putServiceDefaults(agentsPlace, entry('new'), 0, deadline);
  await expect(write).rejects.toMatchObject(silent);
  // The servers would wait for 40 s in each.
  expect(performance.now() - before).toBeLessThan(10_000);
  expect(await consul.datacenters(deadline)).toEqual(['dc2', 'dc1']);
  await expectTheRestToGoOn('paused');
});

test('one that took leave is unknown, unless it is the primary one, which the servers ask by themselves', async () => {
  await federation.takeAway('dc1', 'leave');
  const unknown = { code: 'UPSTREAM_REJECTED', retryable: false };
  await expect(consul.serviceNames(primary, deadline)).rejects.toMatchObject(unknown);
  await expect(consul.transact(primary, landing('there'), deadline)).rejects.toMatchObject(unknown);
  for (const place of [agentsPlace, primary]) {
    const write = consul.putServiceDefaults(place, entry('new'), 0, deadline);
    await expect(write).rejects.toMatchObject({ ...unavailable, message: primaryAway });
  }
  const removal = consul.deleteServiceDefaults(agentsPlace, 'kept', await indexOf('kept'), deadline);
  await expect(removal).rejects.toMatchObject({ ...unavailable, message: primaryAway });
  expect(await consul.datacenters(deadline)).toEqual(['dc2']);
  await expectTheRestToGoOn('left');
});

async function indexOf(name: string): Promise<number> {
  return (await consul.serviceDefaults(agentsPlace, name, deadline))?.ModifyIndex ?? 0;
}
