import cluster from 'node:cluster';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import type { Environment } from '../config/options.ts';
import type { Logger } from '../core/logger.ts';
import { endpointText } from '../core/network/addresses.ts';
import { type AdminListener, startAdminListener } from '../daemon/admin.ts';
import { catchInterruption } from '../daemon/interruption.ts';
import { watchFiles } from '../daemon/watched-files.ts';
import type { LineWriter } from './access-log.ts';
import { serveAlone } from './app.ts';
import type { ProxyConfig } from './config.ts';
import { configIn, type ProxyFileText, readProxyFile } from './file-text.ts';
import { Reloads } from './reloads.ts';
import { areReady, unitedMetrics, unitedRoutes } from './report.ts';
import type { Serving } from './serving.ts';
import { startWorkers } from './workers/primary.ts';
import { runWorker } from './workers/worker.ts';

export interface RunOptions {
  readonly env: Environment;
  /** For everything but the lines about requests. */
  readonly logger: Logger;
  readonly accessLog: LineWriter;
}

/**
 * Runs a proxy until a signal ends it; a signal or another content of its file makes it read that again.
 * @param file undefined for the defaults
 * @throws AppError FILE_UNREADABLE, CONFIG_INVALID or LISTEN_FAILED
 */
export async function runProxy(file: string | undefined, options: RunOptions): Promise<void> {
  if (cluster.isWorker) return runWorker(options);
  const { env, logger } = options;
  const text = await readProxyFile(file);
  const { config, warnings } = configIn(text, env);
  for (const warning of warnings) logger.warn({}, warning);
  const serving = await startServing(text, config, options);
  const reloads = new Reloads({ text, config, serving, env, logger });
  const admin = config.admin && (await startAdmin(config.admin, serving, reloads));
  announce(config, serving, admin, logger);
  const interruption = catchInterruption(() => reloads.request());
  const watched = file === undefined ? undefined : await watchFiles([file], () => reloads.look());
  // It may have changed before it was watched.
  reloads.look();
  await once(interruption.signal, 'abort');
  watched?.close();
  logger.info({}, 'stopping');
  await serving.stop();
  await admin?.close();
}

/** This process serves, or others do that it watches over. */
async function startServing(text: ProxyFileText, config: ProxyConfig, options: RunOptions): Promise<Serving> {
  const count = config.workers === 'auto' ? availableParallelism() : config.workers;
  return count > 1 ? startWorkers(count, text, options.logger) : serveAlone(config, options);
}

function startAdmin(
  listen: NonNullable<ProxyConfig['admin']>,
  serving: Serving,
  reloads: Reloads,
): Promise<AdminListener> {
  return startAdminListener(listen, {
    isReady: async () => areReady(await serving.reports()),
    metrics: async () => {
      const reports = await serving.reports();
      return unitedMetrics([...reports.map(({ metrics }) => metrics), await reloads.metrics()]);
    },
    json: { '/routes': async () => ({ routes: unitedRoutes(await serving.reports()) }) },
  });
}

function announce(
  { listen, admin }: ProxyConfig,
  { port }: Serving,
  adminListener: AdminListener | undefined,
  logger: Logger,
): void {
  logger.info({}, `listening on ${endpointText({ ...listen, port })}`);
  if (admin && adminListener) {
    logger.info({}, `admin listening on ${endpointText({ ...admin, port: adminListener.port })}`);
  }
}
