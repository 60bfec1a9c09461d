import { connect } from 'node:net';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { holds, routeTo, useFunction } from '../../support/proxy/function-stub.ts';
import { request } from '../../support/http/connection.ts';
import { type TestProxy, useProxy } from '../../support/proxy/served-proxy.ts';
import { waitUntil } from '../../support/wait-until.ts';

async function given(file = '') {
  const stub = await useFunction(holds);
  return { stub, proxy: await useProxy(file + routeTo(stub.url)) };
}

/** Stops a proxy; what is returned tells whether it has. */
function stopping(proxy: TestProxy) {
  const state = { ended: false };
  const stop = async (): Promise<void> => {
    await proxy.app.stop();
    state.ended = true;
  };
  return Object.assign(state, { done: stop() });
}

async function isRefused(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return false;
  } catch {
    return true;
  } finally {
    socket.destroy();
  }
}

describe('a stop', () => {
  it('serves what runs and waits, closes what is idle, and refuses what is new', async () => {
    const { stub, proxy } = await given();
    const [unused, idle, running, waiting] = await Promise.all([1, 2, 3, 4].map(() => proxy.connect()));
    if (!unused || !idle || !running || !waiting) throw new Error('four connections');
    idle.send(request('/ping'));
    await idle.answer();
    running.send(request('/running'));
    await stub.call();
    waiting.send(request('/waiting'));
    await waitUntil('the queue', async () => (await proxy.route()).queued === 1);
    const stop = stopping(proxy);
    expect([await idle.ended, await unused.ended]).toEqual(['end', 'end']);
    expect(await isRefused(proxy.port)).toBe(true);
    expect((await proxy.app.report()).ready).toBe(false);
    for (const [at, connection] of [running, waiting].entries()) {
      expect(stop.ended).toBe(false);
      (await stub.call(at + 1)).answer({ statusCode: 200, body: String(at) });
      const answer = await connection.answer();
      expect(answer).toMatchObject({ status: 200, text: String(at) });
      expect(answer.header('connection')).toBe('close');
      expect(await connection.ended).toBe('end');
    }
    await stop.done;
    expect(proxy.lines.map((line) => line['status'])).toEqual([200, 200, 200]);
  });

  it('serves every request that waits on one connection', async () => {
    const { stub, proxy } = await given();
    const connection = await proxy.connect();
    connection.send(request('/1') + request('/2') + request('/3'));
    await waitUntil('the queue', async () => (await proxy.route()).queued === 2);
    const stop = stopping(proxy);
    for (const number of [1, 2, 3]) (await stub.call(number)).answer(number);
    const answers = [await connection.answer(), await connection.answer(), await connection.answer()];
    expect(answers.map(({ text }) => text)).toEqual(['1', '2', '3']);
    expect(answers.map((answer) => answer.header('connection'))).toEqual([
      'keep-alive',
      'keep-alive',
      'close',
    ]);
    await stop.done;
  });

  it('lets a request come to its end', async () => {
    const { stub, proxy } = await given();
    const [inHead, inBody] = [await proxy.connect(), await proxy.connect()];
    inHead.send('GET /head HTTP/1.1\r\nHost: foo');
    inBody.send(`${request('/body', 'foo.test', ['Content-Length: 4'], 'POST')}ab`);
    await waitUntil('both', async () => (await proxy.metric('lambda_proxy_connections')) === 2);
    const stop = stopping(proxy);
    inBody.send('cd');
    (await stub.call(1)).answer('body');
    inHead.send('.test\r\n\r\n');
    (await stub.call(2)).answer('head');
    expect((await inBody.answer()).text).toBe('body');
    expect((await inHead.answer()).text).toBe('head');
    await stop.done;
  });

  it('waits no longer than for headers where none come to their end', async () => {
    const { proxy } = await given('limits: { header_timeout: 300ms }\n');
    const [inHead, kept] = [await proxy.connect(), await proxy.connect()];
    inHead.send('GET /head HTTP/1.1\r\n');
    kept.send(`${request('/ping')}GET / HTTP/1.1\r\n`);
    await kept.answer();
    await stopping(proxy).done;
    expect(await Promise.all([inHead.ended, kept.ended])).toHaveLength(2);
  });

  it('ends all when the grace has passed', async () => {
    const { stub, proxy } = await given('limits: { grace: 100ms }\n');
    const connection = await proxy.connect();
    connection.send(request());
    await stub.call();
    await stopping(proxy).done;
    await connection.ended;
    expect(connection.received.length).toBe(0);
    await waitUntil('its end', () => stub.running === 0);
    expect(proxy.lines).toMatchObject([{ status: 499 }]);
  });

  it('waits for nothing where nothing is', async () => {
    const { proxy } = await given();
    await proxy.app.stop();
    expect(await isRefused(proxy.port)).toBe(true);
  });
});

describe('a listener', () => {
  it('that cannot listen fails with where and why', async () => {
    const { proxy } = await given();
    await expect(useProxy(`port: ${proxy.port}`)).rejects.toMatchObject({ code: 'LISTEN_FAILED' });
  });
});
