import { beforeEach, describe, expect, it } from 'vitest';
import type { TerminatingGateway } from '../../../src/consul/api.ts';
import type { Consul } from '../../../src/consul/client.ts';
import type { Place } from '../../../src/lambda-service/place.ts';
import { writeLinks } from '../../../src/registrator/gateways/links.ts';
import { readGateways } from '../../../src/registrator/gateways/read.ts';
import type { Run } from '../../../src/registrator/run.ts';
import { consulClient } from '../../support/consul/client.ts';
import { linked, runFor } from '../../support/registrator/gateways.ts';

type Entry = TerminatingGateway & { ModifyIndex: number };

/** Datacenters `dc2`, which answers, and `dc1` and `dc3`: reads are of each one's copy, writes are checked by the primary. */
class Datacenters {
  primary = 'dc1';
  /** What `/v1/agent/self` tells; nothing without the right to read it. */
  told: string | undefined;
  readonly copies = new Map<string, Entry | undefined>();
  readonly asked: { call: string; place: Place }[] = [];

  consul(): Consul {
    const client = consulClient({ host: '127.0.0.1', port: 1 });
    return Object.assign(client, {
      datacenters: async () => ['dc2', 'dc1', 'dc3'],
      primaryDatacenter: async () => this.told,
      terminatingGateway: async (place: Place) => {
        this.asked.push({ call: 'read', place });
        return this.copies.get(place.datacenter ?? 'dc2');
      },
      putTerminatingGateway: async (place: Place, entry: TerminatingGateway, index: number) => {
        this.asked.push({ call: 'write', place });
        if (index !== (this.copies.get(this.primary)?.ModifyIndex ?? 0)) return false;
        this.copies.set(this.primary, { ...entry, ModifyIndex: 100 });
        return true;
      },
    });
  }

  writes(): Place[] {
    return this.asked.filter(({ call }) => call === 'write').map(({ place }) => place);
  }
}

/** The gateway, with an index of one datacenter's own. */
const entry = (ModifyIndex: number): Entry => ({
  Kind: 'terminating-gateway',
  Name: 'gw',
  Services: [{ Name: 'ldap' }],
  ModifyIndex,
});

let servers: Datacenters;
let run: Run;
beforeEach(() => {
  servers = new Datacenters();
  run = runWith();
});

function runWith(env: Record<string, string> = {}): Run {
  return { ...runFor(servers.consul(), env), memory: {} };
}

async function outcome(...services: string[]) {
  return (await writeLinks(run, linked('gw', ...services)))[0]?.outcome;
}

describe('beside a secondary datacenter', () => {
  beforeEach(() => {
    for (const [at, datacenter] of ['dc1', 'dc2', 'dc3'].entries())
      servers.copies.set(datacenter, entry(10 + at));
  });

  const links = (datacenter: string) => servers.copies.get(datacenter)?.Services?.map(({ Name }) => Name);

  it('the primary that the agent tells of is asked, and from then on it alone', async () => {
    servers.told = 'dc1';
    expect(await outcome('pay')).toBe('done');
    expect(links('dc1')).toEqual(['ldap', 'pay']);
    servers.asked.length = 0;
    expect(await outcome('mail')).toBe('done');
    expect(links('dc1')).toEqual(['ldap', 'pay', 'mail']);
    await readGateways(run, ['gw']);
    expect(servers.asked.map(({ place }) => place)).toEqual([
      { datacenter: 'dc1' },
      { datacenter: 'dc1' },
      { datacenter: 'dc1' },
    ]);
  });

  it('where nobody tells, the one whose index is taken is the primary', async () => {
    servers.primary = 'dc3';
    expect(await outcome('pay')).toBe('done');
    expect(links('dc3')).toEqual(['ldap', 'pay']);
    expect(servers.writes()).toEqual([{}, { datacenter: 'dc1' }, { datacenter: 'dc3' }]);
    expect(run.memory.primary).toBe('dc3');
  });

  it('PRIMARY_DATACENTER spares the search', async () => {
    run = runWith({ PRIMARY_DATACENTER: 'dc1' });
    expect(await outcome('pay')).toBe('done');
    expect(servers.writes()).toEqual([{ datacenter: 'dc1' }]);
  });

  it('a copy that has what is wanted is not taken for the primary', async () => {
    servers.copies.set('dc3', { ...entry(13), Services: [{ Name: 'pay' }] });
    servers.primary = 'dc4';
    servers.copies.set('dc4', entry(14));
    expect(await outcome('pay')).toMatchObject({ code: 'REVISION_CONFLICT', retryable: true });
    expect(run.memory.primary).toBeUndefined();
  });

  it('an entry that the copy does not have yet is found at the primary', async () => {
    servers.copies.set('dc2', undefined);
    servers.told = 'dc1';
    expect(await outcome('pay')).toBe('done');
    expect(links('dc1')).toEqual(['ldap', 'pay']);
  });
});

it('under Enterprise the entry is the one of partition and namespace default', async () => {
  servers.primary = 'dc2';
  run = runWith({ ENTERPRISE: 'true', PARTITIONS: 'default,sales' });
  const link = { service: 'pay', namespace: 'shop' };
  expect(await writeLinks(run, [{ gateway: 'gw', link, want: 'linked' }])).toMatchObject([
    { outcome: 'done' },
  ]);
  expect(servers.asked.map(({ place }) => place)).toEqual([
    { partition: 'default', namespace: 'default' },
    { partition: 'default', namespace: 'default' },
  ]);
  expect(servers.copies.get('dc2')?.Services).toEqual([{ Name: 'pay', Namespace: 'shop' }]);
});
