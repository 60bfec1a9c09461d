import cluster from 'node:cluster';
import type { Environment } from '../../config/options.ts';
import { systemClock } from '../../core/clock.ts';
import { messageOf } from '../../core/errors.ts';
import type { Logger } from '../../core/logger.ts';
import type { LineWriter } from '../access-log.ts';
import { type App, startApp } from '../app.ts';
import type { ProxyConfig } from '../config.ts';
import { configIn, type ProxyFileText } from '../file-text.ts';
import { createSlotKeeper } from '../targets/slots.ts';
import type { FromWorker, ToWorker } from './messages.ts';
import { createSharedKeeper } from './shared-slots.ts';

/** What a worker works with. */
interface WorkerWorld {
  readonly env: Environment;
  readonly logger: Logger;
  readonly accessLog: LineWriter;
}

/** Serves as one of several processes, as the first one says, until that stops it or has gone. */
export async function runWorker({ env, logger, accessLog }: WorkerWorld): Promise<void> {
  const send = (message: FromWorker): void => void process.send?.(message);
  const keeper = createSharedKeeper(
    (request) => send({ kind: 'slots', ...request }),
    createSlotKeeper(systemClock),
  );
  // Signals go to all processes of a terminal; the first one says what they mean.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGQUIT', 'SIGHUP'] as const)
    process.on(signal, () => undefined);
  let app: App | undefined;
  const change = async (file: ProxyFileText, workers: number): Promise<void> => {
    const config = shareOf(configIn(file, env).config, workers);
    if (app) app.change(config);
    else {
      app = await startApp(config, { env, logger, accessLog, keeper });
      send({ kind: 'listening', port: app.port });
    }
  };
  const stopped = new Promise<void>((resolve) => {
    const stop = (): void => void (app?.stop() ?? Promise.resolve()).then(resolve);
    process.on('disconnect', stop);
    process.on('message', (message: ToWorker) => {
      switch (message.kind) {
        case 'change':
          change(message.file, message.workers).catch((error: unknown) =>
            send({ kind: 'failed', message: messageOf(error) }),
          );
          break;
        case 'report':
          void app?.report().then((report) => send({ kind: 'report', question: message.question, report }));
          break;
        case 'slots':
          keeper.receive(message);
          break;
        case 'stop':
          stop();
      }
    });
  });
  send({ kind: 'ready' });
  await stopped;
  cluster.worker?.disconnect();
}

/** What of the limits of all workers is one's own. */
function shareOf(config: ProxyConfig, workers: number): ProxyConfig {
  const { limits } = config;
  return { ...config, limits: { ...limits, connections: Math.ceil(limits.connections / workers) } };
}
