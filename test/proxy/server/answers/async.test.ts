import { describe, expect, it } from 'vitest';
import {
  deadEndpoint,
  type Handler,
  holds,
  routeTo,
  useFunction,
} from '../../../support/proxy/function-stub.ts';
import { post, request } from '../../../support/http/connection.ts';
import { type TestProxy, useProxy } from '../../../support/proxy/served-proxy.ts';
import { waitUntil } from '../../../support/wait-until.ts';

async function given(handler: Handler = holds, keys = '') {
  const stub = await useFunction(handler);
  const proxy = await useProxy(routeTo(stub.url, `invocation: async${keys}`));
  return { stub, proxy };
}

function usage(proxy: TestProxy, inUse: number, queued: number): Promise<true> {
  return waitUntil(`${inUse} in use and ${queued} queued`, async () => {
    const route = await proxy.route();
    return route.in_use === inUse && route.queued === queued;
  });
}

describe('an asynchronous call of an emulator', () => {
  it('is accepted before it ends, and holds its place until then', async () => {
    const { stub, proxy } = await given();
    for (const path of ['/1', '/2', '/3']) {
      const answer = await proxy.ask(request(path));
      expect(answer).toMatchObject({ status: 202, text: '' });
      expect(answer.header('content-length')).toBe('0');
      expect(answer.header('x-amzn-trace-id')).toMatch(/^Root=/);
    }
    await usage(proxy, 1, 2);
    for (const number of [1, 2, 3]) {
      const call = await stub.call(number);
      expect(call.headers['x-amz-invocation-type']).toBe('Event');
      call.answer({ statusCode: 500, body: 'nobody reads this' });
    }
    await usage(proxy, 0, 0);
    expect(stub.calls.map(({ event }) => event.rawPath)).toEqual(['/1', '/2', '/3']);
    expect(stub.mostRunning).toBe(1);
    expect(proxy.lines.map((line) => line['status'])).toEqual([202, 202, 202]);
    expect(proxy.said.filter((line) => line['error'] !== undefined)).toEqual([]);
  });

  it('is refused when the queue is full, and counted once', async () => {
    const { proxy } = await given(holds, ', queue: { size: 1 }');
    for (const status of [202, 202, 503]) expect((await proxy.ask(request())).status).toBe(status);
    expect(await proxy.metric('lambda_proxy_invoke_errors_total', { kind: 'queue_full' })).toBe(1);
    expect(proxy.said.filter((line) => line['error'] !== undefined)).toEqual([]);
  });

  it('goes on when its client leaves', async () => {
    const { stub, proxy } = await given();
    const connection = await proxy.connect();
    connection.send(request('/1') + request('/2'));
    expect((await connection.answer()).status).toBe(202);
    connection.socket.resetAndDestroy();
    for (const number of [1, 2]) (await stub.call(number)).answer('done');
    await usage(proxy, 0, 0);
  });

  it.each<[string, Handler]>([
    ['function_error', (call) => call.answer({ errorType: 'Error', errorMessage: 'x' })],
    ['function_timeout', (call) => call.answer(Buffer.from('Task timed out after 3.00 seconds'))],
    ['function_exit', (call) => call.breakOff()],
    ['function_exit', (call) => call.answer(Buffer.alloc(0))],
    ['invoke_rejected', (call) => call.answer({ Message: 'no such function' }, 404)],
  ])('that fails (%s) is logged and counted', async (kind, handler) => {
    const { proxy } = await given(handler);
    expect((await proxy.ask(request('/lost'))).status).toBe(202);
    const said = await waitUntil('the line', () => proxy.said.find((line) => line['error'] === kind));
    expect(said).toMatchObject({
      level: 'warn',
      route: 'foo.test',
      request_id: proxy.lines[0]?.['request_id'],
    });
    expect(await proxy.metric('lambda_proxy_invoke_errors_total', { route: 'foo.test', kind })).toBe(1);
    expect(proxy.lines).toMatchObject([{ status: 202 }]);
    await usage(proxy, 0, 0);
  });

  it('is no failure where the emulator only says that it has it', async () => {
    const { proxy } = await given((call) => call.answer(Buffer.alloc(0), 202));
    expect((await proxy.ask(request())).status).toBe(202);
    await usage(proxy, 0, 0);
    expect(proxy.said.filter((line) => line['error'] !== undefined)).toEqual([]);
  });

  it('that waits for too long is logged', async () => {
    const { proxy } = await given(holds, ', queue: { timeout: 50ms }');
    for (const status of [202, 202]) expect((await proxy.ask(request())).status).toBe(status);
    await waitUntil('the line', () => proxy.said.find((line) => line['error'] === 'queue_timeout'));
  });

  it('goes to another endpoint when one cannot be reached', async () => {
    const stub = await useFunction(holds);
    const dead = await deadEndpoint();
    const proxy = await useProxy(
      `local: [{ hostname: foo.test, invocation: async, endpoints: ["${dead}", "${stub.url}"] }]`,
    );
    expect((await proxy.ask(post('x'))).status).toBe(202);
    (await stub.call()).answer('done');
    await usage(proxy, 0, 0);
  });

  it('is served when the proxy stops, also one whose body still comes', async () => {
    const { stub, proxy } = await given();
    const [first, second] = [await proxy.connect(), await proxy.connect()];
    first.send(request('/1'));
    expect((await first.answer()).status).toBe(202);
    second.send(`${request('/2', 'foo.test', ['Content-Length: 4'], 'POST')}ab`);
    await waitUntil('both', async () => (await proxy.metric('lambda_proxy_connections')) === 2);
    let hasStopped = false;
    const stopped = proxy.app.stop().then(() => (hasStopped = true));
    second.send('cd');
    expect((await second.answer()).status).toBe(202);
    (await stub.call(1)).answer('done');
    const last = await stub.call(2);
    expect(hasStopped).toBe(false);
    last.answer('done');
    await stopped;
  });
});
