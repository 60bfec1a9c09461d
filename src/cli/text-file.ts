import { readFile } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';
import { AppError, messageOf } from '../core/errors.ts';

/**
 * The bytes of a file, or of standard input for `-`.
 * @throws AppError FILE_UNREADABLE with the file's name
 */
export async function readBytes(file: string): Promise<Buffer> {
  if (file === '-') return buffer(process.stdin);
  try {
    return await readFile(file);
  } catch (cause) {
    throw new AppError('FILE_UNREADABLE', `${file} cannot be read: ${messageOf(cause)}`, { cause });
  }
}

/** The text of a file in UTF-8, otherwise as {@link readBytes}. */
export async function readText(file: string): Promise<string> {
  return (await readBytes(file)).toString();
}
