import { systemClock } from '../../core/clock.ts';
import { AppError, isAppError } from '../../core/errors.ts';
import type { Layout } from '../../haproxy/running/layout.ts';
import { Removals } from '../../haproxy-process/removals.ts';
import { askOnce } from '../../haproxy-process/socket.ts';
import { createBell } from '../bell.ts';
import type { Applier, AppliedState, ApplyListener, HaproxyState, ServerHealth } from './api.ts';
import { Carrier } from './carrier.ts';
import { askForServers, healthOf } from './health.ts';
import { Keeper } from './keeper.ts';
import type { ApplierOptions, ApplierParts } from './options.ts';
import { ReloadPace } from './pace.ts';
import { HaproxyProcess } from './process.ts';

/** How often a HAProxy is looked for that does not answer. */
const lookMs = 1_000;
const answerMs = 2_000;

/** Keeps a HAProxy at what is wanted; `listener` hears what comes of it. */
export function createApplier(
  options: ApplierOptions,
  listener: ApplyListener,
  parts: ApplierParts = { clock: systemClock, now: Date.now },
): Applier {
  return new LiveApplier(options, listener, parts);
}

interface News {
  readonly layout: Layout;
  readonly first: number;
  readonly last: number;
}

/** When what is done: changes after a pause, and one thing at a time. */
class LiveApplier implements Applier {
  readonly #options: ApplierOptions;
  readonly #parts: ApplierParts;
  readonly #process: HaproxyProcess;
  readonly #removals: Removals;
  readonly #keeper: Keeper;
  readonly #bell: ReturnType<typeof createBell>;
  /** What is wanted since the first of these times; the last change was at the other. */
  #news: News | undefined;
  /** When news were taken last. */
  #tookAt = -Infinity;
  #roundAt = Infinity;
  #lookAt = 0;
  #isStopping = false;
  #work: Promise<void> = Promise.resolve();
  #waiting: (() => void)[] = [];

  constructor(options: ApplierOptions, listener: ApplyListener, parts: ApplierParts) {
    const { socket } = options.haproxy;
    const { clock } = parts;
    this.#options = options;
    this.#parts = parts;
    this.#bell = createBell(clock);
    this.#removals = new Removals(socket, () => options.apply.drainMs, clock);
    this.#process = new HaproxyProcess(options, clock, {
      onOutput: (line) => listener.onOutput(line),
      onEnd: (why, delayMs) => listener.onFailure(ended(why), delayMs),
      onRestart: () => this.#lookNow(),
    });
    const carrier = new Carrier(options, this.#process, this.#removals, clock);
    const pace = new ReloadPace(clock, () => options.apply.minReloadIntervalMs);
    this.#keeper = new Keeper({ ...parts, process: this.#process, carrier, pace, listener });
  }

  async start(): Promise<void> {
    await this.#keeper.start(this.#options.apply.verifyMs);
    this.#work = this.#run();
  }

  want(layout: Layout): void {
    const last = this.#parts.clock.now();
    this.#news = { layout, first: this.#news?.first ?? last, last };
    this.#bell.ring();
  }

  settled(): Promise<void> {
    if (this.#isSettled) return Promise.resolve();
    return new Promise((resolve) => void this.#waiting.push(resolve));
  }

  haproxy(): HaproxyState {
    return this.#process.state;
  }

  applied(): AppliedState {
    const { pending, ...applied } = this.#keeper.applied;
    return { ...applied, pending: pending || this.#news !== undefined };
  }

  async answers(): Promise<boolean> {
    return (await this.#ask('show info', answerMs)) !== undefined;
  }

  async servers(): Promise<ReadonlyMap<string, ServerHealth>> {
    return healthOf((await this.#ask(askForServers)) ?? '');
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    this.#bell.ring();
    await this.#work;
    this.#removals.clear();
    await this.#process.stop();
  }

  get #isSettled(): boolean {
    return this.#news === undefined && this.#keeper.isSettled;
  }

  async #run(): Promise<void> {
    const { clock } = this.#parts;
    while (!this.#isStopping) {
      const pauseMs = Math.min(this.#news ? this.#newsAt() : this.#roundAt, this.#lookAt) - clock.now();
      if (pauseMs > 0) await this.#bell.wait(pauseMs);
      else await this.#step();
    }
  }

  async #step(): Promise<void> {
    const { clock } = this.#parts;
    if (clock.now() >= this.#lookAt) {
      await this.#keeper.look();
      const isUp = this.#process.state.state === 'up';
      const { resyncMs } = this.#options.apply;
      this.#lookAt = clock.now() + (isUp ? resyncMs : Math.min(lookMs, resyncMs));
    }
    if (this.#news !== undefined && clock.now() >= this.#newsAt()) this.#take(this.#news);
    this.#roundAt = await this.#keeper.round();
    if (this.#isSettled) for (const resolve of this.#waiting.splice(0)) resolve();
  }

  /** When news count: at once where there were none lately, else when there are no more or they have waited for long enough. */
  #newsAt(): number {
    if (this.#news === undefined) return Infinity;
    const { first } = this.#news;
    const isAlone = first - this.#tookAt >= this.#options.apply.debounceMs;
    return isAlone ? first : this.#quietAt(this.#news);
  }

  #quietAt({ first, last }: News): number {
    const { debounceMs, maxWaitMs } = this.#options.apply;
    return Math.min(last + debounceMs, first + maxWaitMs);
  }

  /** What commands can do is done now; a reload waits for what else may come, so that one does for all. */
  #take(news: News): void {
    this.#keeper.want(news.layout, this.#quietAt(news));
    this.#tookAt = this.#parts.clock.now();
    this.#news = undefined;
  }

  #lookNow(): void {
    this.#lookAt = this.#parts.clock.now();
    this.#bell.ring();
  }

  /** The answer of the worker; undefined where it gives none. */
  async #ask(command: string, limitMs?: number): Promise<string | undefined> {
    try {
      return await askOnce(this.#options.haproxy.socket, command, this.#parts.clock, limitMs);
    } catch (error) {
      if (isAppError(error)) return undefined;
      throw error;
    }
  }
}

function ended(why: string): AppError {
  const message = `HAProxy does not run any more: ${why}. It is started anew with what it accepted last.`;
  return new AppError('UPSTREAM_UNAVAILABLE', message);
}
