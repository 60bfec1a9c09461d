import { readFile } from 'node:fs/promises';
import { AppError, messageOf } from '../../core/errors.ts';

/**
 * The certificate authorities of a file, in PEM.
 * @throws AppError CONFIG_INVALID when it cannot be read or holds none
 */
export async function readAuthorities(file: string): Promise<string> {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    const message = `AWS_CA_BUNDLE names ${file}, which cannot be read: ${messageOf(cause)}`;
    throw new AppError('CONFIG_INVALID', message, { cause });
  });
  if (text.includes('-----BEGIN CERTIFICATE-----')) return text;
  throw new AppError('CONFIG_INVALID', `AWS_CA_BUNDLE names ${file}, which holds no certificates in PEM.`);
}
