import type { IncomingHttpHeaders } from 'node:http';
import { Refusal } from './refusal.ts';

/** Where a row lives, spelt as bodies and answers spell it: nodes have no namespace, and on Community nothing is said. */
export interface Tenancy {
  readonly Partition?: string;
  readonly Namespace?: string;
}

/** The part of a request that may say where. */
export interface Asked {
  query: URLSearchParams;
  headers: IncomingHttpHeaders;
}

/** What Community and Enterprise do differently: each call but the last throws Refusal 400 for what it does not take. */
export interface Edition {
  readonly version: string;
  /** Namespaces by partition; undefined where there are none. */
  readonly partitions: ReadonlyMap<string, Set<string>> | undefined;
  /** Fields that bodies may say with where they belong. */
  readonly bodyFields: readonly (keyof Tenancy)[];
  /** For what has no namespace; one that is named is not looked at. */
  partitionOf(asked: Asked): Tenancy;
  placeOf(asked: Asked): Tenancy;
  /** For lists, which take the namespace `*`. */
  placesOf(asked: Asked): Tenancy;
  /**
   * The place that something is written to: what it says itself, else `otherwise`.
   * @throws Refusal 500 where there is no such place
   */
  written(body: Tenancy, otherwise?: Tenancy): Tenancy;
}

/** Whether a row is in the place, or in the partition, that was asked for. */
export function isIn(row: Tenancy, { Partition, Namespace }: Tenancy): boolean {
  return row.Partition === Partition && (Namespace === '*' || row.Namespace === Namespace);
}

export function partitionIn({ Partition }: Tenancy): Tenancy {
  return Partition === undefined ? {} : { Partition };
}

/** What a row of whatever kind says of its place. */
export function tenancyOf({ Namespace, ...row }: Tenancy): Tenancy {
  return { ...partitionIn(row), ...(Namespace === undefined ? {} : { Namespace }) };
}

/** @throws Refusal 500 where two that say where something belongs do not say the same */
export function refuseDifferent(one: Tenancy, other: Tenancy): void {
  for (const field of ['Partition', 'Namespace'] as const) {
    const [first, second] = [one[field]?.toLowerCase(), other[field]?.toLowerCase()];
    if (first !== undefined && second !== undefined && first !== second)
      throw new Refusal(500, `${field} "${first}" does not match "${second}"`);
  }
}

/** A release that behaves as this does. */
const currentVersion = '1.22.5';

/** `parseEntMeta` and `parseEntMetaPartition` of agent/http_ce.go. */
export const community: Edition = {
  version: currentVersion,
  partitions: undefined,
  bodyFields: [],
  partitionOf: (asked) => {
    refuseNamed(asked, 'X-Consul-Partition', 'partition', 'Partitions');
    return {};
  },
  placeOf: (asked) => {
    refuseNamed(asked, 'X-Consul-Namespace', 'ns', 'Namespaces');
    return community.partitionOf(asked);
  },
  placesOf: (asked) => community.placeOf(asked),
  written: () => ({}),
};

function refuseNamed({ query, headers }: Asked, header: string, parameter: string, feature: string): void {
  const isEnterprise = `${feature} are a Consul Enterprise feature`;
  if (headers[header.toLowerCase()]) throw new Refusal(400, `Invalid header: "${header}" - ${isEnterprise}`);
  if (query.get(parameter))
    throw new Refusal(400, `Invalid query parameter: "${parameter}" - ${isEnterprise}`);
}

/** Enterprise with the namespaces that `places` names by partition; a `default` of each is always there. */
export class Enterprise implements Edition {
  readonly version = `${currentVersion}+ent`;
  readonly partitions: ReadonlyMap<string, Set<string>>;
  readonly bodyFields = ['Partition', 'Namespace'] as const;

  constructor(places: Readonly<Record<string, readonly string[]>>) {
    const withDefault: Readonly<Record<string, readonly string[]>> = { default: [], ...places };
    this.partitions = new Map(
      Object.entries(withDefault).map(([partition, namespaces]) => [
        partition.toLowerCase(),
        new Set(['default', ...namespaces.map((name) => name.toLowerCase())]),
      ]),
    );
  }

  partitionOf({ query, headers }: Asked): Tenancy {
    return { Partition: named(query.get('partition'), headers['x-consul-partition']) };
  }

  placesOf(asked: Asked): Tenancy {
    const Namespace = named(asked.query.get('ns'), asked.headers['x-consul-namespace']);
    return { ...this.partitionOf(asked), Namespace };
  }

  placeOf(asked: Asked): Tenancy {
    const place = this.placesOf(asked);
    if (place.Namespace === '*') throw new Refusal(400, 'Invalid namespace: wildcards are not allowed here');
    return place;
  }

  written(body: Tenancy, otherwise: Tenancy = {}): Required<Tenancy> {
    const Partition = named(body.Partition, otherwise.Partition);
    const Namespace = named(body.Namespace, otherwise.Namespace);
    const namespaces = this.partitions.get(Partition);
    if (!namespaces) throw new Refusal(500, `Partition "${Partition}" does not exist`);
    if (!namespaces.has(Namespace)) throw new Refusal(500, `Namespace "${Namespace}" does not exist`);
    return { Partition, Namespace };
  }
}

/** The first that is given, as it is kept. */
function named(...names: (string | string[] | null | undefined)[]): string {
  const given = names.find((name) => name !== undefined && name !== null && name !== '');
  return String(given ?? 'default').toLowerCase();
}
