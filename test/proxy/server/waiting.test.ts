import { describe, expect, it } from 'vitest';
import { holds, routeTo, useFunction } from '../../support/proxy/function-stub.ts';
import { request } from '../../support/http/connection.ts';
import { type TestProxy, useProxy } from '../../support/proxy/served-proxy.ts';
import { waitUntil } from '../../support/wait-until.ts';

/** A proxy with one place at a function that holds what it is called with. */
async function given(keys = '') {
  const stub = await useFunction(holds);
  const proxy = await useProxy(routeTo(stub.url, keys));
  const send = async (path: string) => {
    const connection = await proxy.connect();
    connection.send(request(path));
    return connection;
  };
  return { stub, proxy, send };
}

function usage(proxy: TestProxy, inUse: number, queued: number): Promise<true> {
  return waitUntil(`${inUse} in use and ${queued} queued`, async () => {
    const route = await proxy.route();
    return route.in_use === inUse && route.queued === queued;
  });
}

const unavailable = { status: 503, text: '{"message":"Service Unavailable"}' };
const ok = { statusCode: 200, body: 'ok' };

describe('calls of one emulator', () => {
  it('run one at a time, in the order of their arrival', async () => {
    const { stub, proxy, send } = await given();
    const waiting = [];
    for (const path of ['/1', '/2', '/3', '/4']) {
      waiting.push(await send(path));
      await usage(proxy, 1, waiting.length - 1);
    }
    expect(await proxy.route()).toMatchObject({ slots: 1, in_use: 1, queued: 3 });
    expect(await proxy.metric('lambda_proxy_queue_length', { route: 'foo.test' })).toBe(3);
    expect(await proxy.metric('lambda_proxy_slots_in_use', { route: 'foo.test' })).toBe(1);
    expect(await proxy.metric('lambda_proxy_slots', { route: 'foo.test' })).toBe(1);
    for (const [at, connection] of waiting.entries()) {
      (await stub.call(at + 1)).answer(ok);
      expect((await connection.answer()).text).toBe('ok');
    }
    expect(stub.calls.map(({ event }) => event.rawPath)).toEqual(['/1', '/2', '/3', '/4']);
    expect(stub.mostRunning).toBe(1);
    expect(await proxy.route()).toMatchObject({ in_use: 0, queued: 0 });
    expect(proxy.lines.at(-1)?.['queue_ms']).toBeGreaterThan(0);
  });

  it('run as many at once as the route says', async () => {
    const { stub, proxy, send } = await given('concurrency: 3');
    const all = await Promise.all(['/1', '/2', '/3', '/4', '/5'].map(send));
    await usage(proxy, 3, 2);
    for (let number = 1; number <= 5; number += 1) (await stub.call(number)).answer(ok);
    for (const connection of all) expect((await connection.answer()).status).toBe(200);
    expect(stub.mostRunning).toBe(3);
  });

  it('share the places of an endpoint, whichever route they come by', async () => {
    const stub = await useFunction(holds);
    const proxy = await useProxy(
      `${routeTo(stub.url)}${routeTo(stub.url, '', 'bar.test').slice('local:\n'.length)}`,
    );
    const [foo, bar] = [await proxy.connect(), await proxy.connect()];
    foo.send(request('/', 'foo.test'));
    await stub.call(1);
    bar.send(request('/', 'bar.test'));
    await waitUntil('the queue', async () => (await proxy.route('bar.test')).queued === 1);
    (await stub.call(1)).answer(ok);
    (await stub.call(2)).answer(ok);
    expect((await bar.answer()).status).toBe(200);
    expect(stub.mostRunning).toBe(1);
  });
});

describe('a queue', () => {
  it('that is full refuses at once, and takes others when it has room', async () => {
    const { stub, proxy, send } = await given('queue: { size: 1 }');
    const running = await send('/running');
    await stub.call();
    const waiting = await send('/waiting');
    await usage(proxy, 1, 1);
    const answer = await proxy.ask(request('/more'));
    expect(answer).toMatchObject(unavailable);
    expect(answer.header('retry-after')).toBe('1');
    expect(proxy.lines).toMatchObject([{ path: '/more', status: 503, error: 'queue_full' }]);
    expect(
      await proxy.metric('lambda_proxy_invoke_errors_total', { route: 'foo.test', kind: 'queue_full' }),
    ).toBe(1);
    (await stub.call(1)).answer(ok);
    (await stub.call(2)).answer(ok);
    expect([(await running.answer()).status, (await waiting.answer()).status]).toEqual([200, 200]);
    expect(stub.calls.length).toBe(2);
  });

  it('of no size lets nobody wait', async () => {
    const { stub, proxy, send } = await given('queue: { size: 0 }');
    await send('/running');
    await stub.call();
    expect(await proxy.ask(request())).toMatchObject(unavailable);
  });

  it('lets nobody wait for longer than its time', async () => {
    const { stub, proxy, send } = await given('queue: { timeout: 100ms }');
    await send('/running');
    await stub.call();
    const answer = await proxy.ask(request('/late'));
    expect(answer).toMatchObject(unavailable);
    expect(answer.header('retry-after')).toBe('1');
    expect(proxy.lines).toMatchObject([{ status: 503, error: 'queue_timeout' }]);
    await usage(proxy, 1, 0);
    expect(stub.calls.length).toBe(1);
  });
});

