import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import type { Consul } from '../../../src/consul/client.ts';
import { emptyCatalog } from '../consul/catalog.ts';
import { consulClient } from '../consul/client.ts';
import { type ConsulServer, startConsul } from '../consul/server.ts';
import { type FaultyFront, startFaultyFront } from '../http/faulty-front.ts';
import { type FollowedServices, followServices } from './followed-services.ts';

/** The ways in which services are watched. */
export const ways = [
  { how: 'each for itself', maxConnections: 64 },
  { how: 'together', maxConnections: 4 },
];

interface Given {
  node?: string;
  address?: string;
  id?: string;
  name?: string;
  tags?: string[];
  meta?: Record<string, string>;
  /** Of the service, as Consul calls it. */
  [field: string]: unknown;
}

export interface GivenServices {
  server: ConsulServer;
  /** In front of the server, where requests and connections are counted. */
  front: FaultyFront;
  /** Follows services until the test is over. */
  follow: (settings?: Parameters<typeof followServices>[1]) => FollowedServices;
  /** Registers a service, `web` on the node `n1` unless it says otherwise. */
  register: (service?: Given) => Promise<void>;
  deregister: (id: string, node?: string) => Promise<void>;
  /** Sets a check of a service, or of the node without one. */
  check: (status: string, serviceId?: string, id?: string, node?: string) => Promise<void>;
}

/** A real Consul whose catalog is empty before each test. */
export function useFollowedServices(): GivenServices {
  const clients: Consul[] = [];
  const sources: FollowedServices[] = [];
  const put = (action: string, body: object) => given.server.ok('PUT', `/v1/catalog/${action}`, body);
  const given = {
    follow: (settings = {}) => {
      const { maxConnections = 64 } = settings;
      const retry = { attempts: 1, baseMs: 1, maxMs: 1 };
      const client = consulClient(given.front, { maxConnections, retry });
      const source = followServices(client, settings);
      clients.push(client);
      sources.push(source);
      return source;
    },
    register: async (service = {}) => {
      const { node = 'n1', address = '10.0.0.1', name = 'web', id = name, tags, meta, ...others } = service;
      const Service = { ID: id, Service: name, Port: 80, Tags: tags, Meta: meta, ...others };
      await put('register', { Node: node, Address: address, SkipNodeUpdate: address === '', Service });
    },
    deregister: async (id, node = 'n1') => {
      await put('deregister', { Node: node, ServiceID: id });
    },
    check: async (status, serviceId, id = 'check', node = 'n1') => {
      const Check = { Node: node, CheckID: id, Status: status, ...(serviceId && { ServiceID: serviceId }) };
      await put('register', { Node: node, SkipNodeUpdate: true, Check });
    },
  } as GivenServices;
  beforeAll(async () => {
    given.server = await startConsul();
    given.front = await startFaultyFront(given.server);
  });
  afterAll(async () => {
    await given.front.close();
    await given.server.close();
  });
  beforeEach(async () => {
    await emptyCatalog(given.server);
  });
  afterEach(() => {
    for (const source of sources.splice(0)) source.close();
    for (const client of clients.splice(0)) client.close();
  });
  return given;
}

/** The states of a service's instances, in their order. */
export function stateOf(source: FollowedServices, service = 'web'): string | undefined {
  return source
    .instances(service)
    ?.map(({ state }) => state)
    .join();
}
