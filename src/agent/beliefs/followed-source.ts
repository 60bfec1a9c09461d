import type { Clock } from '../../core/clock.ts';
import { messageOf } from '../../core/errors.ts';
import { sameJson } from '../../core/objects.ts';
import type { SourceName } from '../model/agent-model.ts';
import type { SourceView } from '../model/merge.ts';
import type { Reading, RunningSource, Sighting, SourceListener } from '../model/sighting.ts';
import type { SourceState } from './api.ts';
import { Guard, type GuardLimits } from './guard.ts';

/** A source that can be followed. */
export interface SourceMaker {
  readonly name: SourceName;
  /** A text that is the same for settings that are the same; it holds no secret. */
  readonly identity: string;
  start(listener: SourceListener): RunningSource;
}

export interface FollowParts {
  readonly clock: Clock;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** Who hears what a source tells: `error` says why a read failed, and is undefined for one that succeeded. */
type OnRead = (source: SourceName, error: unknown) => void;

/** One source behind its guard: what is believed of it, how it does, and when it has to be read again. */
export class FollowedSource {
  readonly name: SourceName;
  readonly #onRead: OnRead;
  readonly #parts: FollowParts;
  #limits: GuardLimits;
  #maker: SourceMaker | undefined;
  #guard: Guard;
  #running: RunningSource | undefined;
  #view: SourceView;
  #succeeded = 0;
  #failed = 0;
  #lastSuccess: number | undefined;
  /** Failed reads in a row. */
  #failures = 0;
  #error: string | undefined;
  #callOffReread = (): void => {};
  #rereadAt = -Infinity;

  /** @param applied what is in force of it already */
  constructor(
    maker: SourceMaker,
    limits: GuardLimits,
    applied: readonly Sighting[],
    onRead: OnRead,
    parts: FollowParts,
  ) {
    this.name = maker.name;
    this.#onRead = onRead;
    this.#parts = parts;
    this.#limits = limits;
    this.#guard = new Guard(limits, parts.clock, applied);
    this.#view = { source: maker.name, sightings: [...this.#guard.believed.values()], problems: [] };
    this.#start(maker);
  }

  /** What is believed: the same object as long as it, and what is wrong, is the same. */
  get view(): SourceView {
    return this.#view;
  }

  /** Whether any read succeeded. */
  get hasAnswered(): boolean {
    return this.#succeeded > 0;
  }

  state(): SourceState {
    const sightings = [...this.#guard.believed.values()];
    const { clock, now } = this.#parts;
    const wallTime = (since: number): number => now() - (clock.now() - since);
    return {
      name: this.name,
      ok: this.#succeeded > 0 && this.#error === undefined,
      hasAnswered: this.#succeeded > 0,
      lastSuccess: this.#lastSuccess,
      failures: this.#failures,
      error: this.#error,
      reads: { succeeded: this.#succeeded, failed: this.#failed },
      services: sightings.length,
      servers: sightings.reduce((sum, { instances }) => sum + instances.length, 0),
      held: this.#guard.held.map((held) => ({ ...held, since: wallTime(held.since) })),
    };
  }

  /** Goes on with a source of the same settings, or with another in its place, which begins with what is believed. */
  follow(maker: SourceMaker, limits: GuardLimits): void {
    this.#limits = limits;
    if (maker.identity === this.#maker?.identity) {
      this.#guard.limit(limits);
      this.refresh();
      return;
    }
    this.close();
    this.#guard = new Guard(limits, this.#parts.clock, this.#guard.believed.values());
    this.#start(maker);
  }

  refresh(): void {
    this.#running?.refresh();
  }

  close(): void {
    this.#callOffReread();
    this.#maker = undefined;
    this.#running?.close();
  }

  /** What one that was closed tells later is not heard. */
  #start(maker: SourceMaker): void {
    this.#maker = maker;
    const ifCurrent = (work: () => void): void => {
      if (this.#maker === maker) work();
    };
    this.#running = maker.start({
      onReading: (reading) => ifCurrent(() => this.#take(reading)),
      onFailure: (error) => ifCurrent(() => this.#fail(error)),
    });
  }

  /** Every source tells all problems that it knows of, also where it tells of some services alone. */
  #take(reading: Reading): void {
    const before = this.#guard.believed;
    this.#guard.take(reading);
    this.#succeeded += 1;
    this.#lastSuccess = this.#parts.now();
    this.#failures = 0;
    this.#error = undefined;
    const { believed } = this.#guard;
    if (believed !== before || !sameJson(reading.problems, this.#view.problems))
      this.#view = {
        source: this.name,
        sightings: believed === before ? this.#view.sightings : [...believed.values()],
        problems: reading.problems,
      };
    this.#planReread();
    this.#onRead(this.name, undefined);
  }

  #fail(error: unknown): void {
    this.#guard.failed();
    this.#failed += 1;
    this.#failures += 1;
    this.#error = messageOf(error);
    this.#planReread();
    this.#onRead(this.name, error);
  }

  /** Nothing is read more often than reads count, even where what is held is not among what the source tells of now. */
  #planReread(): void {
    this.#callOffReread();
    const { clock } = this.#parts;
    const { rereadInMs } = this.#guard;
    if (rereadInMs === undefined) return;
    const sinceLast = clock.now() - this.#rereadAt;
    this.#callOffReread = clock.after(Math.max(rereadInMs, this.#limits.intervalMs - sinceLast), () => {
      this.#rereadAt = clock.now();
      this.refresh();
    });
  }
}
