import type { Clock } from '../../core/clock.ts';
import { AppError, isAppError } from '../../core/errors.ts';
import { type Processes, parseInfo, versionIn } from '../../haproxy-process/answers.ts';
import type { Version } from '../../haproxy/running/changes.ts';
import { restoreLastGood } from '../../haproxy-process/config-file.ts';
import { processesAt } from '../../haproxy-process/reload.ts';
import { askOnce } from '../../haproxy-process/socket.ts';
import { Supervisor } from '../../haproxy-process/supervisor.ts';
import type { HaproxyState } from './api.ts';
import { type ApplierOptions, filesIn } from './options.ts';

/** A HAProxy whose master answers. */
export interface Seen extends Processes {
  /** Whoever takes commands at our socket; undefined where nobody does. */
  readonly worker: Worker | undefined;
}

interface Worker {
  readonly pid: number;
  /** As HAProxy tells it. */
  readonly version: string;
  readonly release: Version;
}

/** Who is told of a HAProxy that was started here. */
export interface ProcessListener {
  onOutput(line: string): void;
  /** It ended without being told to, and is started anew after `delayMs`. */
  onEnd(why: string, delayMs: number): void;
  onRestart(): void;
}

/** A worker that starts, or a master that reloads, does not answer for so long. */
const patienceMs = 1_000;
const pauseMs = 50;

/** The HAProxy that is kept: our child, or in drive mode somebody else's. */
export class HaproxyProcess {
  readonly #given: ApplierOptions['haproxy'];
  readonly #clock: Clock;
  /** Absent in drive mode. */
  readonly #supervisor: Supervisor | undefined;
  #seen: Seen | undefined;
  #version: string | undefined;
  /** Whether what was started last has ever answered, and whether it ended. */
  #cameUp = false;
  #hasEnded = false;

  constructor(options: ApplierOptions, clock: Clock, listener: ProcessListener) {
    this.#given = options.haproxy;
    this.#clock = clock;
    const { bin, config: file, dir, masterSocket, mode } = options.haproxy;
    const onEnd = (why: string, delayMs: number): void => {
      [this.#seen, this.#hasEnded] = [undefined, true];
      listener.onEnd(why, delayMs);
    };
    const onRestart = (): void => {
      this.#begun();
      listener.onRestart();
    };
    if (mode === 'drive') return;
    this.#supervisor = new Supervisor({
      bin,
      file,
      beside: [filesIn(dir).map],
      masterSocket,
      clock,
      get graceMs() {
        return options.haproxy.graceMs;
      },
      onOutput: (line) => listener.onOutput(line),
      onEnd,
      onRestart,
    });
  }

  /** What was seen last; undefined where the master does not answer. */
  get seen(): Seen | undefined {
    return this.#seen;
  }

  /** Whether it may be started with something new: there is none, and none is about to come back. */
  get isFree(): boolean {
    return this.#supervisor !== undefined && this.#supervisor.pid === undefined && !this.#cameUp;
  }

  get state(): HaproxyState {
    const { mode } = this.#given;
    const isUp = this.#seen?.worker !== undefined;
    const mayCome = mode === 'start' && !this.#hasEnded;
    return {
      state: isUp ? 'up' : mayCome ? 'starting' : 'down',
      version: this.#version,
      mode,
      pid: this.#seen?.master ?? this.#supervisor?.pid,
      reloads: this.#seen?.reloads ?? 0,
      oldWorkers: this.#seen?.oldWorkers.length ?? 0,
    };
  }

  /**
   * Takes over the HAProxy that runs, or starts one with what it accepted last.
   * @returns which of them; neither where there is none to take over and nothing to start
   * @throws AppError CONFIG_INVALID when files cannot be put back
   */
  async start(): Promise<'adopted' | 'started' | 'neither'> {
    if (this.#supervisor === undefined) return (await this.look()) === undefined ? 'neither' : 'adopted';
    if (await this.#supervisor.adopt()) return 'adopted';
    const { config, dir } = this.#given;
    if (!(await restoreLastGood([filesIn(dir).map, config]))) return 'neither';
    this.launch();
    return 'started';
  }

  /** Starts it with the file as it is. */
  launch(): void {
    this.#begun();
    this.#supervisor?.start();
  }

  /** Looks at it anew, with patience for one that is about to answer. */
  async look(): Promise<Seen | undefined> {
    const end = this.#clock.now() + patienceMs;
    while ((await this.#lookOnce())?.worker === undefined && this.#mayAnswer() && this.#clock.now() < end)
      await this.#clock.sleep(pauseMs);
    return this.#seen;
  }

  /**
   * Waits until the newest worker takes commands.
   * @throws AppError RELOAD_FAILED when it does not within `limitMs`, or HAProxy ends
   */
  async untilUp(limitMs: number): Promise<void> {
    const end = this.#clock.now() + limitMs;
    for (;;) {
      const seen = await this.#lookOnce();
      if (seen?.worker !== undefined && seen.workers.includes(seen.worker.pid)) return;
      if (!this.#mayAnswer()) throw new AppError('RELOAD_FAILED', 'HAProxy ended; its log says why.');
      if (this.#clock.now() >= end) {
        const message = `HAProxy takes no commands at ${this.#given.socket} after ${limitMs} ms; its log says why.`;
        throw new AppError('RELOAD_FAILED', message);
      }
      await this.#clock.sleep(pauseMs);
    }
  }

  /** Ends it, where it is ours. */
  async stop(): Promise<void> {
    await this.#supervisor?.stop();
    this.#seen = undefined;
  }

  #begun(): void {
    [this.#cameUp, this.#hasEnded] = [false, false];
  }

  #mayAnswer(): boolean {
    return this.#supervisor === undefined || this.#supervisor.pid !== undefined;
  }

  async #lookOnce(): Promise<Seen | undefined> {
    this.#seen = this.#mayAnswer() ? await this.#ask() : undefined;
    const worker = this.#seen?.worker;
    if (worker !== undefined) [this.#cameUp, this.#hasEnded, this.#version] = [true, false, worker.version];
    return this.#seen;
  }

  async #ask(): Promise<Seen | undefined> {
    try {
      const processes = await processesAt(this.#given.masterSocket, this.#clock);
      return { ...processes, worker: await this.#worker() };
    } catch (error) {
      if (isAppError(error, 'RELOAD_FAILED')) return undefined;
      throw error;
    }
  }

  async #worker(): Promise<Worker | undefined> {
    try {
      const info = parseInfo(await askOnce(this.#given.socket, 'show info', this.#clock));
      const version = info.get('Version') ?? '';
      const release = versionIn(version);
      return release === undefined ? undefined : { pid: Number(info.get('Pid')), version, release };
    } catch (error) {
      if (isAppError(error)) return undefined;
      throw error;
    }
  }
}
