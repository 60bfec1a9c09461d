import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { type Server, createServer, get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { createLogger } from '../core/logger.ts';
import { routeText } from '../haproxy/routes.ts';
import { applyConfiguration } from '../haproxyd/config-file.ts';
import { reloadByMaster } from '../haproxyd/reload.ts';
import { composeRegistry } from '../registry/compose.ts';
import { readRegistryConfig } from '../registry/config.ts';
import type { ServiceView } from '../registry/presentation.ts';
import { routesOf } from '../registry/routing.ts';
import { startRegistryServer } from '../registry/server.ts';
import { createRegistryTable, startDynamo } from './dynamodb.ts';
import { freePorts } from './free-ports.ts';
import { startHaproxyProcess } from './haproxy-process.ts';

/** One route of the registry, for a table. */
export interface RouteRow {
  route: string;
  service: string;
  servers: string;
}

/** What happens in the chapter, as it happens. */
export interface RegistryChapterOptions {
  /** The HAProxy to use. */
  readonly haproxy: string;
  onStep(title: string): void;
  /** A payload was posted, and HAProxy serves what the registry answered. */
  onConfigured(rows: readonly RouteRow[]): void;
  /** Requests went through HAProxy, `answeredBy` these containers in order. */
  onAsked(request: string, answeredBy: readonly string[]): void;
}

const logicalTable = 'demo';
/** One address each, as containers have; a service has one port. */
const containers = [
  { serviceName: 'shop', id: 'shop-1', ip: '127.0.0.1' },
  { serviceName: 'shop', id: 'shop-2', ip: '127.0.0.2' },
  { serviceName: 'blog', id: 'blog-1', ip: '127.0.0.3' },
];

/**
 * The registry at work on this machine: three plain HTTP servers, a registry on an embedded table, real HAProxy. A payload
 * makes routes; when a server stops, the next payload moves its traffic. Nothing outlives it.
 */
export async function registryChapter(options: RegistryChapterOptions): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'registry-chapter-'));
  const [entry = 0, port = 0] = await freePorts(2);
  const servers = new Map<string, Server>();
  try {
    for (const { id, ip } of containers) servers.set(id, await startServer(id, ip, port));
    await using dynamo = await startDynamo();
    await createRegistryTable(dynamo.target, logicalTable);
    const config = readRegistryConfig({
      TABLE_NAME: logicalTable,
      BIND: `127.0.0.1:${entry}`,
      STATS_BIND: '',
      LOG: '',
    });
    const app = composeRegistry(config, createLogger('silent'), { target: dynamo.target });
    await using registry = await startRegistryServer(app, { address: '127.0.0.1', port: 0 });
    const scene = { options, url: `http://127.0.0.1:${registry.port}/generate`, entry, port };
    await tellStory(scene, join(folder, 'haproxy.cfg'), servers);
  } finally {
    await Promise.all([...servers.values()].map(stopServer));
    await rm(folder, { recursive: true, force: true });
  }
}

interface Scene {
  readonly options: RegistryChapterOptions;
  /** Of the registry. */
  readonly url: string;
  /** Port of HAProxy. */
  readonly entry: number;
  /** Port of the containers. */
  readonly port: number;
}

async function tellStory(scene: Scene, file: string, servers: ReadonlyMap<string, Server>): Promise<void> {
  const { options, entry } = scene;
  options.onStep('A host reports three containers of two services');
  const first = await post(scene, { running: [], candidates: candidatesAt(scene.port) });
  const idle = { file, bin: options.haproxy, reload: () => Promise.resolve() };
  await applyConfiguration(idle, first.config);
  await using haproxy = await startHaproxyProcess(options.haproxy, file, `http://127.0.0.1:${entry}/`);
  options.onConfigured(rowsOf(first.services));
  await askTwoServices(scene);

  options.onStep('shop-1 stops, and the host reports what still runs');
  const stopped = servers.get('shop-1');
  if (stopped) await stopServer(stopped);
  const second = await post(scene, { running: containers.filter(({ id }) => id !== 'shop-1') });
  await applyConfiguration({ ...idle, reload: () => reloadByMaster(haproxy.socket) }, second.config);
  options.onConfigured(rowsOf(second.services));
  await askTwoServices(scene);
}

function candidatesAt(port: number): object[] {
  const of = (name: string) =>
    containers.filter(({ serviceName }) => serviceName === name).map(({ id, ip }) => ({ id, ip }));
  return [
    { serviceName: 'shop', predicate: 'shop.example.com', port, containers: of('shop') },
    { serviceName: 'blog', configMode: 'path', predicate: '/blog', port, containers: of('blog') },
  ];
}

interface Answer {
  readonly config: string;
  readonly services: readonly ServiceView[];
}

async function post({ url }: Scene, report: object): Promise<Answer> {
  const body = JSON.stringify({ table: logicalTable, host: 'docker-1', ...report });
  const response = await fetch(url, { method: 'POST', headers: { accept: 'application/json' }, body });
  if (!response.ok) throw new Error(`the registry answers ${response.status}: ${await response.text()}`);
  return (await response.json()) as Answer;
}

function rowsOf(services: readonly ServiceView[]): RouteRow[] {
  return services.flatMap(({ serviceName, containers, ...definition }) =>
    routesOf(definition).map((route) => ({
      route: routeText(route),
      service: serviceName,
      servers: containers.map(({ id, ip }) => `${id} (${ip}:${definition.port})`).join(', '),
    })),
  );
}

async function askTwoServices({ options, entry }: Scene): Promise<void> {
  const requests = [
    { host: 'shop.example.com', path: '/' },
    { host: 'any.example.com', path: '/blog/today' },
  ];
  for (const { host, path } of requests) {
    const answers: string[] = [];
    for (let at = 0; at < 4; at += 1) answers.push(await ask(entry, host, path));
    options.onAsked(`curl -H 'Host: ${host}' http://127.0.0.1:${entry}${path}`, answers);
  }
}

async function ask(port: number, host: string, path: string): Promise<string> {
  const request = get({ host: '127.0.0.1', port, path, headers: { host }, agent: false });
  const [response] = (await once(request, 'response')) as [NodeJS.ReadableStream];
  return text(response);
}

async function startServer(id: string, ip: string, port: number): Promise<Server> {
  const server = createServer((_request, response) => response.end(id)).listen(port, ip);
  await once(server, 'listening');
  return server;
}

async function stopServer(server: Server): Promise<void> {
  if (!server.listening) return;
  server.close();
  server.closeAllConnections();
  await once(server, 'close');
}
