import { type AppError, isAppError, messageOf } from '../../core/errors.ts';
import type { Layout } from '../../haproxy/running/layout.ts';
import type { AppliedState, ApplyListener, How } from './api.ts';
import type { Carrier } from './carrier.ts';
import { Knowledge, type Why } from './knowledge.ts';
import type { ApplierParts } from './options.ts';
import { Backoff, type ReloadPace } from './pace.ts';
import type { HaproxyProcess, Seen } from './process.ts';
import { kindsOf, runtimeChange, Silence } from './telling.ts';

/** Whom a keeper works with. */
interface Given extends ApplierParts {
  readonly process: HaproxyProcess;
  readonly carrier: Carrier;
  readonly pace: ReloadPace;
  readonly listener: ApplyListener;
}

/**
 * Keeps HAProxy at a layout, round by round: has done what is to be done, and tells of it. Rounds and looks follow each
 * other, and never run at the same time.
 */
export class Keeper {
  readonly #given: Given;
  readonly #known: Knowledge;
  readonly #backoff = new Backoff();
  readonly #silence = new Silence();
  #wanted: Layout | undefined;
  /** What was wanted when nothing was left to do. */
  #done: Layout | undefined;
  /** The processes that are known. */
  #last: Seen | undefined;
  #applied: Pick<AppliedState, 'revision' | 'appliedAt' | 'how'> = {
    revision: undefined,
    appliedAt: undefined,
    how: undefined,
  };
  #refused: { readonly layout: Layout; readonly at: number; readonly error: string } | undefined;

  constructor(given: Given) {
    this.#given = given;
    this.#known = new Knowledge(given.process, given.carrier, given.clock);
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

  /**
   * What HAProxy shall run from the next round on.
   * @param quietAt until when more may be wanted, on the clock, so that a reload waits
   */
  want(layout: Layout, quietAt: number): void {
    this.#wanted = layout;
    this.#given.pace.waitUntil(quietAt);
  }

  /**
   * Takes over the HAProxy that runs, or starts one with what it accepted last.
   * @param patienceMs how long it may take until it answers
   * @throws AppError NOT_FOUND, CONFIG_INVALID
   */
  async start(patienceMs: number): Promise<void> {
    const { carrier, process, listener, now } = this.#given;
    await carrier.prepare();
    const begun = await process.start();
    const onDisk = await carrier.onDisk();
    const isOurs = process.state.mode === 'start' || onDisk?.isInUse === true;
    if (begun === 'neither' || !isOurs || onDisk === undefined) return;
    try {
      await process.untilUp(patienceMs);
    } catch (error) {
      listener.onFailure(error, undefined);
      return;
    }
    this.#last = process.seen;
    this.#applied = { revision: onDisk.revision, appliedAt: now(), how: 'adopted' };
    if (begun === 'started')
      this.#tell('reload', { reason: 'start', detail: 'with what was applied last' }, 0);
  }

  /** Looks whether HAProxy is what it was, so that the next round finds what must be done. */
  async look(): Promise<void> {
    const before = this.#last;
    const seen = await this.#given.process.look();
    const silence = this.#silence.news(this.#given.process.silentAt);
    if (silence !== undefined) this.#given.listener.onFailure(silence, undefined);
    if (seen === undefined) return;
    this.#last = seen;
    const isAnother = before !== undefined && before.master !== seen.master;
    if (isAnother)
      this.#tell('reload', { reason: 'haproxy_restarted', detail: 'HAProxy was started anew' }, 0);
    if (isAnother || before?.worker?.pid !== seen.worker?.pid) {
      this.#known.forget();
      this.#given.carrier.forget();
    } else this.#known.age();
  }

  /**
   * Does what can be done now.
   * @returns when there is more to do, on the clock
   */
  async round(): Promise<number> {
    const wanted = this.#wanted;
    const { process, pace, listener, clock } = this.#given;
    if (wanted === undefined || (wanted === this.#done && this.#known.isSure)) return Infinity;
    try {
      const isLeft = await (process.seen === undefined ? this.#begin(wanted) : this.#bring(wanted));
      this.#backoff.succeeded();
      return isLeft ? pace.dueAt(wanted) : Infinity;
    } catch (error) {
      const ms = this.#backoff.failed();
      listener.onFailure(error, ms);
      // HAProxy may be gone.
      await this.look();
      return clock.now() + ms;
    }
  }

  /** Starts a HAProxy where there is none and none is about to come back. */
  async #begin(wanted: Layout): Promise<boolean> {
    const { process, carrier } = this.#given;
    if (!process.isFree) return false;
    const why = { reason: 'start', detail: 'HAProxy is started' } as const;
    return !(this.#isDue(wanted) && (await this.#reload(wanted, why, () => carrier.start(wanted))));
  }

  /** By a reload where one is needed and may be; else, what commands can do. */
  async #bring(wanted: Layout): Promise<boolean> {
    const { reload } = await this.#known.plan(wanted);
    if (reload !== undefined && this.#isDue(wanted)) {
      const bring = (): Promise<void> => this.#given.carrier.reload(wanted, this.#known.running);
      if (await this.#reload(wanted, reload, bring)) return false;
    } else if (reload?.reason === 'start' && !this.#given.pace.isQuiet) {
      // What runs is not known for certain, and the reload comes in a moment.
      return true;
    }
    const left = await this.#command(wanted);
    if (left !== undefined) return true;
    const { running } = this.#known;
    if (running !== undefined && this.#applied.revision === undefined) this.#note(running, 'adopted');
    [this.#done, this.#refused] = [wanted, undefined];
    return false;
  }

  /**
   * What HAProxy refuses is planned once more, from what it really has.
   * @returns why a reload is needed in addition
   */
  async #command(wanted: Layout, isAgain = false): Promise<Why | undefined> {
    const { runtime, after, reload, isToWrite } = await this.#known.plan(wanted);
    if (runtime.length === 0 && !isToWrite) return reload;
    const { carrier, clock, listener, now } = this.#given;
    const begun = clock.now();
    try {
      await carrier.command(after, runtime);
    } catch (error) {
      const isRefused = isAppError(error, 'UPSTREAM_REJECTED');
      this.#known.doubt(isRefused ? undefined : after);
      if (!isRefused) throw error;
      if (!isAgain) return this.#command(wanted, true);
      const why: Why = { reason: 'service_changed', detail: messageOf(error) };
      this.#known.need(why);
      return why;
    }
    this.#known.brought(after);
    this.#note(after, 'runtime');
    if (runtime.length > 0) {
      const measures = { durationMs: clock.now() - begun, kinds: kindsOf(runtime) };
      listener.onChange({ at: now(), ...runtimeChange(runtime, after) }, measures);
    }
    return reload;
  }

  /** @returns whether HAProxy runs what is wanted afterwards */
  async #reload(wanted: Layout, why: Why, bring: () => Promise<void>): Promise<boolean> {
    const { clock, pace, process } = this.#given;
    const begun = clock.now();
    try {
      await bring();
    } catch (error) {
      if (isAppError(error, 'CHECK_FAILED')) this.#refuse(wanted, why, error, begun);
      else await this.#failed(error);
      return false;
    }
    pace.succeeded();
    this.#known.reloaded(wanted);
    this.#note(wanted, 'reload');
    [this.#done, this.#refused, this.#last] = [wanted, undefined, process.seen];
    this.#tell('reload', why, clock.now() - begun);
    return true;
  }

  /** What is refused again for the same reason is told once. */
  #refuse(layout: Layout, { reason, service }: Why, { message }: AppError, begun: number): void {
    const { pace, listener, clock, now } = this.#given;
    pace.refused(layout);
    const isKnown = this.#refused?.error === message;
    const at = this.#refused !== undefined && isKnown ? this.#refused.at : now();
    this.#refused = { layout, at, error: message };
    if (isKnown) return;
    const change = { at, how: 'rejected', reason, service, detail: message } as const;
    listener.onChange(change, { durationMs: clock.now() - begun, kinds: {} });
  }

  /** A reload that failed leaves a trace in HAProxy, which one more with the old file takes away. */
  async #failed(error: unknown): Promise<void> {
    const { pace, listener, clock, carrier, process } = this.#given;
    const ms = pace.failed();
    listener.onFailure(error, ms);
    this.#known.doubt();
    if (!isAppError(error, 'RELOAD_FAILED') || (await process.look()) === undefined) return;
    const begun = clock.now();
    try {
      await carrier.reloadAsIs(this.#known.running);
      this.#last = process.seen;
      const why = { reason: 'rollback', detail: messageOf(error) } as const;
      this.#tell('rollback', why, clock.now() - begun);
    } catch (error) {
      listener.onFailure(error, ms);
    }
  }

  #isDue(wanted: Layout): boolean {
    const { clock, pace } = this.#given;
    return clock.now() >= pace.dueAt(wanted);
  }

  #note(layout: Layout, how: 'runtime' | 'reload' | 'adopted'): void {
    const { carrier, now } = this.#given;
    this.#applied = { revision: carrier.revisionOf(layout), appliedAt: now(), how };
  }

  #tell(how: How, { reason, service, detail }: Why, durationMs: number): void {
    const { listener, now } = this.#given;
    listener.onChange({ at: now(), how, reason, service, detail }, { durationMs, kinds: {} });
  }
}
