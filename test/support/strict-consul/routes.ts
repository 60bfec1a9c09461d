import * as z from 'zod';
import { texts } from '../../../src/consul/texts.ts';
import type { Rights } from './acl.ts';
import { decodeEntry, type StoredEntry } from './config-entries.ts';
import {
  type Asked,
  type Edition,
  isIn,
  partitionIn,
  refuseDifferent,
  type Tenancy,
  tenancyOf,
} from './edition.ts';
import { parseFilter } from './filter.ts';
import { meshRoutes } from './mesh-routes.ts';
import { placeRoutes } from './place-routes.ts';
import { denied, Refusal } from './refusal.ts';
import { type NodeValue, type ServiceValue, Store } from './store.ts';
import { serviceValue, transact } from './transactions.ts';

export interface Call extends Asked {
  store: Store;
  edition: Edition;
  rights: Rights;
  body: unknown;
  /** To be called when the token hides something from the answer. */
  filtered: () => void;
}

export type Handler = (call: Call, name: string) => { status?: number; body: unknown };

/** Endpoints by method and path; what follows the last `/` of a pattern that ends in `/` is a name. */
export const routes: Readonly<Record<string, Handler>> = {
  ...placeRoutes,
  ...meshRoutes,
  'GET /v1/agent/version': ({ edition }) => ({
    body: { SHA: '', BuildDate: '1970-01-01T00:00:01Z', HumanVersion: edition.version, FIPS: '' },
  }),
  'GET /v1/agent/self': ({ rights, edition }) => {
    if (!rights.may('agent', 'read', 'agent')) throw denied('agent:read', 'agent');
    return { body: { Config: { Datacenter: 'dc1', PrimaryDatacenter: 'dc1', Version: edition.version } } };
  },
  'GET /v1/catalog/datacenters': () => ({ body: ['dc1'] }),
  'GET /v1/catalog/nodes': ({ store, rights, edition, filtered, ...asked }) => {
    const partition = edition.partitionOf(asked);
    const nodes = [...store.nodes.rows.values()].filter(({ value }) => isIn(value, partition));
    const shown = nodes.filter(({ value }) => rights.may('node', 'read', value.Node, value));
    if (shown.length < nodes.length) filtered();
    return {
      body: shown.map(({ value, createIndex, modifyIndex }) => ({
        ...value,
        CreateIndex: createIndex,
        ModifyIndex: modifyIndex,
      })),
    };
  },
  'GET /v1/catalog/services': (call) => {
    const names = new Map<string, Set<string>>();
    for (const { service } of visible(call, () => true)) {
      const tags = names.get(service.Service) ?? new Set();
      for (const tag of service.Tags ?? []) tags.add(tag);
      names.set(service.Service, tags);
    }
    return { body: Object.fromEntries([...names].map(([name, tags]) => [name, [...tags]])) };
  },
  'GET /v1/catalog/service/': (call, name) => ({
    body: visible(call, ({ service }) => service.Service.toLowerCase() === name.toLowerCase()).map(
      ({ node, service, indexes }) => instance(node, service, indexes),
    ),
  }),
  'GET /v1/catalog/node/': (call, name) => {
    const place = call.edition.placeOf(call);
    const row = call.store.nodes.get(Store.nodeKey(place, name));
    const filter = call.query.get('filter');
    const fits = filter === null ? () => true : parseFilter(filter);
    const mayRead = row && call.rights.may('node', 'read', row.value.Node, place);
    if (row && !mayRead) call.filtered();
    if (!row || !mayRead) return { body: null };
    const services = visible(call, ({ node }) => node === row.value).filter(({ service }) => fits(service));
    const Services = Object.fromEntries(
      services.map(({ service, indexes }) => [
        service.ID,
        { ...service, Tags: service.Tags ?? [], ...indexes },
      ]),
    );
    return {
      body: { Node: { ...row.value, CreateIndex: row.createIndex, ModifyIndex: row.modifyIndex }, Services },
    };
  },
  'GET /v1/health/node/': ({ store, rights, edition, ...asked }, name) => {
    const place = edition.placesOf(asked);
    const checks = store.checks.get(Store.nodeKey(place, name)) ?? [];
    const body = rights.may('node', 'read', name, place) ? checks : [];
    return { body: body.map((CheckID) => ({ Node: name, CheckID, ...partitionIn(place) })) };
  },
  'PUT /v1/catalog/register': register,
  'PUT /v1/catalog/deregister': (call) => {
    const { Node, ServiceID, ...body } = call.body as { Node: string; ServiceID?: string } & Tenancy;
    refuseUnknownFields(body, call.edition);
    const place = call.edition.written(body, call.edition.placeOf(call));
    if (ServiceID) call.store.services.delete(Store.serviceKey(place, Node, ServiceID));
    else call.store.deleteNode(place, Node);
    return { body: true };
  },
  'PUT /v1/txn': (call) => {
    const Errors = transact(call);
    return Errors.length > 0
      ? { status: 409, body: { Results: null, Errors } }
      : { body: { Results: [], Errors: null } };
  },
  'GET /v1/config/service-defaults': ({ store, rights, filtered, edition, ...asked }) => {
    const entries = store.entries('service-defaults', edition.placesOf(asked));
    const shown = entries.filter((entry) => rights.may('service', 'read', entry.Name, entry));
    if (shown.length < entries.length) filtered();
    return { body: shown };
  },
  'GET /v1/config/service-defaults/': ({ store, rights, edition, ...asked }, name) => {
    const place = edition.placeOf(asked);
    if (!rights.may('service', 'read', name, place)) throw denied('service:read', name);
    const entry = store.entry('service-defaults', place, name);
    if (!entry) throw new Refusal(404, `Config entry not found for "service-defaults" / "${name}"`);
    return { body: entry };
  },
  'PUT /v1/config': ({ store, body, rights, edition, ...asked }) => {
    const entry = decodeEntry(body, edition);
    const place = edition.written(entry, edition.placeOf(asked));
    // Which of the two counts is not documented, so that a client should not depend on it.
    const { partition, ns } = Object.fromEntries(asked.query);
    refuseDifferent(entry, { ...(partition && { Partition: partition }), ...(ns && { Namespace: ns }) });
    vetEntry(rights, entry, place);
    return { body: store.putEntry({ ...entry, ...place }, casOf(asked.query)) };
  },
  'DELETE /v1/config/service-defaults/': ({ store, rights, edition, ...asked }, name) => {
    const place = edition.written({}, edition.placeOf(asked));
    if (!rights.may('service', 'write', name, place)) throw denied('service:write', name);
    const cas = casOf(asked.query);
    const done = store.deleteEntry('service-defaults', place, name, cas);
    return { body: cas === undefined ? {} : done };
  },
};

