import { mapConcurrent } from '../../../core/concurrency.ts';
import type { Deadline } from '../../../core/deadline.ts';
import type { CatalogNode, CatalogService } from '../../../consul/api.ts';
import { nameKey } from '../../../lambda-service/place.ts';

/** The services of a node by their IDs: which they are, and in which version. */
type Carried = ReadonlyMap<string, { readonly service: string; readonly version: number }>;

export interface NodeTableOptions {
  /** What a node carries. */
  read: (node: string, deadline: Deadline) => Promise<readonly CatalogService[]>;
  /** Nodes that are read at one time. */
  atOnce: number;
  /** The services that are followed, by their names in lower case. */
  services: () => readonly string[];
}

/**
 * Knows which services the nodes carry, to tell which of them changed. Where there are more nodes than services, it does
 * not look, and any service may have changed.
 */
export class NodeTable {
  readonly #options: NodeTableOptions;
  readonly #carried = new Map<string, Carried>();
  #versions: ReadonlyMap<string, number> | undefined;

  constructor(options: NodeTableOptions) {
    this.#options = options;
  }

  /** Whether nodes were taken. */
  get isKnown(): boolean {
    return this.#versions !== undefined;
  }

  /** The services on a node, which may be all. */
  servicesOn(node: string): readonly string[] {
    const carried = this.#carried.get(node);
    if (carried === undefined) return this.#options.services();
    return [...carried.values()].map(({ service }) => service);
  }

  /**
   * Takes the nodes of the catalog, and looks at those that are new or changed.
   * @returns the services that changed with them: where a node has another address, all that are on it
   */
  async take(nodes: readonly CatalogNode[], deadline: Deadline): Promise<readonly string[]> {
    const [before, now] = [
      this.#versions,
      new Map(nodes.map(({ Node, ModifyIndex }) => [Node, ModifyIndex])),
    ];
    const gone = [...(before?.keys() ?? [])].filter((node) => !now.has(node));
    const touched = [...now.keys()].filter((node) => before?.get(node) !== now.get(node));
    const known = touched.filter((node) => before?.has(node));
    const moved = [...gone, ...known].flatMap((node) => this.servicesOn(node));
    const found = await this.#lookAt(touched, now.size, deadline);
    for (const node of gone) this.#carried.delete(node);
    this.#versions = now;
    return [...moved, ...found];
  }

  /** Looks at every node. @returns the services of which one has another version than before, or none */
  look(deadline: Deadline): Promise<readonly string[]> {
    const nodes = [...(this.#versions?.keys() ?? [])];
    return this.#lookAt(nodes, nodes.length, deadline);
  }

  async #lookAt(nodes: readonly string[], ofNodes: number, deadline: Deadline): Promise<readonly string[]> {
    const { read, atOnce, services } = this.#options;
    if (nodes.length === 0) return [];
    if (ofNodes > services().length) return services();
    const looks = await mapConcurrent(nodes, atOnce, async (node) => carriedBy(await read(node, deadline)));
    return nodes.flatMap((node, at) => {
      const now: Carried = looks[at] ?? new Map();
      const changed = differences(this.#carried.get(node) ?? new Map(), now);
      this.#carried.set(node, now);
      return changed;
    });
  }
}

function carriedBy(services: readonly CatalogService[]): Carried {
  return new Map(
    services.map(({ ID, Service, ModifyIndex }) => [ID, { service: nameKey(Service), version: ModifyIndex }]),
  );
}

/** The services of which one side has an instance that the other has not, or in another version. */
function differences(before: Carried, now: Carried): string[] {
  return [...new Set([...before.keys(), ...now.keys()])].flatMap((id) => {
    const [was, is] = [before.get(id), now.get(id)];
    if (was?.service === is?.service && was?.version === is?.version) return [];
    return [was, is].flatMap((instance) => instance?.service ?? []);
  });
}