describe('the time of a route', () => {
  it('ends a request, but not the call, whose place stays taken', async () => {
    const { stub, proxy, send } = await given('timeout: 1s, queue: { timeout: 20s }');
    const answer = await proxy.ask(request('/slow'));
    expect(answer).toMatchObject({ status: 504, text: '{"message":"Gateway Timeout"}' });
    expect(proxy.lines).toMatchObject([{ status: 504, error: 'timeout' }]);
    await usage(proxy, 1, 0);
    const next = await send('/next');
    await usage(proxy, 1, 1);
    expect((await next.answer()).status).toBe(504);
    await usage(proxy, 1, 0);
    (await stub.call()).answer(ok);
    await usage(proxy, 0, 0);
    expect(stub.calls.map(({ event }) => event.rawPath)).toEqual(['/slow']);
    const last = await send('/last');
    (await stub.call(2)).answer(ok);
    expect((await last.answer()).text).toBe('ok');
  });

  it('counts while the body comes', async () => {
    const { proxy } = await given('timeout: 150ms');
    const connection = await proxy.connect();
    connection.send(request('/', 'foo.test', ['Content-Length: 10'], 'POST'));
    expect((await connection.answer()).status).toBe(504);
  });
});

describe('a client that leaves', () => {
  it('while its body comes calls nothing', async () => {
    const { stub, proxy } = await given();
    for (const how of ['destroy', 'resetAndDestroy'] as const) {
      const connection = await proxy.connect();
      connection.send(
        request('/', 'foo.test', ['Content-Length: 10', 'Content-Type: text/plain'], 'POST') + 'abc',
      );
      await waitUntil('it', async () => (await proxy.metric('lambda_proxy_connections')) === 1);
      connection.socket[how]();
      await waitUntil('its end', async () => (await proxy.metric('lambda_proxy_connections')) === 0);
    }
    expect(await proxy.logged(2)).toMatchObject([{ status: 499, error: 'client_closed' }, { status: 499 }]);
    expect(stub.calls).toEqual([]);
  });

  it.each(['end', 'destroy', 'resetAndDestroy'] as const)(
    'while it waits (%s) is never served',
    async (how) => {
      const { stub, proxy, send } = await given();
      const running = await send('/running');
      await stub.call();
      const leaving = await send('/leaving');
      await usage(proxy, 1, 1);
      leaving.socket[how]();
      await usage(proxy, 1, 0);
      expect(await proxy.logged(1)).toMatchObject([
        { path: '/leaving', status: 499, error: 'client_closed' },
      ]);
      const staying = await send('/staying');
      (await stub.call()).answer(ok);
      (await stub.call(2)).answer(ok);
      expect([(await running.answer()).status, (await staying.answer()).status]).toEqual([200, 200]);
      expect(stub.calls.map(({ event }) => event.rawPath)).toEqual(['/running', '/staying']);
    },
  );

  it('while its function runs frees the place when that has ended, and not before', async () => {
    const { stub, proxy, send } = await given();
    const leaving = await send('/leaving');
    const call = await stub.call();
    leaving.destroy();
    expect(await proxy.logged(1)).toMatchObject([
      { path: '/leaving', status: 499, error: 'client_closed', route: 'foo.test' },
    ]);
    const next = await send('/next');
    await usage(proxy, 1, 1);
    expect(stub.calls.length).toBe(1);
    call.answer(ok);
    (await stub.call(2)).answer(ok);
    expect((await next.answer()).status).toBe(200);
    expect(stub.mostRunning).toBe(1);
    expect(await proxy.metric('lambda_proxy_requests_total', { route: 'foo.test', code: '499' })).toBe(1);
  });

  it('with requests that wait behind another one ends all of them', async () => {
    const { stub, proxy } = await given('concurrency: 2');
    const connection = await proxy.connect();
    connection.send(request('/1') + request('/2') + request('/3') + request('/4'));
    await usage(proxy, 2, 2);
    connection.destroy();
    await usage(proxy, 2, 0);
    expect((await proxy.logged(4)).map((line) => line['status'])).toEqual([499, 499, 499, 499]);
    for (const number of [1, 2]) (await stub.call(number)).answer(ok);
    await usage(proxy, 0, 0);
    expect(stub.calls.length).toBe(2);
  });

  it('while it reads a large answer is told from one that has read it', async () => {
    const stub = await useFunction((call) => call.answer({ statusCode: 200, body: 'x'.repeat(6_000_000) }));
    const proxy = await useProxy(routeTo(stub.url));
    const connection = await proxy.connect();
    connection.send(request());
    await waitUntil('a part', () => connection.received.length > 0);
    connection.socket.resetAndDestroy();
    expect(await proxy.logged(1)).toMatchObject([{ status: 499, error: 'client_closed' }]);
    expect((await proxy.ask(request())).body.length).toBe(6_000_000);
  });
});
