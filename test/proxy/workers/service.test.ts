import { expect, it } from 'vitest';
import { AppError } from '../../../src/core/errors.ts';
import { readProxyConfig } from '../../../src/proxy/config.ts';
import type { ServedConfig, Serving } from '../../../src/proxy/serving.ts';
import type { FromWorker } from '../../../src/proxy/workers/messages.ts';
import { Service } from '../../../src/proxy/workers/service.ts';

function configOf(port: number): ServedConfig {
  return readProxyConfig(`port: ${port}`, 'lrp.yaml', {}).config;
}

/** A service whose start ends when the test says so. */
function given() {
  const [starts, changes, sent, ends] = [
    [] as number[],
    [] as number[],
    [] as FromWorker[],
    [] as true[],
  ] as const;
  let [resolve, reject] = [(_serving: Serving): void => undefined, (_error: Error): void => undefined];
  const promise = new Promise<Serving>((...settle) => ([resolve, reject] = settle));
  const serving: Serving = {
    port: 1,
    change: ({ listen }) => changes.push(listen.port),
    report: async () => ({ ready: true, routes: [], metrics: [] }),
    stop: async () => void changes.push(0),
  };
  const service = new Service({
    start: ({ listen }) => {
      starts.push(listen.port);
      return promise;
    },
    send: (message, done) => {
      sent.push(message);
      done?.();
    },
    end: () => ends.push(true),
  });
  return { service, starts, changes, sent, ends, started: () => resolve(serving), failed: reject };
}

it('starts once, and goes over to the last that it was told meanwhile', async () => {
  const { service, starts, changes, sent, started } = given();
  for (const port of [1, 2, 3]) service.change(configOf(port));
  started();
  await service.report(0);
  service.change(configOf(4));
  await service.stop();
  expect([starts, changes]).toEqual([[1], [3, 4, 0]]);
  expect(sent).toEqual([{ kind: 'listening', port: 1 }]);
});

it('is stopped once it has started', async () => {
  const { service, changes, started } = given();
  service.change(configOf(1));
  const stopped = service.stop();
  started();
  await stopped;
  expect(changes).toEqual([0]);
});

it('ends when it cannot start, and says why', async () => {
  const { service, sent, ends, failed } = given();
  service.change(configOf(1));
  service.change(configOf(2));
  failed(new AppError('CONFIG_INVALID', 'no certificate'));
  await service.stop();
  expect(sent).toEqual([{ kind: 'failed', code: 'CONFIG_INVALID', message: 'no certificate' }]);
  expect(ends).toEqual([true]);
});
