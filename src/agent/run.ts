import type { DestinationStream } from 'pino';
import { messageOf } from '../core/errors.ts';
import { createLogger, type Logger } from '../core/logger.ts';
import { catchInterruption } from '../daemon/interruption.ts';
import { startAgent } from './app.ts';
import { readConfigFile, type ToldBy } from './config-file.ts';
import type { Agent } from './running-agent.ts';

/** Where an agent's words go. */
export interface RunOptions {
  /** Standard error, a JSON line each. */
  readonly log: DestinationStream;
  /** Standard output. */
  readonly print: (text: string) => void;
}

/**
 * Runs an agent until a signal ends it; SIGHUP makes it read its file and its sources anew.
 * @throws AppError FILE_UNREADABLE, CONFIG_INVALID, LISTEN_FAILED, NOT_FOUND, FOLDER_UNUSABLE
 */
export async function runAgent(toldBy: ToldBy, options: RunOptions): Promise<void> {
  const started = start(toldBy, options);
  let last: Promise<unknown> = started;
  // One reload after the other, so that the file counts as it is at last; and none before there is an agent.
  const { arrived } = catchInterruption(() => {
    last = last.then(async () => reread(await started, toldBy)).catch(() => {});
  });
  const { agent, logger } = await started;
  try {
    await arrived;
    logger.info({}, 'stopping');
  } finally {
    await agent.stop();
  }
}

interface Started {
  readonly agent: Agent;
  readonly logger: Logger;
}

async function start(toldBy: ToldBy, { log, print }: RunOptions): Promise<Started> {
  const { config, warnings } = await readConfigFile(toldBy);
  const logger = createLogger(config.logLevel, { program: 'agent' }, log);
  for (const warning of warnings) logger.warn({}, warning);
  return { agent: await startAgent(config, { logger, print }), logger };
}

async function reread({ agent, logger }: Started, toldBy: ToldBy): Promise<void> {
  const { file } = toldBy;
  try {
    const { config, warnings } = await readConfigFile(toldBy);
    for (const warning of warnings) logger.warn({}, warning);
    for (const key of await agent.change(config))
      logger.warn({}, `${key} changed, which counts after a restart`);
    logger.info({ file }, 'reloaded');
  } catch (error) {
    logger.error({ file, error: messageOf(error) }, 'not reloaded, everything stays as it was');
  }
}
