import { readFile } from 'node:fs/promises';
import { AppError, messageOf } from '../core/errors.ts';

/**
 * The text of a file in UTF-8.
 * @throws AppError FILE_UNREADABLE
 */
export async function readTextFile(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw new AppError('FILE_UNREADABLE', `${file} cannot be read: ${messageOf(cause)}`, { cause });
  }
}
