import { mapConcurrent } from '../../core/concurrency.ts';
import type { Deadline } from '../../core/deadline.ts';
import type { Catalog } from '../../consul/catalog.ts';
import type { Place } from '../../lambda-service/place.ts';
import { managedTag } from '../../lambda-service/service.ts';

/** What is read of a Consul. */
export type ServicesCatalog = Pick<Catalog, 'serviceNames' | 'nodeServices' | 'serviceInstances'>;

/** A service with the tag of registrators, as one node carries it. */
export interface Instance {
  readonly node: string;
  readonly id: string;
  readonly name: string;
  readonly tags: readonly string[];
  readonly meta: Readonly<Record<string, string>>;
}

/** Calls at once. */
const atOnce = 8;

/** Names that are looked up again each time, though a node carries them, to find other nodes that do. */
const again = 32;

/**
 * Reads the instances of services that registrators made. A registrator keeps all of its services on one node, so that
 * nodes are read rather than services; a service that is on none of the known nodes is looked up by its name, and leads
 * to its nodes. Names that a known node carries are looked up in turn, since another node may carry them too.
 * @returns takes the names of all such services; what it throws is what the catalog threw
 */
export function createInstanceReader(
  catalog: ServicesCatalog,
  place: Place,
): (names: readonly string[], deadline: Deadline) => Promise<Instance[]> {
  let known: ReadonlySet<string> = new Set();
  let last = '';
  return async (names, deadline) => {
    const look = createLook(catalog, place, deadline);
    await look.atNodes([...known]);
    // The first names lead to the nodes that carry most of the others.
    for (let count = 1, left = look.notFound(names); left.length > 0; count *= 2) {
      await look.atNames(left.slice(0, count));
      left = look.notFound(names);
    }
    const next = following(names, last, again);
    await look.atNames(next);
    last = next.at(-1) ?? '';
    const instances = look.instances();
    known = new Set(instances.map(({ node }) => node));
    return instances;
  };
}

/** One look at the catalog: what was seen, and where. */
function createLook(catalog: ServicesCatalog, place: Place, deadline: Deadline) {
  const seen = new Map<string, Instance>();
  const [nodesRead, namesRead] = [new Set<string>(), new Set<string>()];
  const note = (instance: Instance): void => {
    if (instance.tags.includes(managedTag)) seen.set(JSON.stringify([instance.node, instance.id]), instance);
  };

  async function readNode(node: string): Promise<void> {
    nodesRead.add(node);
    const answer = await catalog.nodeServices(place, node, deadline, `"${managedTag}" in Tags`);
    for (const { ID: id, Service: name, Tags, Meta } of answer.services)
      note({ node, id, name, tags: Tags ?? [], meta: Meta ?? {} });
  }

  async function readName(name: string): Promise<void> {
    namesRead.add(name);
    const { instances } = await catalog.serviceInstances(place, name, deadline);
    for (const { Node: node, ServiceID: id, ServiceName, ServiceTags: tags, ServiceMeta: meta } of instances)
      note({ node, id, name: ServiceName, tags, meta });
  }

  async function atNodes(nodes: readonly string[]): Promise<void> {
    const unread = [...new Set(nodes)].filter((node) => !nodesRead.has(node));
    await mapConcurrent(unread, atOnce, readNode);
  }

  return {
    atNodes,
    /** Looks names up, and at the nodes that they lead to. */
    atNames: async (names: readonly string[]): Promise<void> => {
      const unread = names.filter((name) => !namesRead.has(name));
      await mapConcurrent(unread, atOnce, readName);
      await atNodes([...seen.values()].map(({ node }) => node));
    },
    /** Those that were seen nowhere and not looked up. */
    notFound: (names: readonly string[]): string[] => {
      const found = new Set([...seen.values()].map(({ name }) => name));
      return names.filter((name) => !found.has(name) && !namesRead.has(name));
    },
    instances: (): Instance[] => [...seen.values()],
  };
}

/** The `count` names that come after `last`, from the start again after the end; each once. */
export function following(names: readonly string[], last: string, count: number): string[] {
  const sorted = names.toSorted();
  const start = sorted.findIndex((name) => name > last);
  const rotated = start === -1 ? sorted : [...sorted.slice(start), ...sorted.slice(0, start)];
  return rotated.slice(0, count);
}
