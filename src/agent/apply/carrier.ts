import { stat } from 'node:fs/promises';
import type { Clock } from '../../core/clock.ts';
import { AppError, isAppError } from '../../core/errors.ts';
import { adoptedLayout } from '../../haproxy/running/adopted.ts';
import { type Version, changesBetween } from '../../haproxy/running/changes.ts';
import type { Command } from '../../haproxy/running/commands.ts';
import { type Layout, configText, mapText } from '../../haproxy/running/layout.ts';
import { type ServerState, withServersOf } from '../../haproxy/running/server-states.ts';
import { bindsIn, tryBinds } from '../../haproxy-process/binds.ts';
import { requireHaproxy } from '../../haproxy-process/check.ts';
import {
  type FileText,
  applyConfiguration,
  inUseOf,
  lastGoodOf,
  readConfiguration,
  revisionOfFiles,
} from '../../haproxy-process/config-file.ts';
import { reloadByMaster } from '../../haproxy-process/reload.ts';
import type { Removals } from '../../haproxy-process/removals.ts';
import { observe, runCommands, saveServerStates, serverStates } from '../../haproxy-process/runtime.ts';
import { type ApplierOptions, filesIn } from './options.ts';
import type { HaproxyProcess } from './process.ts';

/** What HAProxy runs, as far as files and HAProxy tell. */
interface Found {
  readonly layout: Layout;
  /** Whether it is what is on disk. */
  readonly isInUse: boolean;
  /** Whether at most servers and routes are others on disk. */
  readonly isCertain: boolean;
}

const ours = 0o600;
/** Of a file that somebody else made, for a HAProxy that runs as another user; it may hold hashes of passwords. */
const ownersAndGroups = 0o640;

/** Carries changes to HAProxy's files and to HAProxy: each one in files first. */
export class Carrier {
  readonly #options: ApplierOptions;
  readonly #process: HaproxyProcess;
  readonly #removals: Removals;
  readonly #clock: Clock;

  constructor(options: ApplierOptions, process: HaproxyProcess, removals: Removals, clock: Clock) {
    this.#options = options;
    this.#process = process;
    this.#removals = removals;
    this.#clock = clock;
  }

  /**
   * Makes sure that there is a HAProxy to be run, and the file that it looks for.
   * @throws AppError NOT_FOUND
   */
  async prepare(): Promise<void> {
    const { bin, dir } = this.#options.haproxy;
    await requireHaproxy(bin);
    // HAProxy complains of a state file that is not there.
    const { states } = filesIn(dir);
    if ((await readConfiguration(states)) === undefined)
      await saveServerStates(states, [], { backends: new Map() });
  }

  /** The revision of what is on disk; undefined where nothing is. `isInUse`: whether HAProxy is known to run it. */
  async onDisk(): Promise<{ readonly revision: string; readonly isInUse: boolean } | undefined> {
    const { config, dir } = this.#options.haproxy;
    const text = await readConfiguration(config);
    if (text === undefined) return undefined;
    const map = (await readConfiguration(filesIn(dir).map)) ?? '';
    const revision = revisionOfFiles([{ text: map }, { text }]);
    return { revision, isInUse: (await readConfiguration(inUseOf(config))) === `${revision}\n` };
  }

