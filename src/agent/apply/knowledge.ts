import type { Clock } from '../../core/clock.ts';
import { type Changes, type Reload, changesBetween } from '../../haproxy/running/changes.ts';
import type { Layout } from '../../haproxy/running/layout.ts';
import { withServersOf } from '../../haproxy/running/server-states.ts';
import type { ReloadReason } from './api.ts';
import type { Carrier } from './carrier.ts';
import type { HaproxyProcess } from './process.ts';

/** Why HAProxy is reloaded. */
export type Why = Omit<Reload, 'reason'> & { readonly reason: ReloadReason };

/** What is to be done now. */
export interface Plan extends Pick<Changes, 'runtime' | 'after'> {
  readonly reload: Why | undefined;
  /** Whether files on disk must be written even where nothing else is to be done. */
  readonly isToWrite: boolean;
}

/** To look at all servers may take one part of so many of the time. */
const partOfTime = 500;

/** What HAProxy runs, as far as it is known, and what is to be done so that it runs what is wanted. */
export class Knowledge {
  readonly #process: HaproxyProcess;
  readonly #carrier: Carrier;
  readonly #clock: Clock;
  #running: Layout | undefined;
  /** Whether servers and routes may be others by now, and from when on that is looked at again. */
  #isStale = false;
  #staleAt = 0;
  #isOnDisk = true;
  /** A reload that is needed whatever the layouts say. */
  #needed: Why | undefined;

  constructor(process: HaproxyProcess, carrier: Carrier, clock: Clock) {
    this.#process = process;
    this.#carrier = carrier;
    this.#clock = clock;
  }

  /** What runs; undefined until it is found out. */
  get running(): Layout | undefined {
    return this.#running;
  }

  /** Whether nothing of it is in doubt. */
  get isSure(): boolean {
    return this.#running !== undefined && !this.#isStale && this.#isOnDisk && this.#needed === undefined;
  }

  /** HAProxy and files were brought to a layout. */
  brought(layout: Layout): void {
    [this.#running, this.#isOnDisk] = [layout, true];
  }

  /** A reload did that, after which nothing is in doubt. */
  reloaded(layout: Layout): void {
    this.brought(layout);
    [this.#isStale, this.#needed] = [false, undefined];
  }

  /** A reload is needed for a reason that layouts do not show. */
  need(why: Why): void {
    this.#needed = why;
  }

  /**
   * Servers and routes may be others than is known.
   * @param after what may have come about
   */
  doubt(after?: Layout): void {
    if (after !== undefined && this.#running !== undefined)
      this.#running = withServersOf(after, this.#running);
    [this.#isStale, this.#isOnDisk] = [true, false];
  }

  /** Somebody may have changed servers or routes; where there are many, they are looked at less often. */
  age(): void {
    if (this.#clock.now() >= this.#staleAt) this.#isStale = true;
  }

  /** Another process runs than the one that is known. */
  forget(): void {
    this.#running = undefined;
  }

  /**
   * What is to be done.
   * @throws AppError UPSTREAM_UNAVAILABLE, UPSTREAM_TIMEOUT, CONFIG_INVALID
   */
  async plan(wanted: Layout): Promise<Plan> {
    const release = this.#process.seen?.worker?.release;
    if (release !== undefined && (this.#running === undefined || this.#isStale)) {
      const begun = this.#clock.now();
      await (this.#running === undefined ? this.#find(wanted) : this.#observe(this.#running));
      this.#isStale = false;
      this.#staleAt = this.#clock.now() + partOfTime * (this.#clock.now() - begun);
    }
    if (release === undefined || this.#running === undefined) {
      const unknown: Why = { reason: 'start', detail: 'what HAProxy runs is not known' };
      return { runtime: [], after: wanted, reload: this.#needed ?? unknown, isToWrite: false };
    }
    const changes = changesBetween(this.#running, wanted, release);
    return { ...changes, reload: this.#needed ?? changes.reload, isToWrite: !this.#isOnDisk };
  }

  async #observe(running: Layout): Promise<void> {
    this.#running = await this.#carrier.observe(running);
  }

  async #find(wanted: Layout): Promise<void> {
    const release = this.#process.seen?.worker?.release;
    const found = release === undefined ? undefined : await this.#carrier.find(wanted, release);
    this.#running = found?.layout;
    this.#isOnDisk = found?.isInUse === true;
    if (found?.isCertain === false) {
      this.#needed = { reason: 'start', detail: 'HAProxy may run another file than is there' };
    }
  }
}
