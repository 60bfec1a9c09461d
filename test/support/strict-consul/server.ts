import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { callConsul, callConsulOk, type ConsulEndpoint } from '../consul/calls.ts';
import { allRights, Rights } from './acl.ts';
import { community, type Edition, Enterprise, partitionIn } from './edition.ts';
import { Refusal, unknownEndpoint } from './refusal.ts';
import { routes } from './routes.ts';
import { Store } from './store.ts';

const maxTransactionBytes = 512 * 1024;
const noRights = new Rights('');

interface StrictOptions {
  acl?: boolean;
  /** Enterprise with these namespaces by partition, beside the partition and namespaces `default`. */
  enterprise?: Readonly<Record<string, readonly string[]>>;
}

/**
 * Stands in for a current Consul (1.16 and later) where only an old one is at hand: the calls that are made here, as
 * strictly as the real one takes them. The suites of `test/consul` run on both and so hold it to a real one wherever there is one;
 * `test/consul/enterprise.test.ts` and `test/support/strict-consul/acl.test.ts` hold it to what is documented of Enterprise.
 */
export async function startStrictConsul(options: StrictOptions = {}): Promise<ConsulEndpoint> {
  const stand = new StrictConsul(options);
  await stand.listen();
  return stand;
}

class StrictConsul implements ConsulEndpoint {
  readonly host = '127.0.0.1';
  port = 0;
  readonly managementToken: string | undefined;
  readonly #acl: boolean;
  readonly #edition: Edition;
  readonly #store = new Store();
  readonly #tokens = new Map<string, Rights>();
  readonly #server: Server;

  constructor({ acl = false, enterprise }: StrictOptions) {
    this.#acl = acl;
    this.#edition = enterprise ? new Enterprise(enterprise) : community;
    if (acl) {
      this.managementToken = randomUUID();
      this.#tokens.set(this.managementToken, allRights);
    }
    this.#server = createServer((request, response) => void this.#answer(request, response));
    this.#registerAgent();
  }

  get version(): string {
    return this.#edition.version;
  }

  /** Its own node, as a server has it. */
  #registerAgent(): void {
    const place = this.#edition.written({});
    const agent = {
      ID: randomUUID(),
      Node: 'agent',
      Address: '127.0.0.1',
      Datacenter: 'dc1',
      TaggedAddresses: null,
      Meta: null,
      ...partitionIn(place),
    };
    const index = this.#store.nextIndex();
    this.#store.nodes.set(Store.nodeKey(place, 'agent'), agent, index);
    this.#store.checks.set(Store.nodeKey(place, 'agent'), ['serfHealth']);
    const consul = { ID: 'consul', Service: 'consul', Tags: [], Address: '', Meta: null, ...place };
    this.#store.services.set(Store.serviceKey(place, 'agent', 'consul'), consul, index);
  }

  async listen(): Promise<void> {
    await once(this.#server.listen(0, this.host), 'listening');
    const address = this.#server.address();
    if (address !== null && typeof address === 'object') this.port = address.port;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await once(this.#server.close(), 'close');
  }

  call(...call: Parameters<ConsulEndpoint['call']>): ReturnType<ConsulEndpoint['call']> {
    return callConsul(this, ...call);
  }

  ok(...call: Parameters<ConsulEndpoint['ok']>): Promise<unknown> {
    return callConsulOk(this, ...call);
  }

  createToken(rules: string): Promise<string> {
    const token = randomUUID();
    this.#tokens.set(token, new Rights(rules));
    return Promise.resolve(token);
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const headers: Record<string, string> = { 'x-consul-default-acl-policy': this.#acl ? 'deny' : 'allow' };
    const rights = this.#rightsOf(request);
    const filtered = (): void => {
      if (rights !== noRights) headers['x-consul-results-filtered-by-acls'] = 'true';
    };
    try {
      const { status = 200, body } = await this.#handle(request, rights, filtered);
      response
        .writeHead(status, { ...headers, 'content-type': 'application/json' })
        .end(JSON.stringify(body));
    } catch (error) {
      const status = error instanceof Refusal ? error.status : 500;
      const said = error instanceof Error ? error.message : String(error);
      response.writeHead(status, { ...headers, 'content-type': 'text/plain; charset=utf-8' }).end(said);
    }
  }

  async #handle(request: IncomingMessage, rights: Rights | undefined, filtered: () => void) {
    const url = new URL(request.url ?? '/', 'http://consul');
    const [pattern, name] = [
      [`${request.method} ${url.pathname}`, ''] as const,
      [
        `${request.method} ${url.pathname.replace(/[^/]+$/, '')}`,
        decodeURIComponent(url.pathname.split('/').at(-1) ?? ''),
      ] as const,
    ].find(([path]) => routes[path]) ?? ['', ''];
    const content = await text(request);
    const handler = routes[pattern];
    if (!handler) throw unknownEndpoint();
    if (!rights) throw new Refusal(403, 'ACL not found');
    if ((url.searchParams.get('dc') ?? 'dc1') !== 'dc1') throw new Refusal(500, 'No path to datacenter');
    if (pattern === 'PUT /v1/txn' && content.length > maxTransactionBytes) {
      throw new Refusal(
        413,
        `Request body(${content.length} bytes) too large, max size: ${maxTransactionBytes} bytes.`,
      );
    }
    const body: unknown = content === '' ? undefined : JSON.parse(content);
    const { headers } = request;
    const [store, edition, query] = [this.#store, this.#edition, url.searchParams];
    return handler({ store, edition, rights, query, headers, body, filtered }, name);
  }

  /** Undefined for a token that is unknown. */
  #rightsOf(request: IncomingMessage): Rights | undefined {
    if (!this.#acl) return allRights;
    const token = request.headers['x-consul-token'];
    return typeof token === 'string' && token !== '' ? this.#tokens.get(token) : noRights;
  }
}
