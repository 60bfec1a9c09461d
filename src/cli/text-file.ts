import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { AppError, type ErrorCode, messageOf } from '../core/errors.ts';

/**
 * The text of a file, or of standard input for `-`.
 * @throws AppError with `code` and the file's name when it cannot be read
 */
export async function readText(file: string, code: ErrorCode = 'USAGE'): Promise<string> {
  if (file === '-') return text(process.stdin);
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw new AppError(code, `${file} cannot be read: ${messageOf(cause)}`, { cause });
  }
}
