import { afterEach, describe, expect, it } from 'vitest';
import type { Place } from '../../../src/lambda-service/place.ts';
import { readRegistratorConfig } from '../../../src/registrator/config.ts';
import { listOwners, type OwnersListing } from '../../../src/registrator/owners/list.ts';
import { consulClient, testDeadline } from '../../support/consul/client.ts';
import { intercept } from '../../support/consul/intercept.ts';

const nowhere = consulClient({ host: '127.0.0.1', port: 1 });
afterEach(() => nowhere.close());

const seen = { filtered: false, anonymous: false, defaultPolicy: 'allow' };
const node = { Node: 'lambdas', Address: '', ModifyIndex: 1 };
const external = { ...node, Meta: { 'external-node': 'true', 'registrator-namespaces': 'team,lost' } };

/** What an Enterprise server would answer: one service in each namespace, of the owner of its partition. */
async function listed(namespaces: object): Promise<OwnersListing> {
  const consul = intercept(nowhere, async ({ method, args }) => {
    const { datacenter = '', partition = '', namespace } = args[0] as Place;
    const name = `${datacenter}-${partition}-${namespace}`;
    const service = { ID: name, Service: name, Meta: { 'registrator-owner': partition }, ModifyIndex: 1 };
    const answers: Record<string, unknown> = {
      datacenters: ['dc1', 'dc2'],
      namespaces,
      nodes: { nodes: [external, { ...node, Node: 'vm-1' }], ...seen },
      nodeServices: { node: external, services: namespace === undefined ? [] : [service], ...seen },
    };
    return answers[method];
  });
  const config = readRegistratorConfig({
    CONSUL_HTTP_ADDR: 'unused:1',
    ENTERPRISE: 'true',
    PARTITIONS: 'default,ops',
  });
  return listOwners({ consul, config, deadline: testDeadline() });
}

describe('the list of owners in Consul Enterprise', () => {
  it('counts the namespaces of each managed partition together', async () => {
    const { owners, unseen } = await listed({ kind: 'listed', names: ['default', 'team'] });
    expect(unseen).toEqual([]);
    expect(owners.map(({ datacenter, partition, services }) => [datacenter, partition, services])).toEqual([
      ['dc1', 'default', 2],
      ['dc1', 'ops', 2],
      ['dc2', 'default', 2],
      ['dc2', 'ops', 2],
    ]);
    expect(owners[1]).toEqual({
      owner: 'ops',
      node: 'lambdas',
      datacenter: 'dc1',
      partition: 'ops',
      services: 2,
      example: 'dc1-ops-default',
      parameters: [],
    });
  });

  it('knows the namespaces that the node remembers where they may not be listed', async () => {
    const { owners } = await listed({ kind: 'denied' });
    expect(owners[0]).toMatchObject({ services: 3 });
  });

  it('is refused by Community', async () => {
    await expect(listed({ kind: 'community' })).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining('ENTERPRISE'),
    });
  });
});
