import { describe, expect, it } from 'vitest';
import {
  type FunctionStub,
  holds,
  routeTo,
  saysHello,
  useFunction,
} from '../../support/proxy/function-stub.ts';
import { request } from '../../support/http/connection.ts';
import { type TestProxy, useProxy } from '../../support/proxy/served-proxy.ts';
import { waitUntil } from '../../support/wait-until.ts';

async function given(keys = '', handler = holds): Promise<{ stub: FunctionStub; proxy: TestProxy }> {
  const stub = await useFunction(handler);
  return { stub, proxy: await useProxy(routeTo(stub.url, keys)) };
}

async function asking(proxy: TestProxy, path = '/') {
  const connection = await proxy.connect();
  connection.send(request(path));
  return connection;
}

function queued(proxy: TestProxy, count: number): Promise<true> {
  return waitUntil(`${count} queued`, async () => (await proxy.route()).queued === count);
}

describe('another file', () => {
  it('counts for what comes next, while what runs and waits keeps its route', async () => {
    const { stub, proxy } = await given();
    const [running, waiting] = [await asking(proxy, '/running'), await asking(proxy, '/waiting')];
    await queued(proxy, 1);
    const other = await useFunction((call) => call.answer('other'));
    proxy.change(routeTo(other.url));
    expect((await proxy.ask(request('/next'))).text).toBe('other');
    proxy.change('local: []');
    expect((await proxy.ask(request('/next'))).status).toBe(404);
    for (const [at, connection] of [running, waiting].entries()) {
      (await stub.call(at + 1)).answer(`old ${at}`);
      expect((await connection.answer()).text).toBe(`old ${at}`);
    }
    expect((await proxy.app.report()).routes).toEqual([]);
  });

  it('never adds places at an emulator', async () => {
    const { stub, proxy } = await given();
    const connections = [await asking(proxy)];
    await stub.call();
    for (let turn = 1; turn <= 10; turn += 1) {
      proxy.change(routeTo(stub.url, `timeout: ${turn}m, queue: { size: ${turn + 5} }`));
      connections.push(await asking(proxy));
      await queued(proxy, 1);
    }
    for (const [at, connection] of connections.entries()) {
      (await stub.call(at + 1)).answer(at);
      await connection.answer();
    }
    expect(stub.mostRunning).toBe(1);
  });

  it('raises concurrency for those who wait, and lowers it for those who come', async () => {
    const { stub, proxy } = await given();
    const first = [await asking(proxy), await asking(proxy), await asking(proxy)];
    await queued(proxy, 2);
    proxy.change(routeTo(stub.url, 'concurrency: 3'));
    await stub.call(3);
    expect(stub.running).toBe(3);
    proxy.change(routeTo(stub.url, 'concurrency: 2'));
    const next = await asking(proxy);
    await queued(proxy, 1);
    (await stub.call(1)).answer('a');
    await first[0]?.answer();
    expect((await proxy.route()).queued).toBe(1);
    (await stub.call(2)).answer('b');
    (await stub.call(4)).answer('c');
    expect((await next.answer()).text).toBe('c');
  });

  it('keeps what is queued where the route has not changed', async () => {
    const { stub, proxy } = await given();
    const [running, waiting] = [await asking(proxy), await asking(proxy)];
    await queued(proxy, 1);
    const route = routeTo(stub.url);
    proxy.change(`access_log: false\n${route}  - { hostname: bar.test, endpoint: "${stub.url}" }\n`);
    expect(await proxy.route('foo.test')).toMatchObject({ in_use: 1, queued: 1 });
    for (const [at, connection] of [running, waiting].entries()) {
      (await stub.call(at + 1)).answer('x');
      expect((await connection.answer()).status).toBe(200);
    }
    expect(proxy.lines).toEqual([]);
  });

  it('changes limits, trust and own answers too', async () => {
    const { stub, proxy } = await given('', saysHello);
    const kept = await proxy.connect();
    kept.send(request());
    expect((await kept.answer()).text).toBe('hello');
    proxy.change(
      `limits: { body_bytes: 5 }\ninternal_routes: false\ntrusted_proxies: [127.0.0.1]\n${routeTo(stub.url)}`,
    );
    kept.send(request('/ping', 'foo.test', ['X-Forwarded-For: 192.0.2.1']));
    expect((await kept.answer()).text).toBe('hello');
    expect((await stub.call(2)).event.requestContext.http.sourceIp).toBe('192.0.2.1');
    kept.send(`${request('/', 'foo.test', ['Content-Length: 6'], 'POST')}abcdef`);
    expect((await kept.answer()).status).toBe(413);
  });

  it('again and again loses none of many requests', async () => {
    const { stub, proxy } = await given('concurrency: 4', (call) =>
      setImmediate(() => call.answer({ statusCode: 200, body: call.event.rawPath })),
    );
    const [clients, each] = [20, 100];
    let answered = 0;
    const client = async (number: number): Promise<void> => {
      const connection = await proxy.connect();
      for (let at = 0; at < each; at += 1) {
        connection.send(request(`/${number}/${at}`));
        expect(await connection.answer()).toMatchObject({ status: 200, text: `/${number}/${at}` });
        answered += 1;
      }
    };
    const traffic = Promise.all(Array.from({ length: clients }, (_, number) => client(number)));
    for (let reload = 1; reload <= 20; reload += 1) {
      await waitUntil('traffic', () => answered >= (reload * clients * each) / 22);
      proxy.change(routeTo(stub.url, `concurrency: ${(reload % 4) + 1}, timeout: ${reload}m`));
    }
    await traffic;
    expect(answered).toBe(clients * each);
    expect(stub.mostRunning).toBeLessThanOrEqual(4);
    expect(proxy.lines.length).toBe(clients * each);
  });
});
