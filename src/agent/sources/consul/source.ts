import type { Reading, ServiceHealth, ServiceNames } from '../../../consul/api.ts';
import type { Catalog } from '../../../consul/catalog.ts';
import type { Health } from '../../../consul/health.ts';
import { watch, type WatchOptions, watchReads } from '../../../consul/watch.ts';
import { type Clock, systemClock } from '../../../core/clock.ts';
import { type Deadline, deadlineIn } from '../../../core/deadline.ts';
import { type Random, systemRandom } from '../../../core/random.ts';
import { TokenBucket } from '../../../core/token-bucket.ts';
import type { Place } from '../../../lambda-service/place.ts';
import type { RunningSource, SourceListener } from '../../model/sighting.ts';
import { type Catalogue, followCatalogue } from './catalogue.ts';
import { createLooks, type Looks } from './looks.ts';
import { chosenNames } from './names.ts';
import { createReader, type Reader } from './reader.ts';
import { createReadings, type Readings } from './readings.ts';
import type { SightingRules } from './sighting.ts';
import { createWatches, stopSignal, type Watches } from './watches.ts';

/** What is followed of a Consul. */
export interface ConsulSourceSettings extends SightingRules {
  readonly place: Place;
  /** Names of services, in which `*` is any text and `?` any character; never `consul`. */
  readonly services: readonly string[];
  /** Whether any server may tell of news, rather than the leader alone. */
  readonly stale: boolean;
  /** How many connections the client may open, 4 at least; services above that are watched together. */
  readonly maxConnections: number;
}

/** What is read of a Consul. */
export type FollowedConsul = Pick<Catalog, 'serviceNames' | 'nodes' | 'nodeServices'> & Health;

/** Beside those of services: one for what the catalog lists, and one for what is read without waiting. */
const otherConnections = 2;

/** Where services are watched together, three connections wait: for the catalog, its nodes and its checks. */
const waitingTogether = 3;
const mostReadsAtOnce = 8;

/** Reads without waiting: at once, and then in a second. */
const burst = 10_000;
const perSecond = 500;

/** Changes of one service, each of which counts at once. */
const ofService = { burst: 20, perSecond: 20 };

/** By how much the failures of watches may be apart that have one cause. */
const momentMs = 250;

/** What all attempts of one read may take. */
const readMs = 30_000;

/**
 * Follows services of a Consul until it is closed. Each is waited for by itself, so that a change costs one answer; where
 * they are more than connections, the catalog is watched as a whole, and what changed is read again.
 */
export function startConsulSource(
  settings: ConsulSourceSettings,
  consul: FollowedConsul,
  listener: SourceListener,
  { clock = systemClock, random = systemRandom }: { clock?: Clock; random?: Random } = {},
): RunningSource {
  const source = new ConsulSource(settings, consul, listener, { clock, random });
  source.start();
  return source;
}

class ConsulSource implements RunningSource {
  readonly #settings: ConsulSourceSettings;
  readonly #consul: FollowedConsul;
  readonly #listener: SourceListener;
  readonly #stop = stopSignal();
  readonly #options: WatchOptions;
  readonly #pace: TokenBucket;
  readonly #atOnce: number;
  readonly #readings: Readings;
  readonly #reader: Reader;
  readonly #watches: Watches;
  readonly #looks: Looks;
  /** What is watched beside single services, and failed last. */
  readonly #failing = new Set<string>();
  /** Instead of a watch for each service. */
  #together: Catalogue | undefined;
  /** How often a list of services came. */
  #lists = 0;
  /** Of the last list; undefined after a failure, since it may be another Consul that answers next. */
  #listIndex: string | undefined;

