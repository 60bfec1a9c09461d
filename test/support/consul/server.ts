import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { messageOf } from '../../../src/core/errors.ts';
import { programs, requireProgram } from '../../../src/local/binaries.ts';
import { type ServerProcess, startServerProcess } from '../../../src/local/server-process.ts';
import { callConsul, callConsulOk, type ConsulEndpoint } from './calls.ts';
import { type Certificates, makeCertificates, tlsConfiguration } from './certificates.ts';
import { freePorts } from '../../../src/sandbox/free-ports.ts';

export interface ConsulOptions {
  /** ACLs on, everything denied to tokens without a rule; `managementToken` may do all. */
  acl?: boolean;
  /** HTTPS on a second port, with a certificate for localhost and 127.0.0.1 from a CA made for this server. */
  tls?: boolean;
  /** With `tls`: HTTPS demands a client certificate of that CA. */
  verifyClients?: boolean;
  /** Whether it has a certificate authority for Connect, and how that is set up. */
  connect?: { enabled: boolean; ca_config?: Record<string, unknown> };
  /** Envoys get their configuration on a port of its own. */
  grpc?: boolean;
  /** One of several servers, which are ready once they have found each other. */
  cluster?: { size: number; name: string; serf: number; join: readonly number[] };
  /** No server, but an agent that passes what it is asked on to the servers at these ports. */
  joins?: readonly number[];
  /** The server of one of several datacenters, joined over the WAN. */
  datacenter?: Datacenter;
}

interface Datacenter {
  name: string;
  /** The datacenter that keeps config entries and tokens for all; without it each has its own. */
  primary?: string;
  /** Ports of the WAN: of this server, and of those to join. */
  wan: number;
  join: readonly number[];
  /** With `acl`: what `managementToken` is in all of them, from the start. */
  managementToken: string;
}

export interface ConsulServer extends ConsulEndpoint {
  /** HTTPS, in addition to plain HTTP. */
  tls: ({ port: number } & Certificates) | undefined;
  /** The port for Envoys. */
  grpc: number | undefined;
  /** Where others join it. */
  serf: number;
  /** Stops the process and starts it again on the same ports and data. */
  restart(): Promise<void>;
  /** Ends the process at once, keeping ports and data for `start`. */
  kill(): Promise<void>;
  /** Takes leave of the other servers and ends, keeping ports and data for `start`. */
  leave(): Promise<void>;
  start(): Promise<void>;
  /** Stops answering without closing connections, until `resume`. */
  pause(): void;
  resume(): void;
}

/** How often somebody may take a free port before Consul does. */
const portAttempts = 3;

/** A real single-server Consul on free ports of 127.0.0.1, elected and ready for writes. Close it in the end. */
export async function startConsul(options: ConsulOptions = {}): Promise<ConsulServer> {
  const binary = await requireProgram(programs.consul, { environment: process.env, cache: '.cache' });
  for (let attempt = 1; ; attempt += 1) {
    const folder = await mkdtemp(path.join(tmpdir(), 'consul-'));
    try {
      return await ConsulProcess.create(binary, folder, options);
    } catch (error) {
      await rm(folder, { recursive: true, force: true });
      if (attempt === portAttempts || !messageOf(error).includes('address already in use')) throw error;
    }
  }
}

/** Servers that elect a leader among them. */
export async function startConsulCluster(size: number): Promise<ConsulServer[]> {
  const join = await freePorts(size);
  const members = join.map((serf, at) => ({ cluster: { size, name: `agent-${at}`, serf, join } }));
  return Promise.all(members.map(startConsul));
}

class ConsulProcess implements ConsulServer {
  static async create(binary: string, folder: string, options: ConsulOptions): Promise<ConsulServer> {
    const version = await versionOf(binary);
    const certificates = options.tls ? await makeCertificates(binary, folder) : undefined;
    const [http, https, server, ownSerf, envoys] = await freePorts(5);
    const { size = 1, name = 'agent', serf = ownSerf, join = [] } = options.cluster ?? {};
    const { datacenter } = options;
    if (!http || !https || !server || !serf) throw new Error('no free ports');
    const grpc = options.grpc ? envoys : undefined;
    const ports = {
      http,
      ...(certificates && { https }),
      server,
      serf_lan: serf,
      serf_wan: datacenter?.wan ?? -1,
      dns: -1,
      grpc: grpc ?? -1,
    };
    const configuration = {
      ...(options.joins ? { server: false } : { server: true, bootstrap_expect: size }),
      node_name: name,
      retry_join: (options.joins ?? join).map((port) => `127.0.0.1:${port}`),
      retry_interval: '200ms',
      data_dir: path.join(folder, 'data'),
      bind_addr: '127.0.0.1',
      client_addr: '127.0.0.1',
      performance: { raft_multiplier: 1, leave_drain_time: '1ms' },
      disable_update_check: true,
      ports: { ...ports, ...(atLeast(version, 1, 14) && { grpc_tls: -1 }) },
      ...(options.acl && { acl: aclConfiguration(version, datacenter) }),
      ...(datacenter && datacenterConfiguration(datacenter)),
      ...(options.connect && { connect: options.connect }),
      ...(certificates && tlsConfiguration(folder, atLeast(version, 1, 12), options.verifyClients ?? false)),
    };
    await writeFile(path.join(folder, 'consul.json'), JSON.stringify(configuration));
    const tls = certificates && { port: https, ...certificates };
    const consul = new ConsulProcess(binary, folder, {
      version,
      port: http,
      tls,
      grpc,
      serf,
      acl: options.acl ?? false,
    });
    if (options.acl) consul.managementToken = datacenter?.managementToken;
    await consul.start();
    return consul;
  }

