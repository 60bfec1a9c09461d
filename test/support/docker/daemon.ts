import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EventStreams } from './events.ts';
import { type FakeContainer, type RunOptions, inspection, listEntry } from './fake-container.ts';

/** What happens to a request instead of its answer. */
export type DaemonFault =
  { status: number; message: string } | { text: string } | 'cut' | 'silence' | Promise<unknown>;

const numbers: Readonly<Record<string, string>> = { SIGTERM: '15', SIGQUIT: '3', SIGKILL: '9', SIGHUP: '1' };

/**
 * A daemon that speaks the Docker Engine API over a real socket, with containers that exist in memory alone: what it answers,
 * which events it sends, and in which order, is as Docker has it.
 */
export class DockerDaemon {
  readonly events = new EventStreams();
  readonly containers = new Map<string, FakeContainer>();
  /** What has come in, with versions and queries. */
  requests: string[] = [];
  fault: (path: string) => DaemonFault | undefined = () => undefined;
  /** The newest version of the API that it knows; undefined: it names none. */
  apiVersion: string | undefined = '1.43';
  /** Where it listens, as in `DOCKER_HOST`. */
  address = '';
  #server: Server | undefined;
  readonly #folder: string;
  readonly #sockets = new Set<Socket>();
  #ids = 0;
  #now = Date.now();

  private constructor(folder: string) {
    this.#folder = folder;
  }

  static async start(kind: 'unix' | 'tcp' = 'unix'): Promise<DockerDaemon> {
    const daemon = new DockerDaemon(await mkdtemp(join(tmpdir(), 'docker-')));
    await daemon.up(kind);
    return daemon;
  }

  /** Listens, again after `down` too. */
  async up(kind: 'unix' | 'tcp' = 'unix'): Promise<void> {
    const path = join(this.#folder, 'docker.sock');
    const server = createServer((request, response) => void this.#answer(request, response));
    server.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
    });
    await once(kind === 'unix' ? server.listen(path) : server.listen(0, '127.0.0.1'), 'listening');
    const port = kind === 'tcp' ? (server.address() as AddressInfo).port : 0;
    this.address = kind === 'unix' ? `unix://${path}` : `tcp://127.0.0.1:${port}`;
    this.#server = server;
  }

  /** The process ends; containers live on, and what happens to them now nobody hears of. */
  async down(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    this.events.forget();
    for (const socket of this.#sockets) socket.destroy();
    if (server !== undefined) await once(server.close(), 'close');
  }

  async stop(): Promise<void> {
    await this.down();
    await rm(this.#folder, { recursive: true, force: true });
  }

  run(options: RunOptions): string {
    this.#ids += 1;
    const id = this.#ids.toString(16).padStart(64, 'f0e1d2c3b4a5');
    const { name, health, networks = { bridge: `172.17.0.${(this.#ids % 250) + 2}` } } = options;
    const container: FakeContainer = {
      id,
      name,
      options,
      health,
      networks: { ...networks },
      status: 'created',
      startedAt: 0,
    };
    this.containers.set(id, container);
    this.#emit(container, 'create');
    this.start(name);
    return id;
  }

  start(name: string): void {
    const container = this.named(name);
    container.status = 'running';
    container.health = container.options.health;
    container.startedAt = this.#tick();
    for (const network of Object.keys(container.networks)) this.#emitNetwork(container, network, 'connect');
    this.#emit(container, 'start');
  }

  /** Sends a signal, which the process may take or leave. */
  kill(name: string, signal: keyof typeof numbers): void {
    this.#emit(this.named(name), 'kill', { signal: numbers[signal] ?? '' });
  }

  /** The process ends. */
  die(name: string): void {
    const container = this.named(name);
    container.status = 'exited';
    this.#emit(container, 'die', { exitCode: '137' });
    for (const network of Object.keys(container.networks))
      this.#emitNetwork(container, network, 'disconnect');
  }

  /** `docker stop`, of a process that ends when it is told to. */
  halt(name: string): void {
    const container = this.named(name);
    this.kill(name, container.options.stopSignal ?? 'SIGTERM');
    this.die(name);
    this.#emit(container, 'stop');
  }

  remove(name: string): void {
    const container = this.named(name);
    this.containers.delete(container.id);
    this.#emit(container, 'destroy');
  }

  pause(name: string): void {
    this.named(name).status = 'paused';
    this.#emit(this.named(name), 'pause');
  }

  unpause(name: string): void {
    this.named(name).status = 'running';
    this.#emit(this.named(name), 'unpause');
  }

  turn(name: string, health: 'healthy' | 'unhealthy'): void {
    this.named(name).health = health;
    this.#emit(this.named(name), `health_status: ${health}`);
  }

  rename(name: string, to: string): void {
    const container = this.named(name);
    container.name = to;
    this.#emit(container, 'rename', { oldName: `/${name}` });
  }

  connect(name: string, network: string, address: string): void {
    const container = this.named(name);
    container.networks[network] = address;
    this.#emitNetwork(container, network, 'connect');
  }

  disconnect(name: string, network: string): void {
    const container = this.named(name);
    delete container.networks[network];
    this.#emitNetwork(container, network, 'disconnect');
  }

  named(name: string): FakeContainer {
    const found = [...this.containers.values()].find((container) => container.name === name);
    if (found === undefined) throw new Error(`there is no container ${name}`);
    return found;
  }

  /** A health check runs, which changes nothing. */
  probe(name: string): void {
    this.#emit(this.named(name), 'exec_create: /bin/sh -c check');
    this.#emit(this.named(name), 'exec_start: /bin/sh -c check');
    this.#emit(this.named(name), 'exec_die', { exitCode: '0' });
  }

  /** Every event has a moment of its own. */
  #tick(): number {
    this.#now = Math.max(this.#now + 1, Date.now());
    return this.#now;
  }

  #emit({ id, name, options }: FakeContainer, action: string, more: Record<string, string> = {}): void {
    const attributes = { ...options.labels, image: 'app:1', name, ...more };
    this.#send('container', action, id, attributes);
  }

