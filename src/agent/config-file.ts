import type { Environment } from '../config/options.ts';
import { readTextFile } from '../daemon/text-file.ts';
import { type AgentConfig, readAgentConfig } from './config.ts';

/** Where an agent is told what to do. */
export interface ToldBy {
  /** Undefined where the environment says everything. */
  readonly file: string | undefined;
  readonly env: Environment;
  /** The program that is meant by a name or path in `haproxy.bin`; absent: a name is looked for on the PATH. */
  readonly programOf?: (bin: string) => Promise<string>;
}

/**
 * Reads what an agent is told.
 * @throws AppError FILE_UNREADABLE, CONFIG_INVALID
 */
export async function readConfigFile({
  file,
  env,
  programOf = (bin) => Promise.resolve(bin),
}: ToldBy): Promise<{ config: AgentConfig; warnings: readonly string[] }> {
  const text = file === undefined ? undefined : await readTextFile(file);
  const { config, warnings } = readAgentConfig(text, file ?? 'environment', env);
  const { haproxy } = config;
  return { config: { ...config, haproxy: { ...haproxy, bin: await programOf(haproxy.bin) } }, warnings };
}