  readonly version: string;
  readonly host = '127.0.0.1';
  readonly port: number;
  readonly tls: ConsulServer['tls'];
  readonly grpc: number | undefined;
  readonly serf: number;
  managementToken: string | undefined;
  readonly #binary: string;
  readonly #folder: string;
  readonly #acl: boolean;
  #process: ServerProcess | undefined;

  private constructor(
    binary: string,
    folder: string,
    {
      version,
      port,
      tls,
      grpc,
      serf,
      acl,
    }: Pick<ConsulServer, 'version' | 'port' | 'tls' | 'grpc' | 'serf'> & { acl: boolean },
  ) {
    this.#binary = binary;
    this.#folder = folder;
    this.version = version;
    this.port = port;
    this.tls = tls;
    this.grpc = grpc;
    this.serf = serf;
    this.#acl = acl;
  }

  async start(): Promise<void> {
    this.#process = await startServerProcess({
      name: 'Consul',
      binary: this.#binary,
      args: ['agent', '-config-file', path.join(this.#folder, 'consul.json')],
      isReady: () => this.#isReady(),
      startsWithinMs: 30_000,
      endedBy: 'SIGKILL',
    });
  }

  /** Whether it has a leader, a first token where ACLs are on, and its own entry in the catalog. */
  async #isReady(): Promise<boolean> {
    const { body: leader } = await this.call('GET', '/v1/status/leader');
    if (leader === '' || (await this.call('PUT', '/v1/txn', [])).status !== 200) return false;
    if (this.#acl && this.managementToken === undefined) {
      const { status, body } = await this.call('PUT', '/v1/acl/bootstrap');
      if (status !== 200) return false;
      this.managementToken = (body as { SecretID: string }).SecretID;
    }
    // Without `consistent` a leader answers before it has replayed what it knew.
    const { body: services } = await this.call('GET', '/v1/catalog/services?consistent');
    return Object.hasOwn(services as object, 'consul');
  }

  async restart(): Promise<void> {
    this.resume();
    await this.#process?.end('SIGTERM');
    await this.start();
  }

  async kill(): Promise<void> {
    await this.#process?.end();
  }

  async leave(): Promise<void> {
    await this.ok('PUT', '/v1/agent/leave');
    await this.kill();
  }

  pause(): void {
    this.#process?.signal('SIGSTOP');
  }

  resume(): void {
    this.#process?.signal('SIGCONT');
  }

  async close(): Promise<void> {
    await this.kill();
    await rm(this.#folder, { recursive: true, force: true, maxRetries: 3 });
  }

  call(...call: Parameters<ConsulEndpoint['call']>): ReturnType<ConsulEndpoint['call']> {
    return callConsul(this, ...call);
  }

  ok(...call: Parameters<ConsulEndpoint['ok']>): Promise<unknown> {
    return callConsulOk(this, ...call);
  }

  async createToken(rules: string): Promise<string> {
    const Name = randomUUID();
    await this.ok('PUT', '/v1/acl/policy', { Name, Rules: rules });
    const token = (await this.ok('PUT', '/v1/acl/token', { Policies: [{ Name }] })) as { SecretID: string };
    return token.SecretID;
  }
}

/** Tokens are the primary datacenter's, which the others ask for them with the one token that is the same in all. */
function aclConfiguration(version: string, datacenter: Datacenter | undefined): object {
  const rules = { enabled: true, default_policy: 'deny' };
  if (!datacenter) return rules;
  const { primary, managementToken } = datacenter;
  const initial = atLeast(version, 1, 11)
    ? { initial_management: managementToken }
    : { master: managementToken };
  const replication = primary === undefined ? {} : { replication: managementToken };
  return {
    ...rules,
    enable_token_replication: primary !== undefined,
    tokens: { ...initial, ...replication, agent: managementToken },
  };
}

function datacenterConfiguration({ name, primary, join }: Datacenter): object {
  return {
    datacenter: name,
    ...(primary !== undefined && { primary_datacenter: primary }),
    retry_join_wan: join.map((port) => `127.0.0.1:${port}`),
    retry_interval_wan: '200ms',
  };
}

async function versionOf(binary: string): Promise<string> {
  const { stdout } = await promisify(execFile)(binary, ['version']);
  const version = /Consul v(\d+\.\d+\.\d+)/.exec(stdout)?.[1];
  if (!version) throw new Error(`${binary} is no Consul: ${stdout}`);
  return version;
}

/** Whether `version` is `major.minor` or later. */
export function atLeast(version: string, major: number, minor: number): boolean {
  const [ownMajor = 0, ownMinor = 0] = version.split('.').map(Number);
  return ownMajor > major || (ownMajor === major && ownMinor >= minor);
}
