import type { Environment } from '../config/options.ts';
import { readTextFile } from '../daemon/text-file.ts';
import { type ProxyConfig, readProxyConfig } from './config.ts';

/** The proxy's file as it was read. */
export interface ProxyFileText {
  /** Its name; undefined for the defaults. */
  readonly file: string | undefined;
  readonly text: string;
}

/** @throws AppError FILE_UNREADABLE */
export async function readProxyFile(file: string | undefined): Promise<ProxyFileText> {
  return { file, text: file === undefined ? '' : await readTextFile(file) };
}

/** @throws AppError CONFIG_INVALID */
export function configIn(
  { file, text }: ProxyFileText,
  env: Environment,
): { config: ProxyConfig; warnings: readonly string[] } {
  return readProxyConfig(text, file ?? 'defaults', env);
}
