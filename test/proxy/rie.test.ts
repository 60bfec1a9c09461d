import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { type AskedProxy, startTestProxy } from '../support/proxy/proxy.ts';
import { told } from '../support/proxy/one-function.ts';
import { type FunctionOfTest, RuntimeExit } from '../support/rie/function-of-test.ts';
import { realRie, type RieOptions, startRie } from '../support/rie/rie.ts';
import { waitUntil } from '../support/wait-until.ts';

const emulators: { name: string; build: NonNullable<RieOptions['build']>; skip: boolean }[] = [
  { name: 'the stand-in for an emulator', build: 'current', skip: false },
  { name: 'the stand-in for an old emulator', build: 'old', skip: false },
  { name: "AWS's own emulator", build: 'real', skip: !realRie },
];

const fine = { statusCode: 200, body: 'fine' };

/** A function that answers the path of its event when the test lets it go. */
function held(): { run: FunctionOfTest; waiting: (() => void)[] } {
  const waiting: (() => void)[] = [];
  const run = (event: Buffer): Promise<unknown> =>
    new Promise((resolve) => {
      const { rawPath } = JSON.parse(event.toString()) as { rawPath: string };
      waiting.push(() => resolve({ statusCode: 200, body: rawPath }));
    });
  return { run, waiting };
}

function proxyBefore(endpoint: string, keys: object = {}): Promise<AskedProxy> {
  return startTestProxy({ local: [{ hostname: '*', endpoint, ...keys }] });
}

describe.each(emulators)('before $name', ({ build, skip }) => {
  describe.skipIf(skip)('the proxy', () => {
    it('never lets two calls overlap, which would end it', async () => {
      let running = 0;
      let most = 0;
      const run = async (): Promise<unknown> => {
        most = Math.max(most, ++running);
        await new Promise(setImmediate);
        running -= 1;
        return fine;
      };
      await using rie = await startRie(run, { build });
      await using proxy = await proxyBefore(rie.url);
      const answers = await Promise.all(Array.from({ length: 20 }, () => proxy.send()));
      expect(new Set(answers.map(told))).toEqual(new Set(['200 fine']));
      expect(most).toBe(1);
      expect(await rie.isUp()).toBe(true);
    });

    it('waits for what it still does for a client that has left', async () => {
      const { run, waiting } = held();
      await using rie = await startRie(run, { build });
      await using proxy = await proxyBefore(rie.url);
      const leaving = connect(proxy.port, '127.0.0.1');
      leaving.write('GET /first HTTP/1.1\r\nhost: a\r\n\r\n');
      await waitUntil('the first call', () => waiting.length === 1);
      leaving.destroy();
      await waitUntil('its line', () => proxy.lines.length === 1);
      const second = proxy.send({ target: '/second' });
      await waitUntil('the second to wait', async () => (await proxy.app.report()).routes[0]?.queued === 1);
      waiting[0]?.();
      await waitUntil('the second call', () => waiting.length === 2);
      waiting[1]?.();
      expect(told(await second)).toBe('200 /second');
      expect(proxy.lines[0]).toMatchObject({ path: '/first', status: 499, error: 'client_closed' });
    });

    it('runs events in turn, and answers their clients before', async () => {
      const { run, waiting } = held();
      await using rie = await startRie(run, { build });
      await using proxy = await startTestProxy({
        local: [
          { hostname: 'sync.example', endpoint: rie.url },
          { hostname: 'async.example', endpoint: rie.url, invocation: 'async' },
        ],
      });
      expect(told(await proxy.send({ host: 'async.example', target: '/event' }))).toBe('202 ');
      await waitUntil('the event', () => waiting.length === 1);
      const answer = proxy.send({ host: 'sync.example', target: '/request' });
      waiting[0]?.();
      await waitUntil('the request', () => waiting.length === 2);
      waiting[1]?.();
      expect(told(await answer)).toBe('200 /request');
    });

    it('tells its failures by their statuses', async () => {
      const outcomes: (() => unknown)[] = [
        () => {
          throw new TypeError('secret');
        },
        () => 'x'.repeat(7_000_000),
        () => Buffer.from(`{"statusCode":201}${'\0'.repeat(8)}streamed`),
      ];
      await using rie = await startRie(() => outcomes.shift()?.(), { build });
      await using proxy = await proxyBefore(rie.url);
      expect(told(await proxy.send())).toBe('500 {"message":"Internal Server Error"}');
      expect(told(await proxy.send())).toBe('500 {"message":"Internal Server Error"}');
      expect(told(await proxy.send())).toBe('201 streamed');
      const errors = proxy.lines.map(({ error }) => error);
      expect(errors).toEqual(['function_error', 'function_error', undefined]);
    });

    it('tells that the time of the function is over', async () => {
      await using rie = await startRie(() => new Promise(() => {}), { build, timeoutSeconds: 1 });
      await using proxy = await proxyBefore(rie.url);
      expect(told(await proxy.send())).toBe('504 {"message":"Gateway Timeout"}');
      expect(proxy.lines[0]).toMatchObject({ error: 'function_timeout' });
    });

    it('tells the end of a runtime from an answer', async () => {
      const run = (): never => {
        throw new RuntimeExit();
      };
      await using rie = await startRie(run, { build });
      await using proxy = await proxyBefore(rie.url);
      expect(told(await proxy.send())).toBe('502 {"message":"Bad Gateway"}');
      expect(proxy.lines[0]).toMatchObject({ error: 'function_exit' });
    });

    it('comes back to it after a crash', async () => {
      await using rie = await startRie(() => fine, { build });
      await using proxy = await proxyBefore(rie.url);
      expect(told(await proxy.send())).toBe('200 fine');
      await rie.kill();
      expect(told(await proxy.send())).toBe('502 {"message":"Bad Gateway"}');
      await rie.restart();
      await waitUntil('an answer', async () => (await proxy.send()).status === 200);
    });
  });
});
