import { randomUUID } from 'node:crypto';
import { type FileHandle, open, readFile, realpath, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { AppError, messageOf } from '../core/errors.ts';
import { checkConfiguration } from './check.ts';

/** How one HAProxy gets its configuration. */
export interface ConfigTarget {
  /** The file that HAProxy was started with. */
  readonly file: string;
  /** The binary that checks it. */
  readonly bin: string;
  /**
   * Makes HAProxy read the file again.
   * @throws AppError RELOAD_FAILED
   */
  readonly reload: () => Promise<void>;
}

/** Where the text that HAProxy last accepted is kept. */
export function lastGoodOf(file: string): string {
  return `${file}.last-good`;
}

/** The text that is on disk and in use; undefined when there is none, or when a reload is still due. */
export async function textInUse(file: string): Promise<string | undefined> {
  const [text, lastGood] = await Promise.all([read(file), read(lastGoodOf(file))]);
  return text === lastGood ? text : undefined;
}

/**
 * Brings a text into use: checked, written beside the file and moved over it, reloaded. Whatever fails, HAProxy goes on
 * with what it had, and so does the file.
 * @returns whether anything had to be done
 * @throws AppError CHECK_FAILED with what HAProxy says; RELOAD_FAILED; NOT_FOUND when there is no binary to check with
 */
export async function applyConfiguration(
  { file, bin, reload }: ConfigTarget,
  text: string,
): Promise<boolean> {
  if ((await textInUse(file)) === text) return false;
  const { valid, errors } = await checkConfiguration(bin, { text });
  if (!valid) {
    throw new AppError('CHECK_FAILED', `HAProxy refuses the new configuration:\n${errors.join('\n')}`);
  }
  const access = await accessOf(file);
  const lastGood = (await read(lastGoodOf(file))) ?? (await read(file));
  if (lastGood !== undefined) await replaceFile(lastGoodOf(file), lastGood, access);
  await replaceFile(file, text, access);
  try {
    await reload();
  } catch (error) {
    if (lastGood !== undefined) await replaceFile(file, lastGood, access);
    throw error;
  }
  await replaceFile(lastGoodOf(file), text, access);
  return true;
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
    throw new AppError('CONFIG_INVALID', `${file} cannot be written: ${messageOf(cause)}`, { cause });
  }
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
  readonly mode: number;
  /** Absent for a file that is new. */
  readonly owner?: { readonly uid: number; readonly gid: number };
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

async function read(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return undefined;
    throw new AppError('CONFIG_INVALID', `${file} cannot be read: ${messageOf(cause)}`, { cause });
  }
}