/** https://developer.hashicorp.com/consul/api-docs/config#apply-configuration */
function vetEntry(rights: Rights, { Kind, Name }: StoredEntry, place: Tenancy): void {
  if (Kind === 'service-defaults') {
    if (!rights.may('service', 'write', Name, place)) throw denied('service:write', Name);
  } else if (!rights.may('mesh', 'write', '', place) && !rights.may('operator', 'write', '', place)) {
    throw denied('mesh:write');
  }
}

const registration = z.strictObject({
  ID: z.string().default(''),
  Node: z.string(),
  Address: z.string().default(''),
  Datacenter: z.string().default('dc1'),
  TaggedAddresses: texts.default(null),
  NodeMeta: texts.default(null),
  SkipNodeUpdate: z.boolean().default(false),
  Service: z
    .looseObject({ Partition: z.string().exactOptional(), Namespace: z.string().exactOptional() })
    .optional(),
  Check: z.looseObject({ CheckID: z.string().optional(), Name: z.string().default('') }).optional(),
});

function register({ store, body, rights, edition, ...asked }: Call): { body: true } {
  const { Partition: _partition, Namespace: _namespace, ...given } = body as Tenancy;
  const own = tenancyOf(body as Tenancy);
  refuseUnknownFields(own, edition);
  const { Node, SkipNodeUpdate, Service, Check, NodeMeta: Meta, ...node } = registration.parse(given);
  refuseUnknownFields(Service ?? {}, edition);
  refuseDifferent(own, Service ?? {});
  const place = edition.written({ ...Service, ...own }, edition.placeOf(asked));
  const [key, partition, index] = [Store.nodeKey(place, Node), partitionIn(place), store.nextIndex()];
  if (!store.nodes.get(key) || !SkipNodeUpdate) {
    if (!rights.may('node', 'write', Node, partition)) throw denied('node:write', Node);
    store.nodes.set(key, { ...node, Node, Meta, ...partition }, index);
  }
  if (Service !== undefined) {
    const service = { ...serviceValue(Service), ...place };
    if (!rights.may('service', 'write', service.Service, place))
      throw denied('service:write', service.Service);
    store.services.set(Store.serviceKey(place, Node, service.ID), service, index);
  }
  if (Check) store.checks.set(key, [Check.CheckID ?? Check.Name]);
  return { body: true };
}

/** As Go's decoder does, with the words of `rewordUnknownEnterpriseFieldError` of agent/http_ce.go. */
function refuseUnknownFields(body: Tenancy, { bodyFields }: Edition): void {
  const unknown = Object.keys(tenancyOf(body)).find((field) => !bodyFields.some((known) => known === field));
  if (unknown === undefined) return;
  const whose = unknown === 'Namespace' ? ' - Namespaces are a Consul Enterprise feature' : '';
  throw new Refusal(400, `Request decode failed: json: unknown field "${unknown}"${whose}`);
}

interface Visible {
  node: NodeValue;
  service: ServiceValue;
  indexes: { CreateIndex: number; ModifyIndex: number };
}

/** Those of the services asked for that the token may read, on nodes that it may read, in the order of Consul's index. */
function visible(call: Call, isAsked: (service: Visible) => boolean): Visible[] {
  const { store, rights, filtered } = call;
  const place = call.edition.placeOf(call);
  const rows = [...store.services.rows].toSorted(([left], [right]) => (left < right ? -1 : 1));
  const all = rows.flatMap(([key, { value: service, createIndex, modifyIndex }]) => {
    const node = store.nodeOf(key)?.value;
    return node ? [{ node, service, indexes: { CreateIndex: createIndex, ModifyIndex: modifyIndex } }] : [];
  });
  const asked = all.filter((row) => isIn(row.service, place) && isAsked(row));
  const shown = asked.filter(
    ({ node, service }) =>
      rights.may('node', 'read', node.Node, place) && rights.may('service', 'read', service.Service, place),
  );
  if (shown.length < asked.length) filtered();
  return shown;
}

function instance(node: NodeValue, service: ServiceValue, indexes: Visible['indexes']): object {
  return {
    ...node,
    NodeMeta: node.Meta,
    ServiceID: service.ID,
    ServiceName: service.Service,
    ServiceTags: service.Tags ?? [],
    ServiceAddress: service.Address,
    ServiceMeta: service.Meta ?? {},
    ServicePort: service['Port'] ?? 0,
    ...tenancyOf(service),
    ...indexes,
  };
}

function casOf(query: URLSearchParams): number | undefined {
  const cas = query.get('cas');
  return cas === null ? undefined : Number(cas);
}
