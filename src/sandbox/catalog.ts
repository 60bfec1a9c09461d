import type { Consul } from '../consul/client.ts';
import type { ServiceInstance } from '../consul/api.ts';
import { mapConcurrent } from '../core/concurrency.ts';
import type { Deadline } from '../core/deadline.ts';
import { agentsPlace } from '../lambda-service/place.ts';
import { metaKeys } from '../lambda-service/service.ts';

/** One service of the catalog, as people read it. */
export interface CatalogRow {
  service: string;
  node: string;
  /** The Lambda function, with the alias if any; empty for services that are none. */
  function: string;
  mode: string;
  tags: string;
}

/** Everything in the catalog but Consul itself, by name. */
export async function readCatalog(consul: Consul, deadline: Deadline): Promise<CatalogRow[]> {
  const { names } = await consul.serviceNames(agentsPlace, deadline);
  const shown = [...names.keys()].filter((name) => name !== 'consul').toSorted();
  const found = await mapConcurrent(shown, 8, (name) => consul.serviceInstances(agentsPlace, name, deadline));
  return found.flatMap(({ instances }) => instances.map(rowOf));
}

function rowOf({ Node, ServiceName, ServiceTags, ServiceMeta }: ServiceInstance): CatalogRow {
  return {
    service: ServiceName,
    node: Node,
    function: ServiceMeta[metaKeys.arn]?.split(':').slice(6).join(':') ?? '',
    mode: ServiceMeta[metaKeys.invocationMode] ?? '',
    tags: ServiceTags.join(', '),
  };
}
