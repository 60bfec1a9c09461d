import cluster from 'node:cluster';
import type { Environment } from '../../config/options.ts';
import { systemClock } from '../../core/clock.ts';
import type { Logger } from '../../core/logger.ts';
import type { LineWriter } from '../told/access-log.ts';
import { startApp } from '../app.ts';
import { createSlotKeeper } from '../targets/slots.ts';
import type { FromWorker, ToWorker } from './messages.ts';
import { Service } from './service.ts';
import { createSharedKeeper } from './shared-slots.ts';

/** What a worker works with. */
interface WorkerWorld {
  readonly env: Environment;
  readonly logger: Logger;
  readonly accessLog: LineWriter;
}

/** Serves as one of several processes, as the first one says, until that stops it or has gone, or it cannot start. */
export async function runWorker(world: WorkerWorld): Promise<void> {
  const keeper = createSharedKeeper(
    (request) => send({ kind: 'slots', ...request }),
    createSlotKeeper(systemClock),
  );
  // Signals go to all processes of a terminal; the first one says what they mean.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGQUIT', 'SIGHUP'] as const)
    process.on(signal, () => undefined);
  await new Promise<void>((end) => {
    const service = new Service({ start: (config) => startApp(config, { ...world, keeper }), send, end });
    let stopping: Promise<void> | undefined;
    const stop = (): void => void (stopping ??= service.stop().finally(end));
    process.on('disconnect', stop);
    process.on('message', (message: ToWorker) => {
      if (message.kind === 'change') service.change(message.config);
      if (message.kind === 'report') void service.report(message.question);
      if (message.kind === 'slots') keeper.receive(message);
      if (message.kind === 'stop') stop();
    });
    send({ kind: 'ready' });
  });
  cluster.worker?.disconnect();
}

function send(message: FromWorker, sent: () => void = () => undefined): void {
  if (process.connected) process.send?.(message, undefined, undefined, sent);
  else sent();
}
