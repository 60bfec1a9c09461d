import { afterAll, beforeAll, beforeEach } from 'vitest';
import type { Consul } from '../../../src/consul/client.ts';
import type { Registrator } from '../../../src/registrator/run.ts';
import { type CatalogState, emptyCatalog, readCatalog } from '../consul/catalog.ts';
import type { ConsulServer } from '../consul/server.ts';
import { consulClient } from '../consul/client.ts';
import { type FaultyFront, startFaultyFront } from '../http/faulty-front.ts';
import { type Federation, type FederationOptions, startFederation } from './federation.ts';
import { partsFor } from '../registrator/registrator.ts';
import { createTagWorld, type TagWorld } from '../aws/tag-world.ts';
import { waitUntil } from '../wait-until.ts';

export interface GivenFederation {
  federation: Federation;
  /** Functions of the test account; none at the start of a test. */
  world: TagWorld;
  /** A registrator with default settings that has just started beside the first datacenter. */
  parts: Registrator;
  /** Another one for the same functions, beside the server of a datacenter, with a process of its own. */
  registrator(env?: Record<string, string>, beside?: string, token?: string): Registrator;
  server(datacenter: string): ConsulServer;
  /** What is registered in a datacenter, as its own server tells. */
  at(datacenter: string): Promise<CatalogState>;
  /** The Meta of our node in a datacenter; undefined without a node. */
  nodeMeta(datacenter: string): Promise<Record<string, string> | undefined>;
  /** Forgets the requests to a datacenter's server seen so far; from now on `fault` is asked for each. */
  watch(datacenter: string, fault?: FaultyFront['fault']): void;
  /** What was asked of a datacenter's server since `watch`. */
  requests(datacenter: string): string[];
  /** Those of `requests` that are no reads. */
  writes(datacenter: string): string[];
}

/** For all tests of a file one federation, each server behind a front, emptied before each test, and a registrator. */
export function useFederation(options: FederationOptions & { timeoutMs?: number } = {}): GivenFederation {
  const { timeoutMs = 1_000, ...joined } = options;
  const clients: Consul[] = [];
  const fronts = new Map<string, FaultyFront>();
  const frontOf = (datacenter: string): FaultyFront => {
    const front = fronts.get(datacenter);
    if (!front) throw new Error(`there is no ${datacenter}`);
    return front;
  };
  const given = {
    registrator: (env = {}, beside = 'dc1', token) => {
      const client = consulClient(frontOf(beside), { timeoutMs, ...(token !== undefined && { token }) });
      clients.push(client);
      return partsFor(client, given.world.functions, { env });
    },
    server: (datacenter) => given.federation.of(datacenter),
    at: (datacenter) => readCatalog(given.server(datacenter)),
    nodeMeta: async (datacenter) => {
      const answer = await given.server(datacenter).ok('GET', '/v1/catalog/node/lambdas');
      return (answer as { Node: { Meta: Record<string, string> } } | null)?.Node.Meta;
    },
    watch: (datacenter, fault = () => undefined) => {
      frontOf(datacenter).requests.length = 0;
      frontOf(datacenter).fault = fault;
    },
    requests: (datacenter) => [...frontOf(datacenter).requests],
    writes: (datacenter) => given.requests(datacenter).filter((request) => !request.startsWith('GET ')),
  } as GivenFederation;
  beforeAll(async () => {
    given.federation = await startFederation(joined);
    for (const [at, server] of given.federation.servers.entries())
      fronts.set(`dc${at + 1}`, await startFaultyFront(server));
  });
  afterAll(async () => {
    for (const client of clients) client.close();
    for (const front of fronts.values()) await front.close();
    await given.federation?.close();
  });
  beforeEach(async () => {
    for (const datacenter of fronts.keys()) given.watch(datacenter);
    await emptyFederation(given.federation);
    given.world = createTagWorld();
    given.parts = given.registrator();
  });
  return given;
}

/** Removes what is registered in each datacenter; resolves when all of them know. */
async function emptyFederation({ servers }: Federation): Promise<void> {
  for (const server of servers) await emptyCatalog(server);
  await waitUntil('datacenters without service-defaults', async () => {
    const lists = await Promise.all(servers.map((server) => server.ok('GET', '/v1/config/service-defaults')));
    return lists.every((list) => (list as unknown[]).length === 0);
  });
}
