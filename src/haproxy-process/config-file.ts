import { randomUUID } from 'node:crypto';
import { type FileHandle, open, readFile, realpath, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { AppError, isAppError, messageOf } from '../core/errors.ts';
import { revisionOf } from '../haproxy/revision.ts';
import { checkConfiguration } from './check.ts';
import { withServices } from './services-behind.ts';

/** How one HAProxy gets its configuration. */
interface ConfigTarget {
  /** The file that HAProxy was started with. */
  file: string;
  /** The binary that checks it. */
  bin: string;
  /**
   * Makes HAProxy read the file again; absent where nobody here can.
   * @throws AppError RELOAD_FAILED
   */
  reload?: (() => Promise<void>) | undefined;
}

/** What is on disk and what HAProxy runs are two facts. */
export interface Applied {
  /** Whether the file, or what HAProxy runs, is another than before. */
  changed: boolean;
  /** Whether HAProxy runs what is in the file, as far as is known. */
  inUse: boolean;
}

/** Where the text that HAProxy last accepted is kept. */
export function lastGoodOf(file: string): string {
  return `${file}.last-good`;
}

/** Where the revision is kept that HAProxy runs, from the end of one reload to the next change of the file. */
export function inUseOf(file: string): string {
  return `${file}.in-use`;
}

/**
 * The text of a file; undefined when there is none.
 * @throws AppError CONFIG_INVALID when it cannot be read
 */
export async function readConfiguration(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return undefined;
    const advice = 'Run this as a user who may read it.';
    throw new AppError('CONFIG_INVALID', `${file} cannot be read: ${messageOf(cause)}. ${advice}`, { cause });
  }
}

/**
 * Brings a text into use: checked, written beside the file and moved over it, reloaded. Whatever fails, HAProxy goes on
 * with what it had, and so does the file. That a text is in use is believed after a reload alone: one that was only
 * written, or whose reload failed or never came, is reloaded the next time.
 * @throws AppError CHECK_FAILED with what HAProxy says; RELOAD_FAILED; NOT_FOUND when there is no binary to check with;
 *   CONFIG_INVALID when a file cannot be read or written
 */
export async function applyConfiguration(
  { file, bin, reload }: ConfigTarget,
  text: string,
): Promise<Applied> {
  const current = await readConfiguration(file);
  if (current === text && (await isInUse(file, text))) return { changed: false, inUse: true };
  await check(bin, text);
  const access = await accessOf(file);
  await removeFile(inUseOf(file));
  const lastGood = (await readConfiguration(lastGoodOf(file))) ?? (current === text ? undefined : current);
  if (lastGood !== undefined) await replaceFile(lastGoodOf(file), lastGood, access);
  if (current !== text) await replaceFile(file, text, access);
  if (!reload) return { changed: current !== text, inUse: false };
  try {
    await reload();
  } catch (error) {
    if (lastGood !== undefined) await replaceFile(file, lastGood, access);
    throw isAppError(error, 'RELOAD_FAILED')
      ? new AppError('RELOAD_FAILED', withServices(error.message, text), { cause: error })
      : error;
  }
  await replaceFile(lastGoodOf(file), text, access);
  await replaceFile(inUseOf(file), `${revisionOf(text)}\n`, access);
  return { changed: true, inUse: true };
}

async function isInUse(file: string, text: string): Promise<boolean> {
  return (await readConfiguration(inUseOf(file))) === `${revisionOf(text)}\n`;
}

async function check(bin: string, text: string): Promise<void> {
  const { valid, errors } = await checkConfiguration(bin, text);
  if (valid) return;
  const heading = 'HAProxy refuses the new configuration, and the old one stays:';
  throw new AppError('CHECK_FAILED', `${heading}\n${errors.join('\n')}`);
}

/**
 * Writes a file so that readers see the old text or the new one, and never a part, even after a power failure. Of a
 * symbolic link the file behind it is written.
 */
async function replaceFile(link: string, text: string, access: Access): Promise<void> {
  const file = await realpath(link).catch(() => link);
  const staged = `${file}.${randomUUID()}.tmp`;
  try {
    const handle = await open(staged, 'wx', 0o600);
    try {
      await give(handle, access);
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(staged, file);
    await syncFolder(dirname(file));
  } catch (cause) {
    await rm(staged, { force: true });
    throw cannotWrite(file, cause);
  }
}

/** Removes a file for good, so that it is not there after a power failure either. */
async function removeFile(file: string): Promise<void> {
  try {
    await rm(file, { force: true });
    await syncFolder(dirname(file));
  } catch (cause) {
    throw cannotWrite(file, cause);
  }
}

function cannotWrite(file: string, cause: unknown): AppError {
  const advice = 'Run this as a user who may write there.';
  return new AppError('CONFIG_INVALID', `${file} cannot be written: ${messageOf(cause)}. ${advice}`, {
    cause,
  });
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

const ownerAndGroup = 0o640;

/** Who may read and write a file. */
interface Access {
  mode: number;
  /** Absent for a file that is new. */
  owner?: { uid: number; gid: number };
}

async function accessOf(file: string): Promise<Access> {
  try {
    const { mode, uid, gid } = await stat(file);
    return { mode: mode & 0o777, owner: { uid, gid } };
  } catch {
    return { mode: ownerAndGroup };
  }
}

/** Only root may give files away, and others to groups that they are in; without that the file stays our own. */
async function give(handle: FileHandle, { mode, owner }: Access): Promise<void> {
  if (owner)
    await handle.chown(owner.uid, owner.gid).catch(() => handle.chown(-1, owner.gid).catch(() => {}));
  await handle.chmod(mode);
}
