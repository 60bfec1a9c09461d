import { once } from 'node:events';
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
export async function runAgent(toldBy: ToldBy, { log, print }: RunOptions): Promise<void> {
  const { config, warnings } = await readConfigFile(toldBy);
  const logger = createLogger(config.logLevel, { program: 'agent' }, log);
  for (const warning of warnings) logger.warn({}, warning);
  let reload = (): void => {};
  const { signal } = catchInterruption(() => reload());
  const started = startAgent(config, { logger, print });
  let last: Promise<unknown> = started;
  /** One after the other, so that the file counts as it is at last; and none before there is an agent. */
  reload = () => {
    last = last.then(async () => reread(await started, toldBy, logger)).catch(() => {});
  };
  const agent = await started;
  try {
    if (!signal.aborted) await once(signal, 'abort');
    logger.info({}, 'stopping');
  } finally {
    await agent.stop();
  }
}

async function reread(agent: Agent, toldBy: ToldBy, logger: Logger): Promise<void> {
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
