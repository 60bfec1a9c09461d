import { readFile } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';
import { AppError, type ErrorCode, messageOf } from '../core/errors.ts';

/**
 * The bytes of a file, or of standard input for `-`.
 * @throws AppError with `code` and the file's name when it cannot be read
 */
export async function readBytes(file: string, code: ErrorCode = 'USAGE'): Promise<Buffer> {
  if (file === '-') return buffer(process.stdin);
  try {
    return await readFile(file);
  } catch (cause) {
    throw new AppError(code, `${file} cannot be read: ${messageOf(cause)}`, { cause });
  }
}

/** The text of a file in UTF-8, otherwise as {@link readBytes}. */
export async function readText(file: string, code?: ErrorCode): Promise<string> {
  return (await readBytes(file, code)).toString();
}
