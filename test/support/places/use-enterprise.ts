import { beforeEach } from 'vitest';
import type { Place } from '../../../src/lambda-service/place.ts';
import { type CatalogState, emptyCatalog, readCatalog } from '../consul/catalog.ts';
import { startStrictConsul } from '../strict-consul/server.ts';
import { type Given, useRegistrator } from '../registrator/use-registrator.ts';

export interface GivenEnterprise extends Given {
  /** What is registered in a place: services of our node and service-defaults. */
  registered(partition?: string, namespace?: string): Promise<CatalogState>;
  /** Creates a namespace, which stays for the rest of the file. */
  addNamespace(partition: string, namespace: string): Promise<void>;
}

interface Options {
  acl?: boolean;
  /** Namespaces by partition, beside the partition and the namespaces `default`. */
  places: Readonly<Record<string, readonly string[]>>;
  /** Settings of every registrator, beside `ENTERPRISE`; `PARTITIONS` are all of `places` without it. */
  env?: Record<string, string>;
}

/** As `useRegistrator`, on a stand-in for Consul Enterprise with some places, emptied before each test. */
export function useEnterprise({ acl = false, places, env = {} }: Options): GivenEnterprise {
  const PARTITIONS = [...new Set(['default', ...Object.keys(places)])].join(',');
  const given = useRegistrator({
    start: () => startStrictConsul({ acl, enterprise: places }),
    env: { ENTERPRISE: 'true', PARTITIONS, ...env },
  });
  beforeEach(async () => {
    for (const place of await placesOf(given)) await emptyCatalog(given.server, place);
  });
  return Object.assign(given, {
    registered: (partition = 'default', namespace = 'default') =>
      readCatalog(given.server, 'lambdas', { partition, namespace }),
    addNamespace: async (partition: string, Name: string) => {
      await given.server.ok('PUT', `/v1/namespace?partition=${partition}`, { Name });
    },
  });
}

async function placesOf({ server }: Given): Promise<Place[]> {
  const places: Place[] = [];
  for (const { Name: partition } of (await server.ok('GET', '/v1/partitions')) as { Name: string }[]) {
    const list = await server.ok('GET', `/v1/namespaces?partition=${partition}`);
    places.push(...(list as { Name: string }[]).map(({ Name: namespace }) => ({ partition, namespace })));
  }
  return places;
}
