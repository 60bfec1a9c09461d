import { type FSWatcher, watch } from 'node:fs';
import { realpath } from 'node:fs/promises';
import path from 'node:path';
import { systemClock } from '../core/clock.ts';
import { contentHash, filesIn } from './file-contents.ts';
import { systemCodeOf } from '../core/errors.ts';

export interface WatchedFiles {
  /** Nothing is heard of them afterwards. */
  close: () => void;
}

interface Rhythm {
  /** How long files must stand still to count as changed, in milliseconds. */
  settleMs?: number;
  /** How often files are looked at though the system tells of nothing, in milliseconds. */
  pollMs?: number;
}

/**
 * Watches what files hold, from when this resolves: files may be written in place, replaced by others, removed and made
 * again, or reached over symbolic links that are turned elsewhere, as Kubernetes does with ConfigMaps and Secrets. Of a
 * folder that is named among them all files count, but none of folders in it. The
 * system tells of changes in their folders; where it does not (network file systems, folders that are themselves
 * replaced), a look every few seconds finds them.
 * @param onChange is called once for changes that come together, when the files stand still; also for removed ones
 */
export async function watchFiles(
  files: readonly string[],
  onChange: () => void,
  { settleMs = 200, pollMs = 5000 }: Rhythm = {},
): Promise<WatchedFiles> {
  const folders = createFolderWatch(lookSoon);
  let isClosed = false;
  let isDue = false;
  let callOff = (): void => {};
  let known: string;
  let seen: string;

  function lookIn(ms: number): void {
    callOff();
    if (!isClosed) callOff = systemClock.after(ms, () => void look());
  }
  /** Events do not put off a look that is due: they may never end. */
  function lookSoon(): void {
    if (isDue) return;
    isDue = true;
    lookIn(settleMs);
  }
  async function read(): Promise<string> {
    // Before the files are read, so that nothing is missed; and each time, since folders may be others by now.
    folders.watch(await foldersOf(files));
    return fingerprintOf(files);
  }
  async function look(): Promise<void> {
    isDue = false;
    const before = seen;
    seen = await read();
    if (isClosed) return folders.close();
    if (seen !== before) return lookSoon();
    if (!isDue) lookIn(pollMs);
    if (seen === known) return;
    known = seen;
    onChange();
  }

  known = seen = await read();
  if (!isDue) lookIn(pollMs);
  return {
    close: () => {
      isClosed = true;
      callOff();
      folders.close();
    },
  };
}

/** What the files hold, or why they cannot be read. */
async function fingerprintOf(files: readonly string[]): Promise<string> {
  const each = files.map(async (file) => {
    try {
      return await contentHash(file);
    } catch (error) {
      return systemCodeOf(error) ?? 'unreadable';
    }
  });
  return (await Promise.all(each)).join();
}

/** The folders in which files are, and those of what they are links to; a folder itself, too. */
async function foldersOf(paths: readonly string[]): Promise<Set<string>> {
  const within = await Promise.all(paths.map((file) => filesIn(file).catch(() => undefined)));
  const folders = paths.filter((_, at) => within[at] !== undefined);
  const files = [...paths, ...within.flatMap((found) => found ?? [])];
  const targets = await Promise.all(files.map((file) => realpath(file).catch(() => file)));
  const around = [...files, ...targets].map((file) => path.dirname(path.resolve(file)));
  return new Set([...folders.map((folder) => path.resolve(folder)), ...around]);
}

/** Hears of everything that happens in some folders, as far as the system tells of it. */
function createFolderWatch(onEvent: () => void) {
  let watchers: FSWatcher[] = [];
  function close(): void {
    for (const watcher of watchers) watcher.close();
    watchers = [];
  }
  function open(folder: string): FSWatcher[] {
    try {
      // A folder that goes, or a limit that is met, is no reason to stop: files are looked at now and then besides.
      return [watch(folder, { persistent: false }, onEvent).on('error', () => {})];
    } catch {
      return [];
    }
  }
  return {
    close,
    watch: (folders: ReadonlySet<string>): void => {
      close();
      watchers = [...folders].flatMap(open);
    },
  };
}
