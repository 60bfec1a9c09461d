import { mkdir } from 'node:fs/promises';
import { AppError, messageOf } from '../../core/errors.ts';

/**
 * Makes the folder of HAProxy's files, unless it is there.
 * @throws AppError FOLDER_UNUSABLE
 */
export async function prepareFolder(dir: string): Promise<void> {
  try {
    await mkdir(dir, { recursive: true, mode: 0o700 });
  } catch (cause) {
    const advice = 'Set haproxy.dir to a folder that this user may make and write.';
    throw new AppError('FOLDER_UNUSABLE', `${dir} cannot be used: ${messageOf(cause)}. ${advice}`, { cause });
  }
}
