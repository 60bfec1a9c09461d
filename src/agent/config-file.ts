import type { Environment } from '../config/options.ts';
import { readTextFile } from '../daemon/text-file.ts';
import { type AgentConfig, readAgentConfig } from './config.ts';

/**
 * Reads what an agent is told.
 * @param file undefined where the environment says everything
 * @throws AppError FILE_UNREADABLE, CONFIG_INVALID
 */
export async function readConfigFile(
  file: string | undefined,
  env: Environment,
): Promise<{ config: AgentConfig; warnings: readonly string[] }> {
  const text = file === undefined ? undefined : await readTextFile(file);
  return readAgentConfig(text, file ?? 'environment', env);
}
