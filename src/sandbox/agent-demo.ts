import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startAgent } from '../agent/app.ts';
import type { Agent } from '../agent/running-agent.ts';
import { readAgentConfig } from '../agent/config.ts';
import type { Status } from '../agent/told/status.ts';
import { systemClock } from '../core/clock.ts';
import { createLogger } from '../core/logger.ts';
import { startApp } from '../proxy/app.ts';
import { readProxyConfig } from '../proxy/config.ts';
import { startEmulator } from './emulator/emulator.ts';
import { freePorts } from './free-ports.ts';
import { askPort, type PlainServer, secondAddresses, startPlainServer } from './plain-servers.ts';

/** One service that HAProxy serves, for a table. */
interface ServedRow {
  service: string;
  routes: string;
  servers: string;
}

/** What happens in the chapter, as it happens. */
export interface AgentChapterOptions {
  /** The HAProxy to use. */
  readonly haproxy: string;
  /** `http://host:port` of the Consul to use. */
  readonly consul: string;
  onStep(title: string): void;
  /** The agent was started with this file; its page is at `page`. */
  onStarted(file: string, page: string): void;
  /** HAProxy serves these. */
  onServed(rows: readonly ServedRow[]): void;
  /** Requests went through HAProxy, and were answered so, in order. */
  onAsked(request: string, answers: readonly string[]): void;
}

const shopHost = 'shop.example.com';
/** Of the function `catalog`, by its tags. */
const functionPath = '/catalog';
const withinMs = 20_000;
const pauseMs = 50;

/** What stays up until it is closed. */
export interface AgentChapter {
  close(): Promise<void>;
}

/**
 * The agent at work on this machine: real Consul and HAProxy, three plain HTTP servers in the catalog, one of which goes
 * into maintenance, and a function that the registrator has registered.
 */
export async function startAgentChapter(options: AgentChapterOptions): Promise<AgentChapter> {
  const parts: (() => Promise<void>)[] = [];
  const close = async (): Promise<void> => {
    for (const part of parts.splice(0).toReversed()) await part();
  };
  try {
    const scene = await setScene(options, parts);
    await tellStory(scene);
    return { close };
  } catch (error) {
    await close();
    throw error;
  }
}

interface Scene {
  readonly options: AgentChapterOptions;
  readonly agent: Agent;
  /** Port of HAProxy. */
  readonly entry: number;
  readonly servers: readonly RegisteredServer[];
}

interface RegisteredServer extends PlainServer {
  readonly service: string;
}

/** Adds what must be closed in the end to `parts`. */
async function setScene(options: AgentChapterOptions, parts: (() => Promise<void>)[]): Promise<Scene> {
  const folder = await mkdtemp(join(tmpdir(), 'agent-chapter-'));
  parts.push(() => rm(folder, { recursive: true, force: true }));
  const [entry = 0, shop = 0, blog = 0] = await freePorts(3);
  const servers: RegisteredServer[] = [];
  for (const [service, id, port, addresses] of [
    ['shop', 'shop-1', shop, undefined],
    ['shop', 'shop-2', shop, secondAddresses],
    ['blog', 'blog-1', blog, undefined],
  ] as const) {
    const server = await startPlainServer(id, port, addresses);
    parts.push(() => server.stop());
    servers.push({ service, ...server });
  }
  const proxy = await startFunctionsProxy(parts);
  const file = fileFor(options, { folder, entry, proxy });
  const { config } = readAgentConfig(file, 'agent.yaml', {});
  const agent = await startAgent(config, { logger: createLogger('silent'), print: () => {} });
  parts.push(() => agent.stop());
  options.onStep('Three servers register themselves in Consul, where the registrator has put a function');
  options.onStarted(file, `http://127.0.0.1:${agent.adminPort}/`);
  return { options, agent, entry, servers };
}

