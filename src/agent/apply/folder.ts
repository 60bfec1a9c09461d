import { access, constants, mkdir } from 'node:fs/promises';
import { AppError, messageOf } from '../../core/errors.ts';

/**
 * Makes the folder of HAProxy's files, unless it is there, and makes sure that it can be written.
 * @throws AppError FOLDER_UNUSABLE
 */
export async function prepareFolder(dir: string): Promise<void> {
  try {
    await mkdir(dir, { recursive: true, mode: 0o700 });
    await access(dir, constants.W_OK);
  } catch (cause) {
    const advice = 'Set haproxy.dir to a folder that this user may make and write.';
    throw new AppError('FOLDER_UNUSABLE', `${dir} cannot be used: ${messageOf(cause)}. ${advice}`, { cause });
  }
}
