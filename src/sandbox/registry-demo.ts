import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLogger } from '../core/logger.ts';
import { endpointText } from '../core/network/addresses.ts';
import { routeText } from '../haproxy/routes.ts';
import { applyConfiguration } from '../haproxy-process/config-file.ts';
import { reloadByMaster } from '../haproxy-process/reload.ts';
import { composeRegistry } from '../registry/compose.ts';
import { readRegistryConfig } from '../registry/config.ts';
import type { ServiceView } from '../registry/config-file/table-config.ts';
import { routesOf } from '../registry/config-file/routing.ts';
import { startRegistryServer } from '../registry/server.ts';
import { createRegistryTable, startDynamo } from '../local/dynamodb.ts';
import { freePorts } from './free-ports.ts';
import { startHaproxyProcess } from './haproxy-process.ts';
import { askPort, type PlainServer, secondAddresses, startPlainServer } from './plain-servers.ts';

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

const cast = [
  { serviceName: 'shop', id: 'shop-1', addresses: ['127.0.0.1'] },
  { serviceName: 'shop', id: 'shop-2', addresses: secondAddresses },
  { serviceName: 'blog', id: 'blog-1', addresses: ['127.0.0.1'] },
];

interface RunningContainer extends PlainServer {
  readonly serviceName: string;
}

/**
 * The registry at work on this machine: three plain HTTP servers, a registry on an embedded table, real HAProxy. A payload
 * makes routes; when a server stops, the next payload moves its traffic. Nothing outlives it.
 */
export async function registryChapter(options: RegistryChapterOptions): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'registry-chapter-'));
  const [entry = 0, shop = 0, blog = 0] = await freePorts(3);
  const containers: RunningContainer[] = [];
  try {
    for (const { serviceName, id, addresses } of cast) {
      const port = serviceName === 'shop' ? shop : blog;
      containers.push({ serviceName, ...(await startPlainServer(id, port, addresses)) });
    }
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
    const scene = { options, url: `http://127.0.0.1:${registry.port}/generate`, entry, containers };
    await tellStory(scene, join(folder, 'haproxy.cfg'));
  } finally {
    await Promise.all(containers.map((container) => container.stop()));
    await rm(folder, { recursive: true, force: true });
  }
}

interface Scene {
  readonly options: RegistryChapterOptions;
  /** Of the registry. */
  readonly url: string;
  /** Port of HAProxy. */
  readonly entry: number;
  readonly containers: readonly RunningContainer[];
}

async function tellStory(scene: Scene, file: string): Promise<void> {
  const { options, entry, containers } = scene;
  options.onStep('A host reports three containers of two services');
  const first = await post(scene, { running: [], candidates: candidatesOf(containers) });
  const idle = { file, bin: options.haproxy };
  await applyConfiguration(idle, first.config);
  await using haproxy = await startHaproxyProcess(options.haproxy, file, `http://127.0.0.1:${entry}/`);
  options.onConfigured(rowsOf(first.services));
  await askTwoServices(scene);

  options.onStep('shop-1 stops, and the host reports what still runs');
  const [stopped, ...rest] = containers;
  await stopped?.stop();
  const running = rest.map(({ serviceName, id, ip }) => ({ serviceName, id, ip }));
  const second = await post(scene, { running });
  await applyConfiguration({ ...idle, reload: () => reloadByMaster(haproxy.socket) }, second.config);
  options.onConfigured(rowsOf(second.services));
  await askTwoServices(scene);
}

/** A candidate for each container, as a host sends them. */
function candidatesOf(containers: readonly RunningContainer[]): object[] {
  return containers.map(({ serviceName, id, ip, port }) => {
    const byHost = { predicate: 'shop.example.com' };
    const byPath = { configMode: 'path', predicate: '/blog' };
    const route = serviceName === 'shop' ? byHost : byPath;
    return { serviceName, ...route, port, containers: [{ id, ip }] };
  });
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
      servers: containers
        .map(({ id, ip }) => `${id} (${endpointText({ address: ip, port: definition.port })})`)
        .join(', '),
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
    for (let at = 0; at < 4; at += 1) answers.push(await askPort(entry, host, path));
    options.onAsked(`curl -H 'Host: ${host}' http://127.0.0.1:${entry}${path}`, answers);
  }
}
