import type { Clock } from '../../core/clock.ts';
import type { Container, ContainerEvent, ContainerList, UnreadContainer } from '../../docker/api.ts';
import type { Problem, Reading } from '../model/sighting.ts';
import { DockerEndings } from './docker-endings.ts';
import type { DockerOptions } from './docker-options.ts';
import { readingOf } from './docker-reading.ts';

/** What is known of a daemon's containers: what the last list showed, and who ends by what events told since. */
export class DockerState {
  readonly #options: DockerOptions;
  readonly #clock: Clock;
  readonly #endings = new DockerEndings();
  #containers: ReadonlyMap<string, Container> = new Map();
  /** Those of which nothing is known but that they run. */
  #unread: readonly UnreadContainer[] = [];
  /** Numbers of lists. */
  #begun = 0;
  #taken = 0;

  constructor(options: DockerOptions, clock: Clock) {
    this.#options = options;
    this.#clock = clock;
  }

  /** A list begins: it does not know of what events tell from now on. */
  beginList(): void {
    this.#begun += 1;
  }

  /** Takes what the list that began last has shown. A container that could not be inspected is as it was. */
  take({ containers, unread }: ContainerList): void {
    const last = this.#containers;
    const stale = unread.flatMap(({ id }) => last.get(id) ?? []);
    this.#containers = new Map([...containers, ...stale].map((container) => [container.id, container]));
    this.#unread = unread.filter(({ id }) => !last.has(id));
    this.#taken = this.#begun;
    this.#endings.tidy(this.#containers, this.#taken, this.#clock.now());
  }

  /** All services. */
  reading(): Reading {
    const now = this.#clock.now();
    const isEnding = (container: Container): boolean => this.#endings.includes(container, this.#taken, now);
    const reading = readingOf([...this.#containers.values()], this.#options, isEnding);
    return {
      ...reading,
      unreadInstances: new Set(this.#unread.map(({ id }) => id)),
      problems: [...reading.problems, ...this.#unread.map(unreadable)],
    };
  }

  /** Notes an event. @returns the service of an instance that ends by it, without the others */
  note(event: ContainerEvent): Reading | undefined {
    const container = this.#containers.get(event.id);
    const isEnding = this.#endings.note(event, container, this.#begun, this.#clock.now());
    if (!isEnding || container === undefined) return undefined;
    const reading = this.reading();
    const affected = [...reading.sightings].filter(([, { instances }]) =>
      instances.some(({ id }) => id === event.id),
    );
    return affected.length === 0 ? undefined : { ...reading, sightings: new Map(affected), isWhole: false };
  }
}

/** One that was never read may be of any service. */
function unreadable({ id, name, error }: UnreadContainer): Problem {
  const message = `container ${name} could not be read: ${error.message}`;
  return { source: 'docker', service: undefined, instance: id, message };
}
