import { describe, expect, it } from 'vitest';
import {
  deadEndpoint,
  holds,
  routeTo,
  saysHello,
  startFunction,
  useFunction,
} from '../../../support/proxy/function-stub.ts';
import { request } from '../../../support/http/connection.ts';
import { type TestProxy, useProxy } from '../../../support/proxy/served-proxy.ts';
import { waitUntil } from '../../../support/wait-until.ts';

const badGateway = { status: 502, text: '{"message":"Bad Gateway"}' };
const unavailable = { status: 503, text: '{"message":"Service Unavailable"}' };

function pool(endpoints: readonly string[], keys = ''): string {
  const urls = endpoints.map((url) => `"${url}"`).join(', ');
  return `local: [{ hostname: foo.test, endpoints: [${urls}]${keys === '' ? '' : `, ${keys}`} }]`;
}

function statuses(proxy: TestProxy, count: number): Promise<number[]> {
  return Promise.all(Array.from({ length: count }, async () => (await proxy.ask(request())).status));
}

describe('an endpoint that cannot be reached', () => {
  it('is not tried any more after five times, until it is back', async () => {
    const url = await deadEndpoint();
    const proxy = await useProxy(routeTo(url));
    for (let turn = 0; turn < 5; turn += 1) expect(await proxy.ask(request())).toMatchObject(badGateway);
    expect(await proxy.ask(request())).toMatchObject(unavailable);
    expect(proxy.lines.map((line) => line['error'])).toEqual([
      ...Array<string>(5).fill('connect'),
      'circuit_open',
    ]);
    const stub = await startFunction(saysHello, Number(new URL(url).port));
    const answer = await waitUntil('its return', async () => {
      const answer = await proxy.ask(request());
      return answer.status === 200 && answer;
    });
    expect(answer.text).toBe('hello');
    expect(await statuses(proxy, 10)).toEqual(Array(10).fill(200));
    await stub.close();
  });

  it('is told by name in the log alone', async () => {
    const proxy = await useProxy(routeTo('http://lambda.invalid:8080'));
    const answer = await proxy.ask(request());
    expect(answer).toMatchObject(badGateway);
    expect(JSON.stringify(answer.headers)).not.toContain('lambda.invalid');
    expect(proxy.lines).toMatchObject([{ error: 'connect', target: 'http://lambda.invalid:8080' }]);
    expect(String(proxy.lines[0]?.['detail'])).toContain('lambda.invalid');
  });

  it('is one that speaks no TLS where it should', async () => {
    const stub = await useFunction();
    const proxy = await useProxy(routeTo(stub.url.replace('http:', 'https:')));
    for (let turn = 0; turn < 5; turn += 1) expect(await proxy.ask(request())).toMatchObject(badGateway);
    expect(await proxy.ask(request())).toMatchObject(unavailable);
    expect(proxy.lines.map((line) => line['error'])).toEqual([
      ...Array<string>(5).fill('connect'),
      'circuit_open',
    ]);
  });

  it('that ends its connections is reached, and is called on', async () => {
    const stub = await useFunction((call) => call.breakOff());
    const proxy = await useProxy(routeTo(stub.url));
    for (let turn = 0; turn < 7; turn += 1) expect(await proxy.ask(request())).toMatchObject(badGateway);
    expect(new Set(proxy.lines.map((line) => line['error']))).toEqual(new Set(['function_exit']));
    expect(stub.calls.length).toBe(7);
  });
});

describe('a pool', () => {
  it('gives each call to the least busy endpoint', async () => {
    const [one, two] = [await useFunction(holds), await useFunction(holds)];
    const proxy = await useProxy(pool([one.url, two.url], 'concurrency: 2'));
    expect(await proxy.route()).toMatchObject({ slots: 4, target: `${one.url},${two.url}` });
    const connections = await Promise.all([1, 2, 3, 4, 5].map(() => proxy.connect()));
    for (const [at, connection] of connections.entries()) {
      connection.send(request());
      await waitUntil('it', async () => {
        const { in_use: inUse, queued } = await proxy.route();
        return inUse + queued === at + 1;
      });
    }
    expect(await proxy.route()).toMatchObject({ in_use: 4, queued: 1 });
    expect([one.running, two.running]).toEqual([2, 2]);
    (await two.call(1)).answer('two');
    await two.call(3);
    expect(await proxy.route()).toMatchObject({ in_use: 4, queued: 0 });
  });

  it.each(['concurrency: 1', 'concurrency: 3', 'queue: { size: 40 }'])(
    'with a dead endpoint loses no request (%s)',
    async (keys) => {
      const [one, two] = [await useFunction(), await useFunction()];
      const proxy = await useProxy(pool([await deadEndpoint(), one.url, two.url], keys));
      for (let turn = 0; turn < 4; turn += 1) expect(await statuses(proxy, 40)).toEqual(Array(40).fill(200));
    },
  );

  it('whose only living endpoint is busy waits for it', async () => {
    const alive = await useFunction(holds);
    const proxy = await useProxy(pool([alive.url, await deadEndpoint()], 'queue: { size: 2 }'));
    const connections = await Promise.all([1, 2, 3].map(() => proxy.connect()));
    for (const connection of connections) connection.send(request());
    await waitUntil('the queue', async () => (await proxy.route()).queued === 2);
    for (const number of [1, 2, 3]) (await alive.call(number)).answer('alive');
    for (const connection of connections) expect((await connection.answer()).text).toBe('alive');
  });

  it('passes over an endpoint that cannot be reached', async () => {
    const [dead, alive] = [await deadEndpoint(), await useFunction()];
    const proxy = await useProxy(pool([dead, alive.url]));
    for (let turn = 0; turn < 20; turn += 1) expect((await proxy.ask(request())).status).toBe(200);
    expect(proxy.lines.filter((line) => line['error'] !== undefined)).toEqual([]);
  });

  it('fails once none of its endpoints can be reached', async () => {
    const proxy = await useProxy(pool([await deadEndpoint(), await deadEndpoint()]));
    for (let turn = 0; turn < 5; turn += 1) expect(await proxy.ask(request())).toMatchObject(badGateway);
    expect(await proxy.ask(request())).toMatchObject(unavailable);
    expect(proxy.lines.at(-1)).toMatchObject({ error: 'circuit_open' });
  });

  it('serves who waits as soon as an endpoint is back', async () => {
    const url = await deadEndpoint();
    const busy = await useFunction(holds);
    const proxy = await useProxy(pool([url, busy.url]));
    const first = await proxy.connect();
    first.send(request());
    await busy.call();
    const waiting = await proxy.connect();
    for (let turn = 0; turn < 5; turn += 1) {
      const impatient = await proxy.connect();
      impatient.send(request());
      await waitUntil('it', async () => (await proxy.route()).queued === turn + 1);
    }
    // Its breaker is open now, so that who comes waits for it too.
    waiting.send(request());
    await waitUntil('it', async () => (await proxy.route()).queued === 6);
    const back = await startFunction(saysHello, Number(new URL(url).port));
    expect((await waiting.answer()).text).toBe('hello');
    expect(busy.calls.length).toBe(1);
    await back.close();
  });
});
