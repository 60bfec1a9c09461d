import * as z from 'zod';
import { texts } from '../../../src/consul/texts.ts';
import type { Rights } from './acl.ts';
import { type Edition, partitionIn, type Tenancy } from './edition.ts';
import { Refusal } from './refusal.ts';
import { type ServiceValue, Store } from './store.ts';

export interface TransactionError {
  OpIndex: number;
  What: string;
}

const maxOperations = 128;
const index = z.number().default(0);
const partition = { Partition: z.string().exactOptional() };
const place = { ...partition, Namespace: z.string().exactOptional() };
const nodeBody = z.strictObject({
  ID: z.string().default(''),
  Node: z.string(),
  Address: z.string().default(''),
  Datacenter: z.string().default('dc1'),
  TaggedAddresses: texts.default(null),
  Meta: texts.default(null),
  ...partition,
  PeerName: z.string().optional(),
  Locality: z.unknown().optional(),
  CreateIndex: index,
  ModifyIndex: index,
});
const serviceBody = z.strictObject({
  Kind: z.string().optional(),
  ID: z.string().optional(),
  Service: z.string().optional(),
  Tags: z.array(z.string()).nullable().default(null),
  Address: z.string().default(''),
  TaggedAddresses: z.unknown().optional(),
  Meta: texts.default(null),
  Port: index,
  SocketPath: z.string().optional(),
  Weights: z.unknown().optional(),
  EnableTagOverride: z.boolean().default(false),
  Proxy: z.unknown().optional(),
  Connect: z.unknown().optional(),
  ...place,
  PeerName: z.string().optional(),
  Datacenter: z.string().optional(),
  Locality: z.unknown().optional(),
  CreateIndex: index,
  ModifyIndex: index,
});
const operations = z.array(
  z.strictObject({
    KV: z.unknown().optional(),
    Check: z.unknown().optional(),
    Node: z.strictObject({ Verb: z.string(), Node: nodeBody }).optional(),
    Service: z.strictObject({ Verb: z.string(), Node: z.string(), Service: serviceBody }).optional(),
  }),
);
type Operation = z.output<typeof operations>[number];

interface Transaction {
  store: Store;
  body: unknown;
  rights: Rights;
  edition: Edition;
}

/** Applies all operations of a `/v1/txn` body or none; says which failed and why. */
export function transact({ store, body, rights, edition }: Transaction): TransactionError[] {
  const steps = decode(body).map((operation) => stepOf(store, edition, operation));
  if (steps.length > maxOperations) {
    throw new Refusal(413, `Transaction contains too many operations (${steps.length} > ${maxOperations})`);
  }
  const denied = problems(steps, (step) => step.vet(rights));
  if (denied.length > 0) return denied;
  const index = store.nextIndex();
  return store.atomically(() => problems(steps, (step) => step.apply(index)));
}

/** As Go's decoder does with DisallowUnknownFields. */
function decode(body: unknown): Operation[] {
  const decoded = operations.safeParse(body);
  if (decoded.success) return decoded.data;
  const [issue] = decoded.error.issues;
  const problem =
    issue?.code === 'unrecognized_keys' ? `unknown field "${issue.keys[0]}"` : (issue?.message ?? '');
  throw new Refusal(400, `Failed to parse body: json: ${problem}`);
}

/** Each part gives what is wrong, if anything. */
interface Step {
  vet(rights: Rights): string | undefined;
  apply(index: number): string | undefined;
}

function problems(steps: readonly Step[], problemOf: (step: Step) => string | undefined): TransactionError[] {
  return steps.flatMap((step, OpIndex) => {
    const What = problemOf(step);
    return What === undefined ? [] : [{ OpIndex, What }];
  });
}

/** Where an operation writes is said by itself alone: `/v1/txn` looks at no query (agent/txn_endpoint.go). */
function stepOf(store: Store, edition: Edition, { Node, Service }: Operation): Step {
  try {
    if (Node) return nodeStep(store, partitionIn(edition.written(Node.Node)), Node);
    if (Service) return serviceStep(store, edition.written(Service.Service), Service);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const { message } = error;
    return { vet: () => message, apply: () => message };
  }
  throw new Refusal(400, 'Only Node and Service operations are understood here');
}

