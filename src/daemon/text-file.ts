import { open } from 'node:fs/promises';
import { AppError, messageOf } from '../core/errors.ts';

/**
 * The text of a file in UTF-8.
 * @param mostBytes a file that is bigger is not read
 * @throws AppError FILE_UNREADABLE
 */
export async function readTextFile(file: string, mostBytes = Infinity): Promise<string> {
  try {
    const handle = await open(file);
    try {
      const { size } = await handle.stat();
      if (size > mostBytes) throw new Error(`it is bigger than ${mostBytes} bytes`);
      return await handle.readFile('utf8');
    } finally {
      await handle.close();
    }
  } catch (cause) {
    throw new AppError('FILE_UNREADABLE', `${file} cannot be read: ${messageOf(cause)}`, { cause });
  }
}
