import type { RunningSource } from '../../../src/agent/model/sighting.ts';
import type { Omission } from '../../../src/agent/push/payload.ts';
import { type RunningPush, startPush } from '../../../src/agent/push/push.ts';
import { startDockerSource } from '../../../src/agent/sources/docker.ts';
import type { Docker } from '../../../src/docker/api.ts';
import { postPayload } from '../../../src/registry-client/client.ts';
import { type RegistryServer, startRegistryServer } from '../../../src/registry/server.ts';
import { MemoryTable, type TestRegistry, registryOn, tableName } from '../registry/registry.ts';
import { scaledClock } from '../clock/scaled-clock.ts';
import { waitUntil } from '../wait-until.ts';
import { dockerAt, defaultOptions } from './containers.ts';
import { DockerDaemon } from './daemon.ts';

/** A daemon whose containers a registry is told of, over HTTP on both sides. */
export class PushedDocker {
  readonly daemon: DockerDaemon;
  readonly registry: TestRegistry;
  readonly posted: { configuration: string; omissions: readonly Omission[] }[] = [];
  readonly failures: unknown[] = [];
  /** Payloads as they were sent, the refused ones too. */
  readonly sent: { running: object[]; candidates: object[] }[] = [];
  /** What becomes of a post instead of reaching the registry. */
  obstacle: Error | undefined;
  readonly #server: RegistryServer;
  readonly #docker: Docker;
  readonly #clock = scaledClock(20);
  #running: (RunningSource | RunningPush)[] = [];

  private constructor(daemon: DockerDaemon, registry: TestRegistry, server: RegistryServer) {
    this.daemon = daemon;
    this.registry = registry;
    this.#server = server;
    this.#docker = dockerAt(daemon.address, this.#clock);
  }

  static async create(): Promise<PushedDocker> {
    const registry = registryOn(new MemoryTable());
    const server = await startRegistryServer(registry.app, { address: '127.0.0.1', port: 0 });
    return new PushedDocker(await DockerDaemon.start(), registry, server);
  }

  /** Resolves when events are heard of. */
  async start({ everyMs = 10_000_000, keyword = '' } = {}): Promise<void> {
    const url = new URL(`http://127.0.0.1:${this.#server.port}/generate`);
    const client = { url, authentication: { kind: 'none' as const }, random: () => 0 };
    const parts = { clock: this.#clock, random: () => 0.5 };
    const push = startPush(
      async (payload, known, deadline) => {
        this.sent.push(JSON.parse(payload) as (typeof this.sent)[number]);
        if (this.obstacle) throw this.obstacle;
        return postPayload(client, payload, known, deadline);
      },
      { table: tableName, host: 'docker-1', everyMs, emptyAfterMs: 10_000_000 },
      {
        onPosted: (configuration, omissions) => void this.posted.push({ configuration, omissions }),
        onFailure: (error) => void this.failures.push(error),
      },
      parts,
    );
    const options = { ...defaultOptions, keyword, resyncMs: 5_000 };
    this.#running = [startDockerSource(this.#docker, options, push, parts), push];
    await waitUntil('the stream', () => this.daemon.events.count > 0);
  }

  /** Ends what `start` began. */
  end(): void {
    for (const each of this.#running) each.close();
  }

  /** The servers that the registry has, by address and port. */
  async servers(): Promise<string[]> {
    const { body } = await this.registry.send('GET', `/config?table=${tableName}`);
    const found = String(body).matchAll(/^ +server \S+ (\S+)/gm);
    return [...new Set([...found].map(([, place = '']) => place))].sort();
  }

  /** Lists that the daemon was asked for. */
  lists(): number {
    return this.daemon.requests.filter((path) => path.includes('/containers/json')).length;
  }

  async close(): Promise<void> {
    this.end();
    await this.#docker.close();
    await this.daemon.stop();
    await this.#server[Symbol.asyncDispose]();
  }
}

/** A container of the service `first`, with Cosmonaut's variables. */
export function first(name: string, address: string, env: Record<string, string> = {}) {
  const all = { SERVICE_NAME: 'first', PREDICATE: 'first.example.com', PORT: '8080', ...env };
  const words = Object.entries(all).map(([key, value]) => `${key}=${value}`);
  return { name, env: words, networks: { bridge: address } };
}
