import type { Clock } from '../../core/clock.ts';
import type { Reading, Sighting } from '../model/sighting.ts';
import {
  type Fall,
  fallOf,
  keysOf,
  missingOf,
  sameEntries,
  type Sightings,
  toldBy,
  withNews,
  without,
} from './sightings.ts';

/** When it is believed that much has gone. Times in milliseconds. */
export interface GuardLimits {
  /** How much of what is applied must be left for the rest to go at once. */
  readonly percent: number;
  /** How many reads in a row must agree otherwise. */
  readonly reads: number;
  /** How far apart those must be at least. */
  readonly intervalMs: number;
  /** How long a source that has no servers any more must say so. */
  readonly emptyAfterMs: number;
}

/** A service of which something is kept that its source does not tell of any more. */
export interface Held {
  readonly service: string;
  readonly reason: string;
  /** Since when the source does not tell of it, in the clock's milliseconds. */
  readonly since: number;
  /** How many reads agree so far. */
  readonly reads: number;
}

/** Something that was applied and that the source does not tell of any more. */
interface Absence {
  readonly since: number;
  readonly reads: number;
  /** When the last of those reads was. */
  readonly countedAt: number;
  /** Whether the source had nothing at all meanwhile, so that its reads must agree, however little is missing. */
  readonly isDoubted: boolean;
}

/**
 * What is believed of one source. Whatever it tells that is new or different counts at once, so that an instance drains
 * whose end an event tells. What it does not tell of any more goes at once, too, while enough is left, of its service and of
 * the whole source; otherwise each instance is kept until several reads in a row did not have it. What could not be read
 * changes nothing, however long that lasts.
 */
export class Guard {
  #limits: GuardLimits;
  readonly #clock: Pick<Clock, 'now'>;
  #believed: Sightings;
  /** What is missing, by service and id; without an id the service itself. */
  #absences = new Map<string, Absence>();
  /** Since when every read had no servers at all. */
  #emptySince: number | undefined;
  #held: readonly Held[] = [];

  /** @param applied what is in force already, as after a restart: it is guarded like everything that was read since */
  constructor(limits: GuardLimits, clock: Pick<Clock, 'now'>, applied: Iterable<Sighting> = []) {
    this.#limits = limits;
    this.#clock = clock;
    this.#believed = new Map([...applied].map((sighting) => [sighting.service, sighting]));
  }

  /**
   * What is believed, by service: the same map as long as nothing is believed otherwise, and of each service the same object.
   * As JSON it is the snapshot that the next guard begins with.
   */
  get believed(): Sightings {
    return this.#believed;
  }

  /** What is kept for now, by service. */
  get held(): readonly Held[] {
    return this.#held;
  }

  /** In how many milliseconds the source should be read again, whatever its own rhythm; undefined: no need. */
  get rereadInMs(): number | undefined {
    if (this.#absences.size === 0) return undefined;
    const { reads, intervalMs, emptyAfterMs } = this.#limits;
    const now = this.#clock.now();
    const absences = [...this.#absences.values()];
    const nextRead = least(absences.map(({ countedAt }) => countedAt)) + intervalMs;
    // Where all reads agree, time alone is waited for.
    const agree = this.#emptySince !== undefined && absences.every((absence) => absence.reads >= reads);
    const due = agree ? Math.max(nextRead, (this.#emptySince ?? now) + emptyAfterMs) : nextRead;
    return Math.max(0, due - now);
  }

  /** Other limits, from the next look on. */
  limit(limits: GuardLimits): void {
    this.#limits = limits;
  }

  /** A look at the source that gave nothing: it breaks every row of reads that agree. */
  failed(): void {
    this.#absences.clear();
    this.#emptySince = undefined;
    this.#held = this.#held.map((held) => ({ ...held, reads: 0 }));
  }

  /** A look at the source. */
  take(reading: Reading): void {
    const told = toldBy(reading, this.#believed);
    const fall = fallOf(this.#believed, told, this.#limits.percent);
    const seen = withNews(this.#believed, told);
    if (this.#emptySince !== undefined && !fall.isEmpty) this.#doubt();
    this.#note(seen, told, reading);
    const now = this.#clock.now();
    this.#emptySince = fall.isEmpty ? (this.#emptySince ?? now) : undefined;
    const isEmptyBelieved =
      this.#emptySince === undefined || now - this.#emptySince >= this.#limits.emptyAfterMs;
    const mayGo = (service: string, key: string): boolean => {
      if (!isEmptyBelieved) return false;
      const { isDoubted = false, reads = 0 } = this.#absences.get(key) ?? {};
      if (!fall.ofSource && !fall.services.has(service) && !isDoubted) return true;
      return reads >= this.#limits.reads;
    };
    const left = without(seen, told, mayGo);
    if (!sameEntries(this.#believed, left)) this.#believed = left;
    this.#forget();
    this.#held = this.#heldNow(fall);
  }

  /** A source that had nothing and has something again is filled bit by bit: what it does not have yet is counted anew. */
  #doubt(): void {
    for (const [key, absence] of this.#absences)
      this.#absences.set(key, { ...absence, reads: 0, countedAt: -Infinity, isDoubted: true });
  }

  /** Counts what is missing. A service that was not looked at says nothing, and one that could not be read breaks its rows. */
  #note(seen: Sightings, told: Sightings, { unread, isWhole, sightings }: Reading): void {
    const now = this.#clock.now();
    for (const [service, sighting] of seen) {
      const wasRead = sightings.has(service) || (isWhole && !unread.has(service));
      const missing = new Set(wasRead ? missingOf(sighting, told.get(service)) : []);
      const isOver = wasRead || unread.has(service);
      if (isOver && this.#absences.size > 0)
        for (const key of keysOf(sighting)) if (!missing.has(key)) this.#absences.delete(key);
      for (const key of missing) {
        const absence = this.#absences.get(key) ?? {
          since: now,
          reads: 0,
          countedAt: -Infinity,
          isDoubted: false,
        };
        if (now - absence.countedAt >= this.#limits.intervalMs)
          this.#absences.set(key, { ...absence, reads: absence.reads + 1, countedAt: now });
      }
    }
  }

  /** Absences of what has gone. */
  #forget(): void {
    if (this.#absences.size === 0) return;
    const kept = new Set([...this.#believed.values()].flatMap(keysOf));
    for (const key of this.#absences.keys()) if (!kept.has(key)) this.#absences.delete(key);
  }

  #heldNow(fall: Fall): Held[] {
    if (this.#absences.size === 0) return [];
    return [...this.#believed].flatMap(([service, sighting]) => {
      const absences = keysOf(sighting).flatMap((key) => this.#absences.get(key) ?? []);
      if (absences.length === 0) return [];
      const since = least(absences.map((absence) => absence.since));
      const reads = least(absences.map((absence) => absence.reads));
      return [{ service, reason: reasonOf(fall, absences, this.#limits), since, reads }];
    });
  }
}

/** There may be more of them than a call takes arguments. */
function least(numbers: readonly number[]): number {
  return numbers.reduce((smallest, number) => Math.min(smallest, number), Infinity);
}

function reasonOf(
  { isEmpty, ofSource }: Fall,
  absences: readonly Absence[],
  { percent }: GuardLimits,
): string {
  if (isEmpty) return 'the source has no servers any more';
  if (absences.some(({ isDoubted }) => isDoubted)) return 'the source had no servers at all a while ago';
  return `less than ${percent} % of the servers of the ${ofSource ? 'source' : 'service'} would be left`;
}
