import type {
  Problem,
  Reading,
  RunningSource,
  SeenInstance,
  Sighting,
} from '../../../src/agent/model/sighting.ts';
import { startDockerSource } from '../../../src/agent/sources/docker.ts';
import type { DockerOptions } from '../../../src/agent/sources/docker-options.ts';
import type { Clock } from '../../../src/core/clock.ts';
import type { Docker } from '../../../src/docker/api.ts';
import { scaledClock } from '../clock/scaled-clock.ts';
import { defaultOptions, dockerAt, labels } from './containers.ts';
import type { DockerDaemon } from './daemon.ts';

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
    this.daemon = daemon;
    this.#clock = scaledClock(faster);
    this.#docker = dockerAt(daemon.address, this.#clock);
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

  /** States by address. */
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

  async close(): Promise<void> {
    this.#source?.close();
    await this.#docker.close();
    await this.daemon.stop();
  }
}

/** How a container of the service `web` is run. */
export function web(name: string, address: string) {
  const asked = labels({ service: 'web', 'route-host': 'web.example.com' });
  return { name, labels: asked, exposed: ['80/tcp'], networks: { front: address } };
}
