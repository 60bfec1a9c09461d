import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Consul } from '../../../src/consul/client.ts';
import { writeLinks } from '../../../src/registrator/gateways/links.ts';
import type { Run } from '../../../src/registrator/run.ts';
import { consulClient } from '../../support/consul/client.ts';
import { type Federation, startFederation } from '../../support/places/federation.ts';
import { linked, linksOf, runFor } from '../../support/registrator/gateways.ts';

let federation: Federation;
let consul: Consul;
beforeAll(async () => {
  federation = await startFederation();
  consul = consulClient(federation.of('dc2'));
});
afterAll(async () => {
  consul.close();
  await federation.close();
});

it('beside a secondary datacenter links are checked against the primary, told of or searched for', async () => {
  // Young servers may have the same index for an entry by chance.
  for (let at = 0; at < 50; at += 1) await federation.of('dc2').ok('PUT', '/v1/kv/away', at);
  const entry = { Kind: 'terminating-gateway', Name: 'gw', Services: [{ Name: 'ldap' }] };
  await federation.of('dc1').ok('PUT', '/v1/config', entry);
  await federation.replicated('terminating-gateway', 'gw');
  const told = runFor(consul);
  const untold: Run = {
    ...told,
    consul: { ...consul, primaryDatacenter: async () => undefined },
    memory: {},
  };
  for (const [run, service] of [
    [told, 'pay'],
    [untold, 'mail'],
    [told, 'web'],
  ] as const) {
    expect(await writeLinks(run, linked('gw', service))).toMatchObject([{ outcome: 'done' }]);
    expect(run.memory.primary).toBe('dc1');
    await federation.replicated('terminating-gateway', 'gw');
  }
  expect(await linksOf(federation.of('dc2'), 'gw')).toEqual(['ldap', 'pay', 'mail', 'web']);
});