  #emitNetwork({ id }: FakeContainer, name: string, action: string): void {
    this.#send('network', action, 'n'.repeat(64), { container: id, name, type: 'bridge' });
  }

  #send(type: string, action: string, id: string, attributes: Record<string, string>): void {
    const ms = this.#tick();
    this.events.emit({
      Type: type,
      Action: action,
      Actor: { ID: id, Attributes: attributes },
      time: Math.floor(ms / 1000),
      timeNano: ms * 1_000_000,
    });
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://docker');
    this.requests.push(request.url ?? '');
    const path = pathname.replace(/^\/v[\d.]+/, '');
    const fault = this.fault(path);
    if (fault instanceof Promise) await fault;
    else if (fault !== undefined) return misbehave(response, fault);
    response.setHeader('api-version', this.apiVersion ?? '');
    if (this.apiVersion === undefined) response.removeHeader('api-version');
    if (path === '/_ping') return void response.writeHead(200, { 'content-type': 'text/plain' }).end('OK');
    if (this.#isTooNew(pathname)) return refuse(response, 400, 'client version is too new');
    if (path === '/events') return this.events.subscribe(response, searchParams);
    if (path === '/containers/json') return send(response, this.#list(searchParams).map(listEntry));
    const found = this.containers.get(/^\/containers\/(\w+)\/json$/.exec(path)?.[1] ?? '');
    if (found === undefined) return refuse(response, 404, `No such container: ${path}`);
    return send(response, inspection(found));
  }

  #isTooNew(pathname: string): boolean {
    const [, asked] = /^\/v1\.(\d+)\//.exec(pathname) ?? [];
    return asked !== undefined && Number(asked) > Number(this.apiVersion?.split('.')[1]);
  }

  #list(search: URLSearchParams): FakeContainer[] {
    const { status } = JSON.parse(search.get('filters') ?? '{}') as { status?: string[] };
    return [...this.containers.values()].filter((container) =>
      (status ?? ['running', 'paused', 'restarting']).includes(container.status),
    );
  }
}

function misbehave(response: ServerResponse, fault: Exclude<DaemonFault, Promise<unknown>>): void {
  if (fault === 'silence') return;
  if (fault === 'cut') {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': '100' });
    response.write('[{"a":', () => response.destroy());
  } else if ('text' in fault) response.writeHead(200).end(fault.text);
  else refuse(response, fault.status, fault.message);
}

function refuse(response: ServerResponse, status: number, message: string): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify({ message }));
}

function send(response: ServerResponse, body: object): void {
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
