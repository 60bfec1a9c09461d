import * as z from 'zod';
import type { Deadline } from '../core/deadline.ts';
import { objectOf } from '../core/objects.ts';
import type { Place } from '../lambda-service/place.ts';
import type { NodeServices, Nodes, Reading, ServiceInstances, ServiceNames } from './api.ts';
import { aclHints, consistencyQuery, lagOf } from './transport/hints.ts';
import type { Requests } from './transport/requests.ts';
import { texts } from './texts.ts';

const node = z.looseObject({
  ID: z.string().exactOptional(),
  Node: z.string(),
  Address: z.string(),
  Datacenter: z.string().exactOptional(),
  TaggedAddresses: texts.exactOptional(),
  Meta: texts.exactOptional(),
  ModifyIndex: z.number(),
});
const service = z.looseObject({
  ID: z.string(),
  Service: z.string(),
  Tags: z.array(z.string()).nullable().exactOptional(),
  Meta: texts.exactOptional(),
  Address: z.string().exactOptional(),
  Port: z.number().exactOptional(),
  ModifyIndex: z.number(),
});
const nodeServices = z.object({ Node: node.nullish(), Services: objectOf(service).nullish() }).nullable();
const instance = z.looseObject({
  Node: z.string(),
  ServiceID: z.string(),
  ServiceName: z.string(),
  ServiceTags: z
    .array(z.string())
    .nullish()
    .transform((tags) => tags ?? []),
  ServiceMeta: texts.optional().transform((meta) => meta ?? {}),
  ModifyIndex: z.number(),
});
const checks = z.array(z.looseObject({ CheckID: z.string() }));

/** What is registered in a place. The calls throw as {@link Consul} says. */
export interface Catalog {
  /** The services of a node; `filter` is evaluated by the server on each service. */
  nodeServices(place: Place, node: string, deadline: Deadline, filter?: string): Promise<NodeServices>;
  /** Every node that the token may read. */
  nodes(place: Place, deadline: Deadline, reading?: Reading): Promise<Nodes>;
  /** Whether the node carries a check with this ID, which tells real agents (`serfHealth`) from made-up nodes. */
  nodeHasCheck(place: Place, node: string, checkId: string, deadline: Deadline): Promise<boolean>;
  /** The names of all services; the index moves with whatever is registered, changed or removed. */
  serviceNames(place: Place, deadline: Deadline, reading?: Reading): Promise<ServiceNames>;
  /** Every instance of the service `name`, on whatever node. */
  serviceInstances(place: Place, name: string, deadline: Deadline): Promise<ServiceInstances>;
}

/** Reads the catalog over `requests` (https://developer.hashicorp.com/consul/api-docs/catalog). */
export function createCatalog(requests: Requests): Catalog {
  return {
    // `filter` works on services and their Meta alike on 1.8, 1.12 and 1.23, and all give each service's ModifyIndex.
    async nodeServices(place, name, deadline, filter) {
      const query: Record<string, string> = filter === undefined ? {} : { filter };
      const request = { place, path: '/catalog/node/{node}', params: { node: name }, query };
      const answer = await requests.read(nodeServices, request, deadline);
      return {
        node: answer.body?.Node ?? undefined,
        services: Object.values(answer.body?.Services ?? {}),
        ...aclHints(answer),
      };
    },
    async nodeHasCheck(place, name, checkId, deadline) {
      const request = { place, path: '/health/node/{node}', params: { node: name } };
      const { body } = await requests.read(checks, request, deadline);
      return body.some((check) => check.CheckID === checkId);
    },
    async nodes(place, deadline, reading = {}) {
      const { blocking } = reading;
      const request = { place, path: '/catalog/nodes', query: consistencyQuery(reading), blocking };
      const answer = await requests.read(z.array(node), request, deadline);
      return { nodes: answer.body, index: answer.index, lagMs: lagOf(answer), ...aclHints(answer) };
    },
    async serviceNames(place, deadline, reading = {}) {
      const names = objectOf(z.array(z.string()));
      const { blocking } = reading;
      const request = { place, path: '/catalog/services', query: consistencyQuery(reading), blocking };
      const answer = await requests.read(names, request, deadline);
      const { body, index } = answer;
      return { names: new Map(Object.entries(body)), index, lagMs: lagOf(answer), ...aclHints(answer) };
    },
    async serviceInstances(place, name, deadline) {
      const request = { place, path: '/catalog/service/{service}', params: { service: name } };
      const answer = await requests.read(z.array(instance), request, deadline);
      return { instances: answer.body, ...aclHints(answer) };
    },
  };
}
