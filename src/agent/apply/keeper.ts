import { type AppError, isAppError, messageOf } from '../../core/errors.ts';
import { type Changes, type Reload, changesBetween } from '../../haproxy/running/changes.ts';
import type { Layout } from '../../haproxy/running/layout.ts';
import type { AppliedState, ApplyListener, How, ReloadReason } from './api.ts';
import type { Carrier } from './carrier.ts';
import type { ApplierParts } from './options.ts';
import { Backoff, type ReloadPace } from './pace.ts';
import type { HaproxyProcess, Seen } from './process.ts';
import { kindsOf, runtimeChange } from './telling.ts';

/** Why HAProxy is reloaded. */
type Why = Omit<Reload, 'reason'> & { readonly reason: ReloadReason };

/** What is to be done now. */
type Plan = Pick<Changes, 'runtime' | 'after'> & { readonly reload: Why | undefined };

/** To look at all servers may take one part of so many of the time. */
const partOfTime = 100;

/**
 * Keeps HAProxy at a layout, round by round: it knows what runs, plans what is to be done and has it done. Rounds and looks
 * follow each other, and never run at the same time.
 */
export class Keeper {
  readonly #process: HaproxyProcess;
  readonly #carrier: Carrier;
  readonly #pace: ReloadPace;
  readonly #listener: ApplyListener;
  readonly #parts: ApplierParts;
  readonly #backoff = new Backoff();
  #wanted: Layout | undefined;
  /** What was wanted when nothing was left to do. */
  #done: Layout | undefined;
  /** What HAProxy runs; undefined until it is found out. */
  #running: Layout | undefined;
  /** Whether servers and routes of it may be others by now, and when all of them are looked at again. */
  #isStale = false;
  #staleAt = 0;
  /** Whether files on disk are what runs. */
  #isOnDisk = true;
  /** A reload that is needed whatever the layouts say. */
  #needed: Why | undefined;
  /** The processes in which `#running` was brought about. */
  #last: Seen | undefined;
  #applied: Pick<AppliedState, 'revision' | 'appliedAt' | 'how'> = {
    revision: undefined,
    appliedAt: undefined,
    how: undefined,
  };
  #refused: { readonly layout: Layout; readonly at: number; readonly error: string } | undefined;

  constructor(
    process: HaproxyProcess,
    carrier: Carrier,
    pace: ReloadPace,
    listener: ApplyListener,
    parts: ApplierParts,
  ) {
    this.#process = process;
    this.#carrier = carrier;
    this.#pace = pace;
    this.#listener = listener;
    this.#parts = parts;
  }

  get applied(): AppliedState {
    const refused = this.#refused;
    return {
      ...this.#applied,
      pending: this.#wanted !== this.#done,
      rejected: refused === undefined ? undefined : { at: refused.at, error: refused.error },
    };
  }

  /** Whether nothing more comes of what is wanted unless something else happens. */
  get isSettled(): boolean {
    return this.#wanted === this.#done || this.#wanted === this.#refused?.layout;
  }

  /** What HAProxy shall run from the next round on. */
  want(layout: Layout): void {
    this.#wanted = layout;
  }

  /**
   * Takes over the HAProxy that runs, or starts one with what it accepted last.
   * @param patienceMs how long it may take until it answers
   * @throws AppError NOT_FOUND, FOLDER_UNUSABLE, CONFIG_INVALID
   */
  async start(patienceMs: number): Promise<void> {
    await this.#carrier.prepare();
    const begun = await this.#process.start();
    if (begun === 'neither') return;
    const onDisk = await this.#carrier.onDisk();
    const isOurs = begun === 'started' || onDisk?.isInUse === true;
    if (!isOurs || onDisk === undefined) return;
    try {
      await this.#process.untilUp(patienceMs);
    } catch (error) {
      this.#listener.onFailure(error, undefined);
      return;
    }
    this.#last = this.#process.seen;
    this.#applied = { revision: onDisk.revision, appliedAt: this.#parts.now(), how: 'adopted' };
    if (begun === 'started')
      this.#tell('reload', { reason: 'start', detail: 'with what was applied last' }, 0);
  }

  /** Looks whether HAProxy is what it was, so that the next round finds what must be done. */
  async look(): Promise<void> {
    const before = this.#last;
    const seen = await this.#process.look();
    if (seen === undefined) return;
    this.#last = seen;
    if (before !== undefined && before.master !== seen.master) {
      this.#tell('reload', { reason: 'haproxy_restarted', detail: 'HAProxy was started anew' }, 0);
    }
    if (before?.master !== seen.master || before.worker?.pid !== seen.worker?.pid) this.#forget();
    else if (this.#parts.clock.now() >= this.#staleAt) this.#isStale = true;
  }

  /**
   * Does what can be done now.
   * @returns when there is more to do, on the clock
   */
  async round(): Promise<number> {
    const wanted = this.#wanted;
    if (wanted === undefined) return Infinity;
    try {
      const isLeft = this.#process.seen === undefined ? await this.#begin(wanted) : await this.#bring(wanted);
      this.#backoff.succeeded();
      return isLeft ? this.#pace.dueAt(wanted) : Infinity;
    } catch (error) {
      this.#isStale = true;
      const ms = this.#backoff.failed();
      this.#listener.onFailure(error, ms);
      return this.#parts.clock.now() + ms;
    }
  }

  /** Starts a HAProxy where there is none and none is about to come back. */
  async #begin(wanted: Layout): Promise<boolean> {
    if (!this.#process.isFree) return false;
    const why = { reason: 'start', detail: 'HAProxy is started' } as const;
    const isDue = this.#parts.clock.now() >= this.#pace.dueAt(wanted);
    return !(isDue && (await this.#reload(wanted, why, () => this.#carrier.start(wanted))));
  }

  /** By a reload where one is needed and may be; else, what commands can do. */
  async #bring(wanted: Layout): Promise<boolean> {
    const { reload } = await this.#plan(wanted);
    if (reload !== undefined && this.#parts.clock.now() >= this.#pace.dueAt(wanted)) {
      const isDone = await this.#reload(wanted, reload, () => this.#carrier.reload(wanted, this.#running));
      if (isDone) return false;
    }
    const left = await this.#command(wanted);
    if (left !== undefined) return true;
    if (this.#running !== undefined && this.#applied.revision === undefined)
      this.#took(this.#running, 'adopted');
    [this.#done, this.#refused] = [wanted, undefined];
    return false;
  }

  async #plan(wanted: Layout): Promise<Plan> {
    const release = this.#process.seen?.worker?.release;
    const running = release === undefined ? undefined : await this.#known(wanted);
    if (running === undefined || release === undefined) {
      const unknown = { reason: 'start', detail: 'what HAProxy runs is not known' } as const;
      return { runtime: [], after: wanted, reload: this.#needed ?? unknown };
    }
    const changes = changesBetween(running, wanted, release);
    return { ...changes, reload: this.#needed ?? changes.reload };
  }

  /** What runs: as it was brought about here, as it is observed, or as it is found. */
  async #known(wanted: Layout): Promise<Layout | undefined> {
    const release = this.#process.seen?.worker?.release;
    if (release === undefined || (this.#running !== undefined && !this.#isStale)) return this.#running;
    const { clock } = this.#parts;
    const begun = clock.now();
    if (this.#running !== undefined) this.#running = await this.#carrier.observe(this.#running);
    else {
      const found = await this.#carrier.find(wanted, release);
      this.#running = found?.layout;
      this.#isOnDisk = found?.isInUse === true;
      if (found?.isCertain === false)
        this.#needed = { reason: 'start', detail: 'HAProxy may run another file' };
    }
    this.#isStale = false;
    this.#staleAt = clock.now() + partOfTime * (clock.now() - begun);
    return this.#running;
  }

  /**
   * What HAProxy refuses is planned once more, from what it really has.
   * @returns why a reload is needed in addition
   */
  async #command(wanted: Layout, isAgain = false): Promise<Why | undefined> {
    const { runtime, after, reload } = await this.#plan(wanted);
    if (runtime.length === 0 && this.#isOnDisk) return reload;
    const begun = this.#parts.clock.now();
    try {
      await this.#carrier.command(after, runtime);
    } catch (error) {
      [this.#isStale, this.#isOnDisk] = [true, false];
      if (!isAppError(error, 'UPSTREAM_REJECTED')) {
        // What was added until then is known by this alone.
        this.#running = after;
        throw error;
      }
      if (!isAgain) return this.#command(wanted, true);
      this.#needed = { reason: 'service_changed', detail: messageOf(error) };
      return this.#needed;
    }
    this.#took(after, 'runtime');
    if (runtime.length === 0) return reload;
    const measures = { durationMs: this.#parts.clock.now() - begun, kinds: kindsOf(runtime) };
    this.#listener.onChange({ at: this.#parts.now(), ...runtimeChange(runtime, after) }, measures);
    return reload;
  }

  /** Whether HAProxy runs what is wanted afterwards. */
  async #reload(wanted: Layout, why: Why, bring: () => Promise<void>): Promise<boolean> {
    const begun = this.#parts.clock.now();
    try {
      await bring();
    } catch (error) {
      if (isAppError(error, 'CHECK_FAILED')) this.#refuse(wanted, why, error, begun);
      else await this.#failed(error);
      return false;
    }
    this.#pace.succeeded();
    this.#took(wanted, 'reload');
    [this.#done, this.#refused, this.#needed] = [wanted, undefined, undefined];
    [this.#isStale, this.#last] = [false, this.#process.seen];
    this.#tell('reload', why, this.#parts.clock.now() - begun);
    return true;
  }

  /** What is refused again for the same reason is told once. */
  #refuse(layout: Layout, { reason, service }: Why, { message }: AppError, begun: number): void {
    this.#pace.refused(layout);
    const isKnown = this.#refused?.error === message;
    const at = this.#refused !== undefined && isKnown ? this.#refused.at : this.#parts.now();
    this.#refused = { layout, at, error: message };
    if (isKnown) return;
    const change = { at, how: 'rejected', reason, service, detail: message } as const;
    this.#listener.onChange(change, { durationMs: this.#parts.clock.now() - begun, kinds: {} });
  }

  /** A reload that failed leaves a trace in HAProxy, which one more with the old file takes away. */
  async #failed(error: unknown): Promise<void> {
    this.#isStale = true;
    const ms = this.#pace.failed();
    this.#listener.onFailure(error, ms);
    if (!isAppError(error, 'RELOAD_FAILED') || this.#process.seen === undefined) return;
    const begun = this.#parts.clock.now();
    try {
      await this.#carrier.reloadAsIs(this.#running);
      this.#last = this.#process.seen;
      const why = { reason: 'rollback', detail: messageOf(error) } as const;
      this.#tell('rollback', why, this.#parts.clock.now() - begun);
    } catch (error) {
      this.#listener.onFailure(error, ms);
    }
  }

  #took(layout: Layout, how: 'runtime' | 'reload' | 'adopted'): void {
    [this.#running, this.#isOnDisk] = [layout, true];
    this.#applied = { revision: this.#carrier.revisionOf(layout), appliedAt: this.#parts.now(), how };
  }

  /** Another process runs than the one that was changed here. */
  #forget(): void {
    this.#running = undefined;
    this.#carrier.forget();
  }

  #tell(how: How, { reason, service, detail }: Why, durationMs: number): void {
    this.#listener.onChange(
      { at: this.#parts.now(), how, reason, service, detail },
      { durationMs, kinds: {} },
    );
  }
}
