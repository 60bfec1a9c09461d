import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { agentsPlace } from '../../../src/lambda-service/place.ts';
import { managedTag } from '../../../src/lambda-service/service.ts';
import {
  createInstanceReader,
  following,
  type Instance,
  type ServicesCatalog,
} from '../../../src/proxy/routes/consul-instances.ts';
import { testDeadline } from '../../support/consul/client.ts';
import { tries } from '../../support/explorations.ts';

interface Held {
  node: string;
  name: string;
  tags: string[];
}

const hints = { filtered: false, defaultPolicy: undefined, anonymous: true };

/** A catalog that holds what it is told, and counts the calls that it answers. */
function catalogOf() {
  let held: readonly Held[] = [];
  const calls = { all: 0, now: 0, most: 0 };
  async function answer<Answer>(make: () => Answer): Promise<Answer> {
    calls.all += 1;
    calls.now += 1;
    calls.most = Math.max(calls.most, calls.now);
    await Promise.resolve();
    calls.now -= 1;
    return make();
  }
  const catalog: ServicesCatalog = {
    serviceNames: () => Promise.reject(new Error('names are given')),
    nodeServices: (_place, wanted) =>
      answer(() => ({
        node: undefined,
        services: held
          .filter(({ node, tags }) => node === wanted && tags.includes(managedTag))
          .map(({ name, tags }) => ({ ID: name, Service: name, Tags: tags, Meta: null, ModifyIndex: 1 })),
        ...hints,
      })),
    serviceInstances: (_place, wanted) =>
      answer(() => ({
        instances: held
          .filter(({ name }) => name === wanted)
          .map(({ node, name, tags }) => ({
            Node: node,
            ServiceID: name,
            ServiceName: name,
            ServiceTags: tags,
            ServiceMeta: {},
            ModifyIndex: 1,
          })),
        ...hints,
      })),
  };
  const read = createInstanceReader(catalog, agentsPlace);
  const managed = () => held.filter(({ tags }) => tags.includes(managedTag));
  return {
    calls,
    hold: (next: readonly Held[]) => {
      held = next;
    },
    read: () => read([...new Set(managed().map(({ name }) => name))], testDeadline()),
    /** The smallest node of each name. */
    expected: () => smallest(managed()),
  };
}

function smallest(instances: readonly Pick<Instance, 'node' | 'name'>[]): Record<string, string> {
  const nodes: Record<string, string> = {};
  for (const { node, name } of instances.toSorted((left, right) => (left.node < right.node ? 1 : -1)))
    nodes[name] = node;
  return nodes;
}

const on = (node: string, ...names: string[]): Held[] =>
  names.map((name) => ({ node, name, tags: [managedTag] }));
const names = (count: number) => Array.from({ length: count }, (_one, at) => `s${at}`);

describe('the instances of services', () => {
  it('on one node take few calls at first, and one for the node and 32 for names later', async () => {
    const catalog = catalogOf();
    catalog.hold(on('lambdas', ...names(1000)));
    expect(await catalog.read()).toHaveLength(1000);
    expect(catalog.calls.all).toBeLessThanOrEqual(34);
    catalog.calls.all = 0;
    catalog.hold(on('lambdas', ...names(1001)));
    expect(await catalog.read()).toHaveLength(1001);
    expect(catalog.calls.all).toBe(33);
  });

  it('of names that are on as many nodes are all found, eight calls at a time', async () => {
    const catalog = catalogOf();
    catalog.hold(names(100).flatMap((name) => on(`node-of-${name}`, name)));
    expect(await catalog.read()).toHaveLength(100);
    expect(catalog.calls.most).toBe(8);
  });

  it('are without those that only share a name', async () => {
    const catalog = catalogOf();
    catalog.hold([...on('b', 'pay'), { node: 'a', name: 'pay', tags: ['web'] }]);
    expect(await catalog.read()).toMatchObject([{ node: 'b', name: 'pay' }]);
  });

  it('are all found at the first look, and the smallest node of each name after a round of looks', async () => {
    const held = fc.record({
      node: fc.constantFrom('a', 'b', 'c', 'd'),
      name: fc.integer({ min: 0, max: 79 }).map((at) => `s${at}`),
      tags: fc.constantFrom<string[]>([managedTag], [managedTag, 'x'], ['x'], []),
    });
    const unique = { selector: ({ node, name }: Held) => `${node} ${name}`, maxLength: 150 };
    const worlds = fc.array(fc.uniqueArray(held, unique), { minLength: 1, maxLength: 5 });
    const property = fc.asyncProperty(worlds, async (sequence) => {
      const catalog = catalogOf();
      for (const world of sequence) {
        catalog.hold(world);
        const expected = catalog.expected();
        expect(Object.keys(smallest(await catalog.read())).toSorted()).toEqual(
          Object.keys(expected).toSorted(),
        );
        await catalog.read();
        await catalog.read();
        expect(smallest(await catalog.read())).toEqual(expected);
      }
    });
    await fc.assert(property, tries(50));
  });
});

describe('the names that are looked up in turn', () => {
  it('are all looked up in as many turns as it takes', () => {
    const all = fc.uniqueArray(fc.string({ maxLength: 3 }), { maxLength: 20 });
    const start = fc.string({ maxLength: 3 });
    const property = fc.property(all, fc.integer({ min: 1, max: 7 }), start, (given, count, first) => {
      const seen = new Set<string>();
      let last = first;
      for (let turn = 0; turn < Math.ceil(given.length / count); turn += 1) {
        const next = following(given, last, count);
        expect(next).toHaveLength(Math.min(count, given.length));
        for (const name of next) seen.add(name);
        last = next.at(-1) ?? '';
      }
      expect([...seen].toSorted()).toEqual(given.toSorted());
    });
    fc.assert(property, tries());
  });
});
