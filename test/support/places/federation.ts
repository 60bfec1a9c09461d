import { randomUUID } from 'node:crypto';
import { freePorts } from '../../../src/sandbox/free-ports.ts';
import { type ConsulServer, startConsul } from '../consul/server.ts';
import { waitUntil } from '../wait-until.ts';

export interface FederationOptions {
  /** Whether dc1 keeps config entries and tokens for all; true by default. */
  primary?: boolean;
  /** ACLs on, with one management token for all; with a primary datacenter its other tokens hold in all, too. */
  acl?: boolean;
  /** How many, 2 by default. */
  datacenters?: number;
  /** Whether each has a certificate authority for Connect, and how that is set up. */
  connect?: NonNullable<Parameters<typeof startConsul>[0]>['connect'];
}

/** How a datacenter goes: killed, without a word to the others, frozen with its connections open, or with a leave. */
type Departure = 'kill' | 'pause' | 'leave';

/** Datacenters `dc1`, `dc2` and so on, each a real Consul server with a node `agent`, joined over the WAN. */
export interface Federation {
  readonly servers: readonly ConsulServer[];
  /** The server of a datacenter. */
  of(datacenter: string): ConsulServer;
  takeAway(datacenter: string, departure?: Departure): Promise<void>;
  /** Brings one back that was taken away, with its data; resolves when all of them answer for each other again. */
  bringBack(datacenter: string): Promise<void>;
  /** A token of dc1, the primary datacenter, that may do what `rules` say in all datacenters; it holds in all already. */
  createToken(rules: string): Promise<string>;
  /** Resolves when a config entry can be read in a datacenter at what it is at in dc1, or is gone from both. */
  replicated(kind: string, name: string, datacenter?: string): Promise<void>;
  close(): Promise<void>;
}

/** Starts a federation, in which each datacenter answers for each other. Close it in the end. */
export async function startFederation(options: FederationOptions = {}): Promise<Federation> {
  const { primary = true, acl = false, datacenters = 2, connect } = options;
  const ports = await freePorts(datacenters);
  const managementToken = randomUUID();
  const starts = ports.map((wan, at) => {
    const join = ports.filter((port) => port !== wan);
    const datacenter = { name: `dc${at + 1}`, wan, join, managementToken };
    return startConsul({
      acl,
      ...(connect && { connect }),
      datacenter: { ...datacenter, ...(primary && { primary: 'dc1' }) },
    });
  });
  const started = await Promise.allSettled(starts);
  const servers = started.flatMap((start) => (start.status === 'fulfilled' ? [start.value] : []));
  const federation = new JoinedServers(servers);
  try {
    await Promise.all(starts);
    await federation.joined();
    return federation;
  } catch (error) {
    await federation.close();
    throw error;
  }
}

class JoinedServers implements Federation {
  readonly servers: readonly ConsulServer[];
  readonly #paused = new Set<ConsulServer>();

  constructor(servers: readonly ConsulServer[]) {
    this.servers = servers;
  }

  of(datacenter: string): ConsulServer {
    const server = this.servers[Number(datacenter.replace('dc', '')) - 1];
    if (!server) throw new Error(`there is no ${datacenter}`);
    return server;
  }

  async takeAway(datacenter: string, departure: Departure = 'kill'): Promise<void> {
    const server = this.of(datacenter);
    if (departure === 'pause') this.#paused.add(server);
    await server[departure]();
  }

  async bringBack(datacenter: string): Promise<void> {
    const server = this.of(datacenter);
    if (this.#paused.delete(server)) server.resume();
    else await server.start();
    await this.joined();
  }

  async joined(): Promise<void> {
    const paths = this.servers.map((_server, at) => `/v1/catalog/services?dc=dc${at + 1}`);
    await waitUntil('datacenters that answer for each other', async () => {
      const asked = this.servers.flatMap((server) => paths.map((path) => server.call('GET', path)));
      return (await Promise.all(asked)).every(({ status }) => status === 200);
    });
  }

  async replicated(kind: string, name: string, datacenter = 'dc2'): Promise<void> {
    const read = (at: string) => this.of(at).call('GET', `/v1/config/${kind}/${name}`);
    await waitUntil(`${kind}/${name} in ${datacenter}`, async () => {
      const [here, there] = await Promise.all([read('dc1'), read(datacenter)]);
      return here.status === there.status && contentOf(here.body) === contentOf(there.body);
    });
  }

  async createToken(rules: string): Promise<string> {
    const primary = this.of('dc1');
    const Name = randomUUID();
    const everywhere = async (is: (server: ConsulServer) => Promise<boolean>): Promise<boolean> =>
      (await Promise.all(this.servers.map(is))).every(Boolean);
    await primary.ok('PUT', '/v1/acl/policy', { Name, Rules: rules });
    // A token that is used before its policy is there is taken for one without it for some time.
    await waitUntil('a policy that is known in all datacenters', () =>
      everywhere(async (server) => {
        const policies = (await server.ok('GET', '/v1/acl/policies')) as { Name: string }[];
        return policies.some((policy) => policy.Name === Name);
      }),
    );
    const token = (await primary.ok('PUT', '/v1/acl/token', { Policies: [{ Name }] })) as {
      SecretID: string;
    };
    await waitUntil('a token that holds in all datacenters', () =>
      everywhere(async (server) => {
        const answer = await server.call('GET', '/v1/catalog/services', undefined, token.SecretID);
        return answer.status === 200;
      }),
    );
    return token.SecretID;
  }

  async close(): Promise<void> {
    await Promise.all(this.servers.map((server) => server.close()));
  }
}

/** A config entry without its indexes, of which each datacenter has its own. */
function contentOf(entry: unknown): string {
  return JSON.stringify(entry).replaceAll(/"(Create|Modify)Index":\d+/g, '""');
}