  constructor(
    settings: ConsulSourceSettings,
    consul: FollowedConsul,
    listener: SourceListener,
    { clock, random }: { clock: Clock; random: Random },
  ) {
    this.#settings = settings;
    this.#consul = consul;
    this.#listener = listener;
    this.#options = { clock, random, signal: this.#stop.signal };
    this.#pace = new TokenBucket(clock, perSecond, burst);
    this.#atOnce = Math.max(1, Math.min(mostReadsAtOnce, settings.maxConnections - waitingTogether));
    this.#readings = createReadings((reading) => listener.onReading(reading), settings, clock);
    this.#watches = createWatches((service, signal) => this.#watchService(service, signal));
    this.#looks = createLooks(
      { look: () => this.#look(), onFailure: (error) => this.#failed('look', error) },
      this.#options,
    );
    this.#reader = createReader(
      {
        read: (service) => this.#readAgain(service),
        onFailure: (service, error) => this.#missed(service, error),
        onIdle: () => this.#tellIfUp(),
      },
      this.#atOnce,
      this.#options,
    );
  }

  start(): void {
    const { place, stale } = this.#settings;
    void watch<ServiceNames>(
      {
        read: watchReads((deadline, reading) => this.#consul.serviceNames(place, deadline, reading), stale),
        isAlsoNews: () => true,
        onNews: (answer, deadline) => this.#onList(answer, deadline),
        onAnswer: () => this.#answered('list'),
        onFailure: (error) => this.#failed('list', error),
      },
      this.#options,
    );
  }

  refresh(): void {
    this.#looks.begin();
  }

  close(): void {
    this.#stop.abort();
    this.#watches.follow([]);
    this.#endTogether();
    this.#readings.close();
  }

  async #onList({ names, filtered, index }: ServiceNames, deadline: Deadline): Promise<boolean> {
    this.#lists += 1;
    const isSame = index !== undefined && index === this.#listIndex;
    this.#listIndex = index;
    const { services, maxConnections } = this.#settings;
    const chosen = chosenNames(names.keys(), services);
    const { appeared, doubtful } = this.#readings.list(chosen, !filtered);
    this.#reader.again(doubtful);
    const isTogether = chosen.size + otherConnections > maxConnections;
    this.#watches.follow(isTogether ? [] : chosen.keys());
    if (isTogether) {
      this.#together ??= this.#watchTogether();
      // A wait that is over changes no version of a service.
      if (!isSame || appeared.length > 0)
        this.#reader.again(await this.#together.changed(appeared, deadline));
    } else this.#endTogether();
    return true;
  }

  #watchService(service: string, signal: AbortSignal): void {
    void watch<ServiceHealth>(
      {
        read: watchReads((deadline, reading) => this.#read(service, deadline, reading), this.#settings.stale),
        isAlsoNews: () => true,
        onNews: (answer) => {
          this.#readings.answered(service, answer);
          return true;
        },
        onAnswer: () => {},
        onFailure: (error) => this.#missed(service, error),
      },
      { ...this.#options, signal, atMost: ofService },
    );
  }

  #read(service: string, deadline: Deadline, reading: Reading): Promise<ServiceHealth> {
    const name = this.#readings.nameOf(service) ?? service;
    return this.#consul.serviceHealth(this.#settings.place, name, deadline, reading);
  }

  /** What a watch of the service has told meanwhile is newer. */
  async #readAgain(service: string): Promise<void> {
    if (this.#readings.nameOf(service) === undefined) return;
    await this.#pace.take(this.#stop.signal);
    const heard = this.#readings.heard(service);
    const answer = await this.#read(service, this.#deadline(), { consistent: true });
    if (this.#readings.heard(service) === heard) this.#readings.answered(service, answer);
  }

  #watchTogether(): Catalogue {
    const { place, stale } = this.#settings;
    return followCatalogue(
      this.#consul,
      {
        services: () => this.#readings.services(),
        onChanged: (services) => this.#reader.again(services),
        onAnswer: (watched) => this.#answered(watched),
        onFailure: (watched, error) => this.#failed(watched, error),
      },
      { ...this.#options, place, stale, atOnce: this.#atOnce, pace: this.#pace },
    );
  }

  #endTogether(): void {
    this.#together?.close();
    this.#together = undefined;
    this.#failing.delete('nodes');
    this.#failing.delete('checks');
  }

  async #look(): Promise<void> {
    const lists = this.#lists;
    const deadline = this.#deadline();
    const answer = await this.#consul.serviceNames(this.#settings.place, deadline, { consistent: true });
    if (this.#lists === lists) await this.#onList(answer, deadline);
    this.#failing.delete('look');
    const services = this.#readings.services();
    if (services.length === 0) this.#tellIfUp();
    else this.#reader.again(services);
  }

  #deadline(): Deadline {
    return deadlineIn(this.#options.clock, readMs, this.#stop.signal);
  }

  #answered(watched: string): void {
    this.#failing.delete(watched);
    this.#tellIfUp();
  }

  #failed(watched: string, error: unknown): void {
    this.#failing.add(watched);
    this.#listIndex = undefined;
    this.#listener.onFailure(error);
  }

  /** Where it is not this service alone that cannot be read, what the catalog lists cannot either, a moment later. */
  #missed(service: string, error: unknown): void {
    this.#readings.failed(service, error);
    this.#options.clock.after(momentMs, () => this.#tellIfUp());
  }

  #tellIfUp(): void {
    if (this.#lists > 0 && this.#failing.size === 0 && !this.#stop.signal.aborted) this.#readings.tell();
  }
}
