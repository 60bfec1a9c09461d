import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Status } from '../../../src/agent/told/status.ts';
import type { RouteView } from '../../../src/proxy/told/views.ts';
import type { SandboxAws } from '../../../src/sandbox/aws/server.ts';
import { freePorts } from '../../../src/sandbox/free-ports.ts';
import { awsEnvironment } from '../../../src/sandbox/system/registrator.ts';
import { endHaproxy } from '../agent/process.ts';
import { type Built, buildAll } from '../built.ts';
import { haproxyBinary } from '../haproxy/server.ts';
import { type Account, startAccount } from './account.ts';
import { type ConsulCluster, startCluster } from './consul.ts';
import { isWell, type Program, startBundle } from './program.ts';

/** All of it on this machine: the built programs as processes, real Consul and HAProxy, and AWS in this process. */
export interface WholeSystem {
  readonly built: Built;
  readonly consul: ConsulCluster;
  readonly account: Account;
  readonly agent: Agent;
  readonly proxy: Proxy;
  close(): Promise<void>;
}

interface Agent extends Program {
  /** Port of its HAProxy. */
  readonly entry: number;
  /** HAProxy's folder, and its sockets. */
  readonly folder: string;
  readonly socket: string;
  readonly masterSocket: string;
  status(): Promise<Status>;
}

interface Proxy extends Program {
  readonly port: number;
  routes(): Promise<readonly RouteView[]>;
  /** When Consul answered it last, in milliseconds since 1970. */
  heardAt(): Promise<number>;
}

/** The namespace of Cloud Map that the agent follows, and what its hosts end with. */
export const namespace = 'cluster';
export const domain = 'cluster.test';

/**
 * Starts it without any function or service. Close it in the end.
 * @param checkEvery how often HAProxy looks whether a server answers, as `200ms`
 */
export async function startWholeSystem(checkEvery: string): Promise<WholeSystem> {
  const parts: (() => Promise<unknown>)[] = [];
  const close = async (): Promise<void> => {
    for (const part of parts.splice(0).toReversed()) await part();
  };
  try {
    return { ...(await startParts(checkEvery, parts)), close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Adds what must be closed in the end to `parts`. */
async function startParts(
  checkEvery: string,
  parts: (() => Promise<unknown>)[],
): Promise<Omit<WholeSystem, 'close'>> {
  const folder = await mkdtemp(join(tmpdir(), 'whole-system-'));
  parts.push(() => rm(folder, { recursive: true, force: true }));
  const built = await buildAll();
  parts.push(() => built.remove());
  const consul = await startCluster();
  parts.push(() => consul.close());
  const consulAddress = `http://127.0.0.1:${consul.front.port}`;
  const account = await startAccount(built.folder, { CONSUL_HTTP_ADDR: consulAddress });
  parts.push(() => account.close());
  const place = { folder, built: built.folder, consulAddress, checkEvery, aws: account.aws };
  const proxy = await startProxy(place);
  parts.push(() => proxy.stop());
  const agent = await startAgent(place, proxy.port);
  parts.push(async () => {
    await agent.stop();
    await endHaproxy(agent.masterSocket);
  });
  return { built, consul, account, agent, proxy };
}

interface Place {
  readonly folder: string;
  readonly built: string;
  readonly consulAddress: string;
  readonly checkEvery: string;
  readonly aws: SandboxAws;
}

async function startProxy({ folder, built, consulAddress, aws }: Place): Promise<Proxy> {
  const [port = 0, admin = 0] = await freePorts(2);
  const file = join(folder, 'lrp.yaml');
  await writeFile(
    file,
    `host: 127.0.0.1
port: ${port}
admin: { port: ${admin} }
access_log: false
consul: { address: "${consulAddress}" }
`,
  );
  const program = await startBundle({
    name: 'the proxy',
    args: [resolve(built, 'proxy/index.mjs'), file],
    isReady: () => isWell(`http://127.0.0.1:${admin}/readyz`),
    environment: awsEnvironment(aws),
  });
  const routes = async (): Promise<RouteView[]> => {
    const answer = await fetch(`http://127.0.0.1:${admin}/routes`);
    return ((await answer.json()) as { routes: RouteView[] }).routes;
  };
  const heardAt = async (): Promise<number> => {
    const metrics = await (await fetch(`http://127.0.0.1:${admin}/metrics`)).text();
    const [, seconds] =
      /^lambda_proxy_source_last_success_timestamp_seconds\{[^}]*\} (\S+)$/m.exec(metrics) ?? [];
    return 1000 * Number(seconds);
  };
  return Object.assign(program, { port, routes, heardAt });
}

async function startAgent(
  { folder, built, consulAddress, checkEvery, aws }: Place,
  proxyPort: number,
): Promise<Agent> {
  const [entry = 0, health = 0, admin = 0] = await freePorts(3);
  const file = join(folder, 'agent.yaml');
  const state = join(folder, 'haproxy');
  await writeFile(
    file,
    `bind: ["127.0.0.1:${entry}"]
health: { bind: "127.0.0.1:${health}" }
admin: { bind: "127.0.0.1:${admin}" }
sources:
  consul: { address: "${consulAddress}" }
  cloud_map: { namespaces: [{ namespace: ${namespace}, domain: ${domain} }], refresh: 1s }
lambda: { proxy: ["127.0.0.1:${proxyPort}"] }
service_defaults: { inter: ${checkEvery} }
guard: { interval: 500ms }
haproxy: { bin: ${resolve(await haproxyBinary())}, dir: ${state}, log: off, grace: 1s }
`,
  );
  const program = await startBundle({
    name: 'the agent',
    args: [resolve(built, 'agent/index.mjs'), file],
    isReady: () => isWell(`http://127.0.0.1:${admin}/status`),
    environment: awsEnvironment(aws),
  });
  const status = async (): Promise<Status> =>
    (await (await fetch(`http://127.0.0.1:${admin}/status`)).json()) as Status;
  const [socket, masterSocket] = [join(state, 'haproxy.sock'), join(state, 'master.sock')];
  return Object.assign(program, { entry, folder: state, socket, masterSocket, status });
}
