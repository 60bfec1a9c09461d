import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { AppError, messageOf, systemCodeOf } from '../../core/errors.ts';
import { replaceFile } from '../../haproxy-process/files.ts';

const form = /^[./0-9A-Za-z]{16}$/;

/**
 * The salt of passwords in HAProxy's file, kept in a folder so that the file is the same each time.
 * @param mayWrite whether a salt that is not there yet is kept; its folder must exist then
 * @throws AppError FILE_UNREADABLE, or CONFIG_INVALID when it cannot be written
 */
export async function passwordSalt(folder: string, mayWrite: boolean): Promise<string> {
  const file = `${folder}/password-salt`;
  const kept = await textOf(file);
  if (form.test(kept)) return kept;
  const salt = randomBytes(12).toString('base64').replaceAll('+', '.');
  if (mayWrite) await replaceFile(file, salt, { mode: 0o600 });
  return salt;
}

/** Empty where there is none. */
async function textOf(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    if (systemCodeOf(cause) === 'ENOENT') return '';
    const advice = 'Remove it, or run this as a user who may read it.';
    throw new AppError('FILE_UNREADABLE', `${file} cannot be read: ${messageOf(cause)}. ${advice}`, {
      cause,
    });
  }
}
