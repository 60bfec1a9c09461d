import { beforeEach, describe, expect, it } from 'vitest';
import { NodeTable } from '../../../../src/agent/sources/consul/nodes.ts';
import type { CatalogService } from '../../../../src/consul/api.ts';
import { testDeadline } from '../../../support/consul/client.ts';

const deadline = testDeadline();
const followed = ['web', 'mail', 'db'];
let carried: Record<string, CatalogService[]>;
let read: string[];
let broken: string | undefined;
let table: NodeTable;
beforeEach(() => {
  carried = {};
  read = [];
  broken = undefined;
  table = new NodeTable({
    atOnce: 2,
    services: () => followed,
    read: (node) => {
      read.push(node);
      return node === broken ? Promise.reject(new Error('broken')) : Promise.resolve(carried[node] ?? []);
    },
  });
});

const service = (name: string, ModifyIndex: number, ID = name): CatalogService => ({
  ID,
  Service: name,
  ModifyIndex,
});
const nodes = (...versions: [node: string, version: number][]) =>
  versions.map(([Node, ModifyIndex]) => ({ Node, Address: '192.0.2.1', ModifyIndex }));
const take = async (...versions: [string, number][]) =>
  [...new Set(await table.take(nodes(...versions), deadline))].toSorted();
const look = async () => [...new Set(await table.look(deadline))].toSorted();

describe('the services that changed', () => {
  it('are those of a new node, and later those with another version', async () => {
    carried = { n: [service('Web', 1), service('db', 1)] };
    expect(await take(['n', 1])).toEqual(['db', 'web']);
    expect(await look()).toEqual([]);
    carried = { n: [service('web', 2), service('db', 1)] };
    expect(await look()).toEqual(['web']);
    carried = { n: [service('db', 1), service('mail', 3, 'web')] };
    expect(await look()).toEqual(['mail', 'web']);
    carried = {};
    expect(await look()).toEqual(['db', 'mail']);
  });

  it('are all on a node that is gone, or has another address', async () => {
    carried = { n: [service('web', 1)], m: [service('db', 1)] };
    await take(['n', 1], ['m', 1]);
    expect(await take(['n', 2], ['m', 1])).toEqual(['web']);
    expect(await take(['n', 2])).toEqual(['db']);
    expect(table.servicesOn('n')).toEqual(['web']);
  });

  it('are told again when a look failed', async () => {
    carried = { n: [service('web', 1)], m: [service('db', 1)] };
    await take(['n', 1], ['m', 1]);
    carried = { n: [service('web', 2)], m: [service('db', 2)] };
    broken = 'm';
    await expect(look()).rejects.toThrow('broken');
    broken = undefined;
    expect(await look()).toEqual(['db', 'web']);
    broken = 'o';
    await expect(take(['n', 1], ['m', 1], ['o', 1])).rejects.toThrow('broken');
    broken = undefined;
    carried['o'] = [service('mail', 1)];
    expect(await take(['n', 1], ['m', 1], ['o', 1])).toEqual(['mail']);
  });

  it('may be any, where there are more nodes than services, and no node is read', async () => {
    const many = [1, 2, 3, 4].map((count): [string, number] => [`n${count}`, 1]);
    expect(await take(...many)).toEqual(followed.toSorted());
    expect(await take(...many)).toEqual([]);
    expect(await look()).toEqual(followed.toSorted());
    expect(table.servicesOn('n1')).toEqual(followed);
    expect(read).toEqual([]);
  });
});
