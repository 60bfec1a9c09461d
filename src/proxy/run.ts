import cluster from 'node:cluster';
import { availableParallelism } from 'node:os';
import type { Environment } from '../config/options.ts';
import { messageOf } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import { endpointText } from '../core/network/addresses.ts';
import { sameJson } from '../core/objects.ts';
import { type AdminListener, startAdminListener } from '../daemon/admin.ts';
import { catchInterruption } from '../daemon/interruption.ts';
import { watchFiles } from '../daemon/watched-files.ts';
import type { LineWriter } from './access-log.ts';
import { startApp } from './app.ts';
import type { ProxyConfig } from './config.ts';
import { configIn, readProxyFile, type ProxyFileText } from './file-text.ts';
import { createReloadCounter } from './metrics.ts';
import { areReady, unitedMetrics, unitedRoutes } from './report.ts';
import type { Serving } from './serving.ts';
import { startWorkers } from './workers/primary.ts';
import { runWorker } from './workers/worker.ts';

interface RunOptions {
  readonly env: Environment;
  /** Everything but the access log. */
  readonly logger: Logger;
  readonly accessLog: LineWriter;
}

/**
 * Runs a proxy until a signal ends it.
 * @param file undefined for the defaults
 * @throws AppError FILE_UNREADABLE, CONFIG_INVALID or LISTEN_FAILED
 */
export async function runProxy(file: string | undefined, options: RunOptions): Promise<void> {
  if (cluster.isWorker) return runWorker(options);
  const { env, logger } = options;
  const first = await readProxyFile(file);
  const { config, warnings } = configIn(first, env);
  for (const warning of warnings) logger.warn({}, warning);
  const serving = await startServing(first, config, options);
  const reload = createReload(first, config, serving, options);
  const admin = config.admin && (await startAdmin(config, serving, reload));
  announce(config, serving, admin, logger);
  await reload.untilStopped();
  await serving.stop();
  await admin?.close();
}
