import { systemClock } from '../core/clock.ts';
import type { Logger } from '../core/logger.ts';
import { systemRandom } from '../core/random.ts';
import { holdFolder } from './apply/folder.ts';
import type { AgentConfig } from './config.ts';
import { type Agent, type Begun, RunningAgent } from './running-agent.ts';
import { applying, printing } from './serving.ts';
import { surroundings } from './surroundings/kept.ts';
import { ApplyRecords } from './told/apply-records.ts';

export interface AgentOutput {
  readonly logger: Logger;
  /** Takes whole configurations where none is applied. */
  readonly print: (text: string) => void;
}

const parts = { clock: systemClock, random: systemRandom, now: Date.now };

/**
 * Starts an agent: takes over the HAProxy that runs or starts one with what it served last, and goes over to what its
 * sources tell as soon as all of them do, or after `apply.start_wait`.
 * @throws AppError FILE_UNREADABLE, CONFIG_INVALID, LISTEN_FAILED, NOT_FOUND, FOLDER_UNUSABLE
 */
export async function startAgent(config: AgentConfig, output: AgentOutput): Promise<Agent> {
  const folder = config.apply.mode === 'on' ? await holdFolder(config.haproxy.dir) : undefined;
  let agent: RunningAgent | undefined;
  try {
    agent = new RunningAgent({ ...(await beginning(config, output)), folder });
    await agent.start();
    return agent;
  } catch (error) {
    await (agent === undefined ? folder?.[Symbol.asyncDispose]() : agent.giveUp());
    throw error;
  }
}

async function beginning(
  config: AgentConfig,
  { logger, print }: AgentOutput,
): Promise<Omit<Begun, 'folder'>> {
  const around = await surroundings(config, logger);
  const records = new ApplyRecords(logger);
  const serving =
    config.apply.mode === 'on' ? applying(config, around, records, parts) : printing(config, around, print);
  return { config, around, serving, records, logger, parts };
}