/** A proxy that answers for the function, which runs in an emulator. */
async function startFunctionsProxy(parts: (() => Promise<void>)[]): Promise<number> {
  const emulator = await startEmulator(() => import('./emulator/functions/countdown.ts'));
  parts.push(async () => emulator[Symbol.asyncDispose]());
  const file = `host: 127.0.0.1
port: 0
local:
  - hostname: ${shopHost}
    path_prefix: ${functionPath}
    endpoint: ${emulator.url}
`;
  const app = await startApp(readProxyConfig(file, 'lrp.yaml', {}).config, {
    env: {},
    logger: createLogger('silent'),
    accessLog: { write: () => {} },
  });
  parts.push(() => app.stop());
  return app.port;
}

function fileFor(
  { consul, haproxy }: AgentChapterOptions,
  { folder, entry, proxy }: { folder: string; entry: number; proxy: number },
): string {
  return `bind: ["127.0.0.1:${entry}"]
sources:
  consul: { address: "${consul}" }
lambda: { proxy: ["127.0.0.1:${proxy}"] }
haproxy: { bin: ${haproxy}, dir: ${folder}, log: off, grace: 1s }
health: { bind: "127.0.0.1:0" }
admin: { bind: "127.0.0.1:0" }
`;
}

async function tellStory(scene: Scene): Promise<void> {
  const { options, servers } = scene;
  for (const server of servers) await register(options.consul, server);
  const names = [...new Set(servers.map(({ service }) => service))];
  await served(
    scene,
    ({ services }) =>
      names.every((name) => services.some((service) => service.name === name)) &&
      services.every(({ servers }) => servers.every(({ state }) => state === 'up')),
  );
  await askAll(scene);

  options.onStep('shop-1 goes into maintenance: no new request reaches it');
  await putToConsul(options.consul, '/v1/agent/service/maintenance/shop-1?enable=true&reason=demonstration');
  await served(scene, ({ services }) =>
    services.some(({ servers }) =>
      servers.some(({ id, state }) => id.endsWith('shop-1') && state === 'drain'),
    ),
  );
  await askAll(scene);
}

/** Waits until the agent tells of something, and shows what HAProxy serves then. */
async function served({ agent, options }: Scene, isThere: (status: Status) => boolean): Promise<void> {
  const deadline = systemClock.now() + withinMs;
  for (;;) {
    const status = await agent.status();
    if (isThere(status) && !status.config.pending) {
      options.onServed(rowsOf(status));
      return;
    }
    if (systemClock.now() >= deadline) throw new Error('the agent did not serve the services in time');
    await systemClock.sleep(pauseMs);
  }
}

function rowsOf({ services }: Status): ServedRow[] {
  return services.map(({ name, routes, servers }) => ({
    service: name,
    routes: routes.map(({ host, path }) => `${host ?? ''}${path ?? ''}`).join(', '),
    servers: servers.map(({ id, address, state }) => `${id} (${address}, ${state})`).join(', '),
  }));
}

/** As each server would do it for itself, with its route. */
async function register(consul: string, { service, id, ip, port }: RegisteredServer): Promise<void> {
  await putToConsul(consul, '/v1/agent/service/register', {
    Name: service,
    ID: id,
    Address: ip,
    Port: port,
    Meta: { 'route-host': `${service}.example.com` },
  });
}

async function putToConsul(consul: string, path: string, body?: object): Promise<void> {
  const answer = await fetch(`${consul}${path}`, {
    method: 'PUT',
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  if (!answer.ok) throw new Error(`Consul refuses ${path}: ${await answer.text()}`);
}

async function askAll({ options, entry }: Scene): Promise<void> {
  const requests = [
    { host: shopHost, path: '/', times: 4 },
    { host: shopHost, path: functionPath, times: 1 },
  ];
  for (const { host, path, times } of requests) {
    const answers: string[] = [];
    for (let at = 0; at < times; at += 1)
      answers.push((await askPort(entry, host, path)).trim().replaceAll('\n', ' '));
    options.onAsked(`curl -H 'Host: ${host}' http://127.0.0.1:${entry}${path}`, answers);
  }
}
