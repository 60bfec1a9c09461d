import { readFile } from 'node:fs/promises';
import type { Environment } from '../config/options.ts';
import { AppError, messageOf } from '../core/errors.ts';
import { type ProxyConfig, readProxyConfig } from './config.ts';

/** The proxy's file as it was read. */
export interface ProxyFileText {
  /** Its name; undefined for the defaults. */
  readonly file: string | undefined;
  readonly text: string;
}

/** @throws AppError FILE_UNREADABLE */
export async function readProxyFile(file: string | undefined): Promise<ProxyFileText> {
  if (file === undefined) return { file, text: '' };
  try {
    return { file, text: await readFile(file, 'utf8') };
  } catch (cause) {
    throw new AppError('FILE_UNREADABLE', `${file} cannot be read: ${messageOf(cause)}`, { cause });
  }
}

/** @throws AppError CONFIG_INVALID */
export function configIn(
  { file, text }: ProxyFileText,
  env: Environment,
): { config: ProxyConfig; warnings: readonly string[] } {
  return readProxyConfig(text, file ?? 'defaults', env);
}