  /** The revision of a layout, as files hold it. */
  revisionOf(layout: Layout): string {
    return revisionOfFiles([...this.#beside(layout), { text: configText(layout) }]);
  }

  /**
   * Servers and routes as HAProxy has them, with the rest of a layout.
   * @throws AppError UPSTREAM_UNAVAILABLE, UPSTREAM_TIMEOUT
   */
  observe(layout: Layout): Promise<Layout> {
    return observe(this.#options.haproxy.socket, layout, this.#clock, this.#removals);
  }

  /**
   * What a HAProxy runs whose changes were not made here; undefined where there is no file. Between the writing of a file
   * and HAProxy's reading it, only servers and routes may differ, which are observed.
   * @throws AppError UPSTREAM_UNAVAILABLE, UPSTREAM_TIMEOUT, CONFIG_INVALID
   */
  async find(wanted: Layout, version: Version): Promise<Found | undefined> {
    const { config } = this.#options.haproxy;
    const text = await readConfiguration(config);
    if (text === undefined) return undefined;
    const written = adoptedLayout(text, wanted, new Map());
    if ((await this.onDisk())?.isInUse === true)
      return { layout: await this.observe(written), isInUse: true, isCertain: true };
    const lastGood = await readConfiguration(lastGoodOf(config));
    const before = lastGood === undefined ? undefined : adoptedLayout(lastGood, wanted, new Map());
    return {
      layout: await this.observe(before === undefined ? written : withServersOf(written, before)),
      isInUse: false,
      isCertain: before !== undefined && changesBetween(before, written, version).reload === undefined,
    };
  }

  /**
   * Brings HAProxy to a layout by commands.
   * @throws AppError UPSTREAM_REJECTED when HAProxy refuses one; UPSTREAM_UNAVAILABLE, UPSTREAM_TIMEOUT, CONFIG_INVALID
   */
  async command(after: Layout, commands: readonly Command[]): Promise<void> {
    const { socket } = this.#options.haproxy;
    await this.#bring(after, () => runCommands(socket, commands, this.#removals, this.#clock));
  }

  /**
   * Starts a HAProxy that is not there.
   * @throws AppError as `reload`
   */
  async start(wanted: Layout): Promise<void> {
    const launch = async (): Promise<void> => {
      this.#process.launch();
      await this.#process.untilUp(this.#options.apply.verifyMs);
    };
    await this.#checked(wanted, undefined, launch);
  }

  /**
   * Brings HAProxy to a layout by a reload.
   * @param running what runs now; undefined where it is not known
   * @throws AppError CHECK_FAILED when HAProxy would not take it, and nothing was touched; RELOAD_FAILED when it did not,
   *   and files are as they were; CONFIG_INVALID when a file cannot be written; NOT_FOUND, UPSTREAM_TIMEOUT of the check
   */
  async reload(wanted: Layout, running: Layout | undefined): Promise<void> {
    const before =
      running === undefined ? await readConfiguration(this.#options.haproxy.config) : configText(running);
    await this.#checked(wanted, before, () => this.reloadAsIs(wanted));
  }

  /**
   * Lets HAProxy read its file again.
   * @param layout what is in the file, where that is known
   * @throws AppError RELOAD_FAILED
   */
  async reloadAsIs(layout: Layout | undefined): Promise<void> {
    const { haproxy, apply } = this.#options;
    if (layout !== undefined)
      await saveServerStates(filesIn(haproxy.dir).states, await this.#states(), layout);
    await reloadByMaster(haproxy.masterSocket, this.#clock, apply.verifyMs);
    await this.#process.untilUp(apply.verifyMs);
    this.#removals.clear();
  }

  /** Another process has taken over, which has no servers on their way out. */
  forget(): void {
    this.#removals.clear();
  }

  /** @param before the text that runs; undefined where nothing does */
  async #checked(wanted: Layout, before: string | undefined, bring: () => Promise<void>): Promise<void> {
    const text = configText(wanted);
    await tryBinds(bindsIn(text), bindsIn(before ?? ''));
    await checkChroot(text);
    await this.#bring(wanted, bring, this.#options.haproxy.bin);
  }

  async #bring(layout: Layout, reload: () => Promise<void>, bin?: string): Promise<void> {
    const { config: file } = this.#options.haproxy;
    const target = {
      file,
      mode: ours,
      most: ownersAndGroups,
      always: true,
      reload,
      ...(bin === undefined ? {} : { bin }),
    };
    await applyConfiguration(target, configText(layout), this.#beside(layout));
  }

  #beside({ map }: Layout): FileText[] {
    return [{ file: filesIn(this.#options.haproxy.dir).map, text: mapText(map) }];
  }

  /** Where nobody answers, nothing is known. */
  async #states(): Promise<ServerState[]> {
    try {
      return await serverStates(this.#options.haproxy.socket, this.#clock);
    } catch (error) {
      if (isAppError(error, 'UPSTREAM_UNAVAILABLE', 'UPSTREAM_TIMEOUT')) return [];
      throw error;
    }
  }
}

/**
 * `haproxy -c` does not look at the folder, and HAProxy before 3.2 ends whole when a reload misses it.
 * @throws AppError CHECK_FAILED
 */
async function checkChroot(text: string): Promise<void> {
  for (const [, folder = ''] of text.matchAll(/^\s*chroot\s+(\S+)/gm)) {
    const isThere = await stat(folder).then(
      (found) => found.isDirectory(),
      () => false,
    );
    if (!isThere) throw new AppError('CHECK_FAILED', `The folder ${folder} of chroot is not there. Make it.`);
  }
}
