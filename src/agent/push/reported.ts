import type { Clock } from '../../core/clock.ts';
import type { Reading, Sighting } from '../model/sighting.ts';

/** What a source has read, as a registry is told it. */
export class Reported {
  readonly #clock: Clock;
  readonly #emptyAfterMs: number;
  #known: ReadonlyMap<string, Sighting> | undefined;
  /** Since when the source shows nothing that is not believed yet. */
  #emptySince: number | undefined;

  constructor(clock: Clock, emptyAfterMs: number) {
    this.#clock = clock;
    this.#emptyAfterMs = emptyAfterMs;
  }

  /** Whether anything was read at all. */
  get isKnown(): boolean {
    return this.#known !== undefined;
  }

  sightings(): Iterable<Sighting> {
    return this.#known?.values() ?? [];
  }

  /**
   * Takes a reading. One that shows nothing where instances were ready, without that events told of their end before, as when a
   * daemon has only just started, is believed when it has stood for long enough.
   */
  take({ sightings, unread, isWhole }: Reading): void {
    const before = [...(this.#known ?? [])];
    const kept = isWhole ? before.filter(([service]) => unread.has(service)) : before;
    const next = new Map([...kept, ...sightings]);
    if (instancesIn(next).length === 0 && instancesIn(this.#known).some(({ state }) => state === 'ready')) {
      this.#emptySince ??= this.#clock.now();
      if (this.#clock.now() - this.#emptySince < this.#emptyAfterMs) return;
    }
    this.#emptySince = undefined;
    this.#known = next;
  }
}

function instancesIn(services: ReadonlyMap<string, Sighting> | undefined) {
  return [...(services?.values() ?? [])].flatMap(({ instances }) => instances);
}
