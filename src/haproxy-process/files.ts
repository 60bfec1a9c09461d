import { randomUUID } from 'node:crypto';
import { type FileHandle, open, realpath, rename, rm, stat, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { AppError, messageOf, systemCodeOf } from '../core/errors.ts';

/**
 * Writes a file so that readers see the old text or the new one, and never a part, even after a power failure. Of a
 * symbolic link the file behind it is written.
 */
export async function replaceFile(link: string, text: string, access: Access): Promise<void> {
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
export async function removeFile(file: string): Promise<void> {
  try {
    await unlink(file).catch((error: unknown) => {
      if (systemCodeOf(error) !== 'ENOENT') throw error;
    });
    await syncFolder(dirname(file));
  } catch (cause) {
    throw cannotWrite(file, cause);
  }
}

function cannotWrite(file: string, cause: unknown): AppError {
  const isFull = systemCodeOf(cause) === 'ENOSPC';
  const advice = isFull ? 'Free space there.' : 'Run this as a user who may write there.';
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
export interface Access {
  mode: number;
  /** Absent for a file that is new. */
  owner?: { uid: number; gid: number };
}

/** The access that a file has, `most` at most, or `mode` where there is none. */
export async function accessOf(file: string, mode = ownerAndGroup, most = 0o777): Promise<Access> {
  try {
    const { mode, uid, gid } = await stat(file);
    return { mode: mode & most, owner: { uid, gid } };
  } catch {
    return { mode };
  }
}

/** Only root may give files away, and others to groups that they are in; without that the file stays our own. */
async function give(handle: FileHandle, { mode, owner }: Access): Promise<void> {
  if (owner)
    await handle.chown(owner.uid, owner.gid).catch(() => handle.chown(-1, owner.gid).catch(() => {}));
  await handle.chmod(mode);
}
