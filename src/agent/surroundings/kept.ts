import type { Logger } from '../../core/logger.ts';
import type { AgentConfig } from '../config.ts';
import type { Surroundings } from '../configuration.ts';
import { readSurroundings } from './read.ts';

/**
 * What is read beside the model. Certificates that cannot be read are told, and count as what they were before, so that
 * HAProxy goes on with those that it has.
 * @throws AppError as readSurroundings does
 */
export async function surroundings(
  config: AgentConfig,
  logger: Logger,
  before?: Surroundings,
): Promise<Surroundings> {
  const { around, certificateProblem } = await readSurroundings(config, config.apply.mode === 'on');
  if (certificateProblem === undefined) return around;
  logger.warn({ error: certificateProblem }, 'certificates unreadable');
  return { ...around, fingerprint: before?.fingerprint };
}
