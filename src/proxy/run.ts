import cluster from 'node:cluster';
import { availableParallelism } from 'node:os';
import type { Environment } from '../config/options.ts';
import type { Consul } from '../consul/client.ts';
import type { Logger } from '../core/logger.ts';
import { endpointText } from '../core/network/addresses.ts';
import { systemRandom } from '../core/random.ts';
import { startAdminListener } from '../daemon/admin.ts';
import { connectConsul } from '../daemon/consul.ts';
import type { HttpListener } from '../daemon/http-listener.ts';
import { catchInterruption, untilAborted } from '../daemon/interruption.ts';
import { watchFiles } from '../daemon/watched-files.ts';
import type { LineWriter } from './told/access-log.ts';
import { startApp } from './app.ts';
import type { ConsulSource, ProxyConfig } from './config.ts';
import { consulSettingNames } from './file/consul.ts';
import { configIn, readProxyFile } from './file-text.ts';
import { FollowedRoutes } from './routes/followed-routes.ts';
import { Reloads } from './reloads.ts';
import { metricsText } from './told/report.ts';
import type { ServedConfig, Serving } from './serving.ts';
import { startWorkers } from './workers/primary.ts';
import { runWorker } from './workers/worker.ts';

export interface RunOptions {
  readonly env: Environment;
  /** For everything but the lines about requests. */
  readonly logger: Logger;
  readonly accessLog: LineWriter;
  /** For lines that workers have written to standard error. */
  readonly errors: LineWriter;
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
  const { consul: _ofFirst, ...served } = config;
  const serving = await startServing(served, options);
  const followed = new FollowedRoutes({ logger, connect, onChange: (changed) => serving.change(changed) });
  let admin: HttpListener | undefined;
  try {
    followed.follow(config);
    const change = (changed: ProxyConfig): void => followed.follow(changed);
    const reloads = new Reloads({ text, config, change, env, logger });
    admin = config.admin && (await startAdmin(config.admin, { serving, followed, reloads }));
    announce(config, serving, admin, logger);
    await untilStopped(file, reloads);
    logger.info({}, 'stopping');
  } finally {
    followed.close();
    await serving.stop();
    await admin?.close();
  }
}

function connect({ settings }: ConsulSource): Consul {
  return connectConsul(settings, consulSettingNames, systemRandom);
}

/** Reads the file again whenever it is to be read, until a signal ends the process. */
async function untilStopped(file: string | undefined, reloads: Reloads): Promise<void> {
  const interruption = catchInterruption(() => reloads.request());
  const watched = file === undefined ? undefined : await watchFiles([file], () => reloads.look());
  // It may have changed before it was watched.
  reloads.look();
  await untilAborted(interruption.signal);
  watched?.close();
}

/** This process serves, or others do that it watches over. */
async function startServing(config: ServedConfig, options: RunOptions): Promise<Serving> {
  const count = config.workers === 'auto' ? availableParallelism() : config.workers;
  return count > 1 ? startWorkers(count, config, options) : startApp(config, options);
}

interface Running {
  readonly serving: Serving;
  readonly followed: FollowedRoutes;
  readonly reloads: Reloads;
}

function startAdmin(
  listen: NonNullable<ProxyConfig['admin']>,
  { serving, followed, reloads }: Running,
): Promise<HttpListener> {
  let isReady = false;
  void followed.ready().then(() => (isReady = true));
  return startAdminListener(listen, {
    isReady: async () => isReady && (await serving.report()).ready,
    metrics: async () => {
      const { metrics } = await serving.report();
      return metricsText([metrics, await followed.metrics.json(), await reloads.metrics()]);
    },
    json: { '/routes': async () => ({ routes: (await serving.report()).routes }) },
  });
}

function announce(
  { listen, admin }: ProxyConfig,
  { port }: Serving,
  adminListener: HttpListener | undefined,
  logger: Logger,
): void {
  logger.info({}, `listening on ${endpointText({ ...listen, port })}`);
  if (admin && adminListener) {
    logger.info({}, `admin listening on ${endpointText({ ...admin, port: adminListener.port })}`);
  }
}
