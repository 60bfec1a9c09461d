import type { Consul } from '../../consul/client.ts';
import type { ServiceInstance } from '../../consul/api.ts';
import { mapConcurrent } from '../../core/concurrency.ts';
import type { Deadline } from '../../core/deadline.ts';
import { metaKeys } from '../../lambda-service/service.ts';

/** One service of the catalog, as people read it. */
export interface CatalogRow {
  datacenter: string;
  service: string;
  node: string;
  /** The Lambda function, with the alias if any; empty for services that are none. */
  function: string;
  mode: string;
  /** Host and path that lead to it, without those that do not. */
  route: string;
  tags: string;
}

/** Everything in the catalogs of `datacenters` but Consul itself, by datacenter and name. */
export async function readCatalog(
  consul: Consul,
  datacenters: readonly string[],
  deadline: Deadline,
): Promise<CatalogRow[]> {
  const catalogs = datacenters.map(async (datacenter) => {
    const { names } = await consul.serviceNames({ datacenter }, deadline);
    const shown = [...names.keys()].filter((name) => name !== 'consul').toSorted();
    const found = await mapConcurrent(shown, 8, (name) =>
      consul.serviceInstances({ datacenter }, name, deadline),
    );
    return found.flatMap(({ instances }) => instances.map((instance) => rowOf(datacenter, instance)));
  });
  return (await Promise.all(catalogs)).flat();
}

/** The rows of `catalog` that `other` does not have. */
export function rowsMissingIn(other: readonly CatalogRow[], catalog: readonly CatalogRow[]): CatalogRow[] {
  const known = new Set(other.map((row) => JSON.stringify(row)));
  return catalog.filter((row) => !known.has(JSON.stringify(row)));
}

function rowOf(
  datacenter: string,
  { Node, ServiceName, ServiceTags, ServiceMeta }: ServiceInstance,
): CatalogRow {
  return {
    datacenter,
    service: ServiceName,
    node: Node,
    function: ServiceMeta[metaKeys.arn]?.split(':').slice(6).join(':') ?? '',
    mode: ServiceMeta[metaKeys.invocationMode] ?? '',
    route: `${ServiceMeta[metaKeys.routeHost] ?? ''}${ServiceMeta[metaKeys.routePath] ?? ''}`,
    tags: ServiceTags.join(', '),
  };
}
