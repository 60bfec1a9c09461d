import type { DestinationStream } from 'pino';
import type { Environment } from '../config/options.ts';
import { messageOf } from '../core/errors.ts';
import { createLogger, type Logger } from '../core/logger.ts';
import { catchInterruption, untilAborted } from '../daemon/interruption.ts';
import { startAgent } from './app.ts';
import type { Agent } from './running-agent.ts';
import { readConfigFile } from './config-file.ts';

/** Where an agent's words go. */
export interface RunOptions {
  readonly env: Environment;
  /** Standard error, a JSON line each. */
  readonly log: DestinationStream;
  /** Standard output. */
  readonly print: (text: string) => void;
}

/**
 * Runs an agent until a signal ends it; SIGHUP makes it read its file and its sources anew.
 * @param file undefined where the environment says everything
 * @throws AppError FILE_UNREADABLE, CONFIG_INVALID, LISTEN_FAILED, NOT_FOUND, FOLDER_UNUSABLE
 */
export async function runAgent(file: string | undefined, { env, log, print }: RunOptions): Promise<void> {
  const { config, warnings } = await readConfigFile(file, env);
  const logger = createLogger(config.logLevel, { program: 'agent' }, log);
  for (const warning of warnings) logger.warn({}, warning);
  let reload = (): void => {};
  const { signal } = catchInterruption(() => reload());
  const started = startAgent(config, { logger, print });
  let last: Promise<unknown> = started;
  /** One after the other, so that the file counts as it is at last; and none before there is an agent. */
  reload = () => {
    last = last.then(async () => reread(await started, { file, env, logger })).catch(() => {});
  };
  const agent = await started;
  try {
    await untilAborted(signal);
    logger.info({}, 'stopping');
  } finally {
    await agent.stop();
  }
}

interface Reread {
  readonly file: string | undefined;
  readonly env: Environment;
  readonly logger: Logger;
}

async function reread(agent: Agent, { file, env, logger }: Reread): Promise<void> {
  try {
    const { config, warnings } = await readConfigFile(file, env);
    for (const warning of warnings) logger.warn({}, warning);
    for (const key of await agent.change(config))
      logger.warn({}, `${key} changed, which counts after a restart`);
    logger.info({ file }, 'reloaded');
  } catch (error) {
    logger.error({ file, error: messageOf(error) }, 'not reloaded, everything stays as it was');
  }
}
