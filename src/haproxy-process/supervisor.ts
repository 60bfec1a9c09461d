import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { type Clock, systemClock } from '../core/clock.ts';
import { messageOf, systemCodeOf } from '../core/errors.ts';
import type { Processes } from './answers.ts';
import { restoreLastGood } from './config-file.ts';
import { withoutSecrets } from './without-secrets.ts';
import { processesAt } from './reload.ts';

/** How HAProxy is started, and who is told of it. */
export interface Supervision {
  readonly bin: string;
  /** The configuration. */
  readonly file: string;
  /** Files that go with it. */
  readonly beside: readonly string[];
  /** Where its master process takes commands. */
  readonly masterSocket: string;
  /** How long it may end its last connections when it is stopped, in milliseconds. */
  readonly graceMs: number;
  /** A line that it wrote. */
  readonly onOutput: (line: string) => void;
  /** It ended without being told to, or could not be started; it is started anew after `delayMs`. */
  readonly onEnd: (why: string, delayMs: number) => void;
  /** It was started anew, with the configuration that it accepted last. */
  readonly onRestart: () => void;
  readonly clock?: Clock;
}

const firstDelayMs = 1_000;
const longestDelayMs = 30_000;
/** Whoever ran for so long did not fail at once. */
const steadyMs = 60_000;
const lookMs = 1_000;
/** Whoever heeds no signal for so long after the grace time is killed. */
const obeyMs = 5_000;
const pauseMs = 50;

/**
 * A HAProxy with a master process (`haproxy -W -S`), which is kept running. One that answers already is taken over, since
 * two would share the port in silence. It outlives this process, and runs in a group of its own, so that Ctrl-C does not
 * reach it.
 */
export class Supervisor {
  readonly #given: Supervision;
  readonly #clock: Clock;
  #pid: number | undefined;
  #ended: Promise<string> = Promise.resolve('');
  #isStopping = false;
  #callOff = (): void => {};

  constructor(given: Supervision) {
    this.#given = given;
    this.#clock = given.clock ?? systemClock;
  }

  /** The master's process id; undefined while there is none. */
  get pid(): number | undefined {
    return this.#pid;
  }

  /**
   * Takes over the HAProxy that answers.
   * @returns whether there is one
   */
  async adopt(): Promise<boolean> {
    const running = await this.#running();
    if (running !== undefined) this.#keep(running.master, this.#endOf(running.master), 0);
    return running !== undefined;
  }

  /** Starts one where none answers, at once. */
  start(): void {
    this.#callOff();
    this.#launch(0);
  }

  /**
   * Ends it: at once for new connections, after the grace time for all, and by force where it does not listen. Resolves when
   * it has ended.
   */
  async stop(): Promise<void> {
    this.#isStopping = true;
    this.#callOff();
    const pid = this.#pid;
    if (pid === undefined) return;
    const deadline = this.#clock.now() + this.#given.graceMs;
    const ask = (): void => {
      // A master that just started or reloads may miss a signal.
      const leftMs = deadline - this.#clock.now();
      if (leftMs > 0) signal(pid, 'SIGUSR1');
      else if (leftMs > -obeyMs) signal(pid, 'SIGTERM');
      else killGroup(pid);
      this.#callOff = this.#clock.after(Math.max(pauseMs, Math.min(lookMs, leftMs)), ask);
    };
    ask();
    await this.#ended;
    this.#callOff();
  }

  /**
   * The HAProxy that answers already. A master that starts or reloads lets one wait, or resets the connection; where
   * nobody listens, there is none, although a master that reloads may refuse for a moment.
   */
  async #running(): Promise<Processes | undefined> {
    const begun = this.#clock.now();
    for (;;) {
      try {
        return await processesAt(this.#given.masterSocket, this.#clock);
      } catch (error) {
        const patience = { missing: 0, refused: 500, busy: 10_000 }[stateOf(error)];
        if (this.#clock.now() - begun >= patience) return undefined;
        await this.#clock.sleep(pauseMs);
      }
    }
  }

  #launch(failures: number): void {
    const { bin, file, masterSocket, onOutput } = this.#given;
    const child = spawn(bin, ['-W', '-S', `${masterSocket},mode,600`, '-f', file], {
      detached: true,
      stdio: ['ignore', 'inherit', 'pipe'],
    });
    if (child.stderr)
      createInterface({ input: child.stderr }).on('line', (line) => onOutput(withoutSecrets(line)));
    this.#keep(child.pid, endOfChild(child), failures);
  }

  #keep(pid: number | undefined, ended: Promise<string>, failures: number): void {
    this.#pid = pid;
    this.#ended = ended;
    void this.#follow(ended, failures);
  }

  async #follow(ended: Promise<string>, failures: number): Promise<void> {
    const since = this.#clock.now();
    const why = await ended;
    this.#pid = undefined;
    if (this.#isStopping) return;
    const row = this.#clock.now() - since > steadyMs ? 0 : failures;
    const delayMs = Math.min(longestDelayMs, firstDelayMs * 2 ** row);
    this.#given.onEnd(why, delayMs);
    this.#callOff = this.#clock.after(delayMs, () => void this.#restart(row + 1));
  }

  async #restart(failures: number): Promise<void> {
    const { file, beside, onRestart, onOutput } = this.#given;
    await restoreLastGood([...beside, file]).catch((error: unknown) => onOutput(messageOf(error)));
    if (this.#isStopping || this.#pid !== undefined) return;
    this.#launch(failures);
    onRestart();
  }

  /** Of a process that is not our child, the system tells the end to nobody. */
  async #endOf(pid: number): Promise<string> {
    while (signal(pid, 0)) await this.#clock.sleep(lookMs);
    return 'it ended';
  }
}

/** What the failure to ask a socket says of it. */
function stateOf(error: unknown): 'missing' | 'refused' | 'busy' {
  for (let at = error; at instanceof Error; at = at.cause) {
    if (systemCodeOf(at) === 'ENOENT') return 'missing';
    if (systemCodeOf(at) === 'ECONNREFUSED') return 'refused';
  }
  return 'busy';
}

async function endOfChild(child: ChildProcess): Promise<string> {
  try {
    await once(child, 'exit');
    return `it ended with ${child.signalCode ?? `status ${child.exitCode}`}`;
  } catch (error) {
    return `it cannot be run: ${messageOf(error)}`;
  }
}

/** A master that is killed ends no workers that hang. */
function killGroup(master: number): void {
  if (!signal(-master, 'SIGKILL')) signal(master, 'SIGKILL');
}

/** Sends a signal; whether there was a process to take it. */
function signal(pid: number, name: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, name);
  } catch (error) {
    return systemCodeOf(error) === 'EPERM';
  }
}