function nodeStep(store: Store, partition: Tenancy, { Verb, Node }: NonNullable<Operation['Node']>): Step {
  const { ModifyIndex: expected, ID, Node: name, Address, Datacenter, TaggedAddresses, Meta } = Node;
  const key = Store.nodeKey(partition, name);
  return {
    vet: (rights) => (rights.may('node', 'write', name, partition) ? undefined : lacks('node:write', name)),
    apply: (index) => {
      if (Verb.endsWith('cas') && !store.nodes.isAt(key, expected)) return stale(Verb, `node "${name}"`);
      if (Verb === 'cas' || Verb === 'set') {
        const node = { ID, Node: name, Address, Datacenter, TaggedAddresses, Meta, ...partition };
        store.nodes.set(key, node, index);
        return undefined;
      }
      if (Verb !== 'delete' && Verb !== 'delete-cas') return `unknown node operation: ${Verb}`;
      if (!store.nodes.get(key) && Verb === 'delete-cas') return stale(Verb, `node "${name}"`);
      store.deleteNode(partition, name);
      return undefined;
    },
  };
}

function serviceStep(
  store: Store,
  place: Tenancy,
  { Verb, Node: node, Service }: NonNullable<Operation['Service']>,
): Step {
  const id = Service.ID ?? Service.Service ?? '';
  const key = Store.serviceKey(place, node, id);
  const ofService = `service "${id}" on node "${node}"`;
  return {
    vet: (rights) => {
      const names = [Service.Service, store.services.get(key)?.value.Service].filter(
        (name) => name !== undefined,
      );
      const denied = names.find((name) => !rights.may('service', 'write', name, place));
      return denied === undefined ? undefined : lacks('service:write', denied);
    },
    apply: (index) => {
      if (!Service.Service) return 'Must provide service name (Service.Service) when service ID is provided';
      const isWrite = Verb === 'cas' || Verb === 'set';
      if (isWrite && !store.nodes.get(Store.nodeKey(place, node))) return 'Missing node registration';
      if (Verb.endsWith('cas') && !store.services.isAt(key, Service.ModifyIndex))
        return stale(Verb, ofService);
      if (isWrite) {
        const problem = metaProblem(Service.Meta ?? {});
        if (problem) return `Invalid Service Meta for node ${node} and serviceID ${id}: ${problem}`;
        store.services.set(key, { ...serviceValue(Service), ...place }, index);
        return undefined;
      }
      if (Verb !== 'delete' && Verb !== 'delete-cas') return `unknown service operation: ${Verb}`;
      if (!store.services.get(key) && Verb === 'delete-cas') return stale(Verb, ofService);
      store.services.delete(key);
      return undefined;
    },
  };
}

/**
 * A service as it is kept: proxy and Connect settings are not, and a port of 0 is left out.
 * @throws Refusal 400 for fields that no service has
 */
export function serviceValue(given: unknown): ServiceValue {
  const {
    ID,
    Service = '',
    Tags,
    Address,
    Meta,
    Port,
    TaggedAddresses,
    Weights,
    EnableTagOverride,
  } = serviceBody.parse(given);
  return {
    ID: ID ?? Service,
    Service,
    Tags,
    Address,
    ...(TaggedAddresses ? { TaggedAddresses } : {}),
    Meta,
    ...(Port === 0 ? {} : { Port }),
    Weights: Weights ?? { Passing: 1, Warning: 1 },
    EnableTagOverride,
    Proxy: { Mode: '', MeshGateway: {}, Expose: {} },
    Connect: {},
    PeerName: '',
  };
}

function metaProblem(meta: Record<string, string>): string | undefined {
  const pairs = Object.entries(meta);
  if (pairs.length > 64) return 'Node metadata cannot contain more than 64 key/value pairs';
  for (const [key, value] of pairs) {
    const pair = `Couldn't load metadata pair ('${key}', '${value}'): `;
    if (!/^[A-Za-z0-9_-]+$/.test(key)) return `${pair}Key contains invalid characters`;
    if (key.length > 128) return `${pair}Key is too long (limit: 128 characters)`;
    if (value.length > 512) return `${pair}Value is too long (limit: 512 characters)`;
  }
  return undefined;
}

function stale(verb: string, what: string): string {
  return `failed to ${verb.startsWith('delete') ? 'delete' : 'set'} ${what}, index is stale`;
}

function lacks(permission: string, name: string): string {
  return `Permission denied: token lacks permission '${permission}' on "${name}"`;
}
