import * as z from 'zod';
import { texts } from '../../../src/consul/texts.ts';
import type { Rights } from './acl.ts';
import { decodeEntry } from './config-entries.ts';
import { parseFilter } from './filter.ts';
import { Refusal } from './refusal.ts';
import { type NodeValue, type ServiceValue, Store } from './store.ts';
import { serviceValue, transact } from './transactions.ts';

/** A release that behaves as this does. */
export const currentVersion = '1.22.5';

interface Call {
  store: Store;
  rights: Rights;
  query: URLSearchParams;
  body: unknown;
  /** To be called when the token hides something from the answer. */
  filtered: () => void;
}

type Handler = (call: Call, name: string) => { status?: number; body: unknown };

/** Endpoints by method and path; what follows the last `/` of a pattern that ends in `/` is a name. */
export const routes: Readonly<Record<string, Handler>> = {
  'GET /v1/agent/version': () => ({
    body: { SHA: '', BuildDate: '1970-01-01T00:00:01Z', HumanVersion: currentVersion, FIPS: '' },
  }),
  'GET /v1/agent/self': ({ rights }) => {
    if (!rights.may('agent', 'read', 'agent')) throw denied('agent:read', 'agent');
    return { body: { Config: { Datacenter: 'dc1', PrimaryDatacenter: 'dc1', Version: currentVersion } } };
  },
  'GET /v1/catalog/datacenters': () => ({ body: ['dc1'] }),
  'GET /v1/catalog/nodes': ({ store, rights }) => ({
    body: [...store.nodes.rows.values()]
      .filter(({ value }) => rights.may('node', 'read', value.Node))
      .map(({ value }) => value),
  }),
  'GET /v1/catalog/services': (call) => {
    const names = new Map<string, Set<string>>();
    for (const { service } of visible(call)) {
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
    const row = call.store.nodes.get(name);
    const filter = call.query.get('filter');
    const fits = filter === null ? () => true : parseFilter(filter);
    if (row && !call.rights.may('node', 'read', row.value.Node)) call.filtered();
    if (!row || !call.rights.may('node', 'read', row.value.Node)) return { body: null };
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
  'GET /v1/health/node/': ({ store, rights }, name) => ({
    body: rights.may('node', 'read', name)
      ? (store.checks.get(name.toLowerCase()) ?? []).map((CheckID) => ({ Node: name, CheckID }))
      : [],
  }),
  'PUT /v1/catalog/register': ({ store, body, rights }) => {
    const { Node, SkipNodeUpdate, Service, Check, NodeMeta: Meta, ...node } = registration.parse(body);
    const index = store.nextIndex();
    if (!store.nodes.get(Node) || !SkipNodeUpdate) {
      if (!rights.may('node', 'write', Node)) throw denied('node:write', Node);
      store.nodes.set(Node, { ...node, Node, Meta }, index);
    }
    if (Service !== undefined) {
      const service = serviceValue(Service);
      if (!rights.may('service', 'write', service.Service)) throw denied('service:write', service.Service);
      store.services.set(Store.serviceKey(Node, service.ID), service, index);
    }
    if (Check) store.checks.set(Node.toLowerCase(), [Check.CheckID ?? Check.Name]);
    return { body: true };
  },
  'PUT /v1/catalog/deregister': ({ store, body }) => {
    const { Node, ServiceID } = body as { Node: string; ServiceID?: string };
    if (ServiceID) store.services.delete(Store.serviceKey(Node, ServiceID));
    else store.deleteNode(Node);
    return { body: true };
  },
  'PUT /v1/txn': ({ store, body, rights }) => {
    const Errors = transact(store, body, rights);
    return Errors.length > 0
      ? { status: 409, body: { Results: null, Errors } }
      : { body: { Results: [], Errors: null } };
  },
  'GET /v1/config/service-defaults': ({ store, rights, filtered }) => {
    const entries = store.entries();
    const shown = entries.filter(({ Name }) => rights.may('service', 'read', Name));
    if (shown.length < entries.length) filtered();
    return { body: shown };
  },
  'GET /v1/config/service-defaults/': ({ store, rights }, name) => {
    if (!rights.may('service', 'read', name)) throw denied('service:read', name);
    const entry = store.entry(name);
    if (!entry) throw new Refusal(404, `Config entry not found for "service-defaults" / "${name}"`);
    return { body: entry };
  },
  'PUT /v1/config': ({ store, body, query, rights }) => {
    const entry = decodeEntry(body);
    if (!rights.may('service', 'write', entry.Name)) throw denied('service:write', entry.Name);
    return { body: store.putEntry(entry, casOf(query)) };
  },
  'DELETE /v1/config/service-defaults/': ({ store, query, rights }, name) => {
    if (!rights.may('service', 'write', name)) throw denied('service:write', name);
    const cas = casOf(query);
    const done = store.deleteEntry(name, cas);
    return { body: cas === undefined ? {} : done };
  },
};

const registration = z.strictObject({
  ID: z.string().default(''),
  Node: z.string(),
  Address: z.string().default(''),
  Datacenter: z.string().default('dc1'),
  TaggedAddresses: texts.default(null),
  NodeMeta: texts.default(null),
  SkipNodeUpdate: z.boolean().default(false),
  Service: z.unknown().optional(),
  Check: z.looseObject({ CheckID: z.string().optional(), Name: z.string().default('') }).optional(),
});

interface Visible {
  node: NodeValue;
  service: ServiceValue;
  indexes: { CreateIndex: number; ModifyIndex: number };
}

/** Those of the services asked for that the token may read, on nodes that it may read, in the order of Consul's index. */
function visible(
  { store, rights, filtered }: Call,
  isAsked: (service: Visible) => boolean = () => true,
): Visible[] {
  const rows = [...store.services.rows].toSorted(([left], [right]) => (left < right ? -1 : 1));
  const all = rows.flatMap(([key, { value: service, createIndex, modifyIndex }]) => {
    const node = store.nodeOf(key)?.value;
    return node ? [{ node, service, indexes: { CreateIndex: createIndex, ModifyIndex: modifyIndex } }] : [];
  });
  const asked = all.filter(isAsked);
  const shown = asked.filter(
    ({ node, service }) =>
      rights.may('node', 'read', node.Node) && rights.may('service', 'read', service.Service),
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
    ...indexes,
  };
}

function casOf(query: URLSearchParams): number | undefined {
  const cas = query.get('cas');
  return cas === null ? undefined : Number(cas);
}

function denied(permission: string, name: string): Refusal {
  return new Refusal(403, `Permission denied: token lacks permission '${permission}' on "${name}"`);
}
