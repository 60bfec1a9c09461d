import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { managedTag, metaKeys } from '../../../src/lambda-service/service.ts';
import { arnOf } from '../aws/tag-world.ts';

export interface FakeService {
  node: string;
  name: string;
  tags?: string[];
  meta?: Record<string, string>;
  port?: number;
}

/** What a fake answers with; changed by {@link FakeConsul.change} alone, so that blocking reads hear of it. */
export interface FakeCatalog {
  services: FakeService[];
  /** `X-Consul-Index`; none when undefined. */
  index: string | undefined;
  /** `X-Consul-Results-Filtered-By-ACLs` of the catalog. */
  filtered: boolean;
  /** Nodes that the token may not read, and whose instances it does not see. */
  hiddenNodes: string[];
  /** The same of these services' health. */
  filteredServices: string[];
  /** `X-Consul-LastContact`, and `X-Consul-KnownLeader` unless it is undefined. */
  lagMs: number | undefined;
}

/** What happens to a request instead of its answer. */
export type FakeFault = { status: number; body: string; json?: boolean } | 'cut' | 'silence';

export interface FakeConsul {
  host: string;
  port: number;
  readonly catalog: Readonly<FakeCatalog>;
  /** Paths with queries of what has come in so far. */
  requests: string[];
  fault: (path: string) => FakeFault | undefined;
  change(update: Partial<FakeCatalog>): void;
  close(): Promise<void>;
}

/** A service as a registrator makes it. */
export function lambdaService(
  name: string,
  meta: Record<string, string> = {},
  node = 'lambdas',
): FakeService {
  return { node, name, tags: [managedTag], meta: { [metaKeys.arn]: arnOf(name), ...meta } };
}

/** Everything that a Consul may show of its catalog, as no real one does at will: HTTP and blocking reads are real. */
export async function startFakeConsul(): Promise<FakeConsul> {
  const waiting = new Set<() => void>();
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://consul');
    fake.requests.push(request.url ?? '');
    const fault = fake.fault(request.url ?? '');
    if (fault === 'silence') return;
    const answer = (): void => (fault ? misbehave(response, fault) : send(response, fake.catalog, pathname));
    const asked = searchParams.get('index');
    if (fault || asked === null || asked !== fake.catalog.index) return answer();
    const end = (): void => {
      clearTimeout(timer);
      waiting.delete(end);
      answer();
    };
    const timer = setTimeout(end, Number.parseInt(searchParams.get('wait') ?? '0', 10));
    waiting.add(end);
    response.once('close', () => {
      clearTimeout(timer);
      waiting.delete(end);
    });
  });
  const fake = {
    host: '127.0.0.1',
    port: 0,
    catalog: {
      services: [],
      index: '10',
      filtered: false,
      hiddenNodes: [],
      filteredServices: [],
      lagMs: 0,
    } as FakeCatalog,
    requests: [] as string[],
    fault: (_path: string): FakeFault | undefined => undefined,
    change: (update: Partial<FakeCatalog>) => {
      Object.assign(fake.catalog, update);
      for (const end of waiting) end();
    },
    close: async () => {
      server.closeAllConnections();
      await once(server.close(), 'close');
    },
  };
  await once(server.listen(0, fake.host), 'listening');
  const address = server.address();
  if (address !== null && typeof address === 'object') fake.port = address.port;
  return fake;
}

function misbehave(response: ServerResponse, fault: Exclude<FakeFault, 'silence'>): void {
  if (fault === 'cut') {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': '100' });
    response.write('{"a":', () => response.destroy());
    return;
  }
  const type = fault.json ? 'application/json' : 'text/plain';
  response.writeHead(fault.status, { 'content-type': type }).end(fault.body);
}

function send(response: ServerResponse, catalog: FakeCatalog, path: string): void {
  const { services, index, filtered, hiddenNodes, filteredServices, lagMs } = catalog;
  const visible = services.filter(({ node }) => !hiddenNodes.includes(node));
  const [, , kind, what, encoded = ''] = path.split('/');
  const name = decodeURIComponent(encoded);
  const named = visible.filter((service) => service.name.toLowerCase() === name.toLowerCase());
  const bodies: Record<string, () => unknown> = {
    'catalog/services': () => namesOf(services),
    'catalog/node': () => nodeOf(visible.filter(({ node }) => node === name)),
    'catalog/nodes': () => [...new Set(visible.map(({ node }) => node))].map(bareNode),
    'catalog/service': () => named.map(instanceOf),
    'health/service': () => named.map(healthOf),
    'health/state': () => [],
  };
  response.writeHead(200, {
    'content-type': 'application/json',
    ...(index !== undefined && { 'x-consul-index': index }),
    ...(((filtered && kind === 'catalog') || filteredServices.includes(name)) && {
      'x-consul-results-filtered-by-acls': 'true',
    }),
    'x-consul-knownleader': String(lagMs !== undefined),
    'x-consul-lastcontact': String(lagMs ?? 0),
  });
  response.end(JSON.stringify(bodies[`${kind}/${what}`]?.()));
}

function bareNode(node: string): object {
  return { Node: node, Address: '192.0.2.1', ModifyIndex: 1 };
}

function healthOf({ node, name, tags = [], meta = {}, port = 80 }: FakeService): object {
  return {
    Node: bareNode(node),
    Service: { ID: name, Service: name, Tags: tags, Meta: meta, Address: '', Port: port },
    Checks: null,
  };
}

function namesOf(services: readonly FakeService[]): object {
  const names: Record<string, string[]> = {};
  for (const { name, tags = [] } of services) names[name] = [...new Set([...(names[name] ?? []), ...tags])];
  return names;
}

function nodeOf(services: readonly FakeService[]): object | null {
  const [first] = services;
  if (first === undefined) return null;
  const bodies = services
    .filter(({ tags }) => tags?.includes(managedTag))
    .map(({ name, tags, meta }) => ({ ID: name, Service: name, Tags: tags, Meta: meta, ModifyIndex: 1 }));
  return {
    Node: { Node: first.node, Address: '', ModifyIndex: 1 },
    Services: Object.fromEntries(bodies.map((body) => [body.ID, body])),
  };
}

function instanceOf({ node, name, tags = [], meta = {} }: FakeService): object {
  return {
    Node: node,
    ServiceID: name,
    ServiceName: name,
    ServiceTags: tags,
    ServiceMeta: meta,
    ModifyIndex: 1,
  };
}
