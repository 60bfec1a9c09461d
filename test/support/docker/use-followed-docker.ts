import { afterEach, beforeEach } from 'vitest';
import type {
  Problem,
  Reading,
  RunningSource,
  SeenInstance,
  Sighting,
} from '../../../src/agent/model/sighting.ts';
import { startDockerSource } from '../../../src/agent/sources/docker.ts';
import type { DockerOptions } from '../../../src/agent/sources/docker-options.ts';
import { checkDockerAddress } from '../../../src/config/docker-address.ts';
import type { Clock } from '../../../src/core/clock.ts';
import type { Docker } from '../../../src/docker/api.ts';
import { createDocker } from '../../../src/docker/client.ts';
import { scaledClock } from '../scaled-clock.ts';
import { waitUntil } from '../wait-until.ts';
import { defaultOptions, labels } from './containers.ts';
import { DockerDaemon } from './daemon.ts';

/** A source that follows a daemon, and what it has told. */
export class FollowedDocker {
  readonly daemon: DockerDaemon;
  readonly readings: Reading[] = [];
  readonly failures: unknown[] = [];
  readonly known = new Map<string, Sighting>();
  readonly #docker: Docker;
  #source: RunningSource | undefined;
  readonly #clock: Clock;

  /** @param faster how much faster the source's clock runs */
  constructor(daemon: DockerDaemon, faster: number) {
    const address = checkDockerAddress(daemon.address);
    if (!address.ok) throw new Error(address.problem);
    this.daemon = daemon;
    this.#clock = scaledClock(faster);
    this.#docker = createDocker(address.value, this.#clock);
  }

  follow(options: Partial<DockerOptions> = {}): void {
    this.#source = startDockerSource(
      this.#docker,
      { ...defaultOptions, ...options },
      {
        onReading: (reading) => {
          this.readings.push(reading);
          if (reading.isWhole) this.known.clear();
          for (const [service, sighting] of reading.sightings) this.known.set(service, sighting);
        },
        onFailure: (error) => void this.failures.push(error),
      },
      { clock: this.#clock, random: () => 0.5 },
    );
  }

  refresh(): void {
    this.#source?.refresh();
  }

  /** States by the first part of an address, as `{'10.0.0.2': 'ready'}`. */
  states(service = 'web'): Record<string, SeenInstance['state']> {
    const instances = this.known.get(service)?.instances ?? [];
    return Object.fromEntries(instances.map(({ address, state }) => [address, state]));
  }

  problems(): readonly Problem[] {
    return this.readings.at(-1)?.problems ?? [];
  }

  /** Lists that were asked for. */
  lists(): number {
    return this.daemon.requests.filter((request) => request.includes('/containers/json')).length;
  }

  /** Waits until the instances of `web` are these. */
  async shows(states: Record<string, SeenInstance['state']>): Promise<void> {
    const expected = JSON.stringify(states);
    await waitUntil(`the instances ${expected}`, () => JSON.stringify(this.states()) === expected, 10_000);
  }

  async close(): Promise<void> {
    this.#source?.close();
    await this.#docker.close();
  }
}

/** A daemon and a source for each test. */
export function useFollowedDocker(faster: number): FollowedDocker {
  let current: FollowedDocker | undefined;
  beforeEach(async () => {
    current = new FollowedDocker(await DockerDaemon.start(), faster);
  });
  afterEach(async () => {
    await current?.close();
    await current?.daemon.stop();
  });
  return new Proxy({} as FollowedDocker, {
    get: (_target, key) => {
      const value: unknown = Reflect.get(current ?? {}, key, current);
      return typeof value === 'function' ? (value.bind(current) as unknown) : value;
    },
  });
}

/** How a container of the service `web` is run. */
export function web(name: string, address: string) {
  const asked = labels({ service: 'web', 'route-host': 'web.example.com' });
  return { name, labels: asked, exposed: ['80/tcp'], networks: { front: address } };
}
