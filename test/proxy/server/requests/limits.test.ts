import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import {
  type Handler,
  holds,
  routeTo,
  saysHello,
  useFunction,
} from '../../../support/proxy/function-stub.ts';
import { type HttpConnection, post, request } from '../../../support/http/connection.ts';
import { useProxy } from '../../../support/proxy/served-proxy.ts';
import { waitUntil } from '../../../support/wait-until.ts';

async function given(limits: string, handler: Handler = saysHello) {
  const stub = await useFunction(handler);
  return { stub, proxy: await useProxy(`limits: { ${limits} }\n${routeTo(stub.url)}`) };
}

const tooLarge = { status: 413, text: '{"message":"Payload Too Large"}' };

describe('headers', () => {
  it('that are too many bytes are answered with 431, which a client that still sends can read', async () => {
    const { proxy, stub } = await given('header_bytes: 1024');
    const connection = await proxy.connect();
    connection.send(request('/', 'foo.test', [`X-A: ${'a'.repeat(3_000_000)}`]));
    const answer = await connection.answer();
    expect(answer).toMatchObject({ status: 431, text: '{"message":"Request Header Fields Too Large"}' });
    expect(answer.header('content-type')).toBe('application/json');
    expect(await connection.ended).toBe('end');
    expect(proxy.lines).toMatchObject([{ status: 431, error: 'headers_too_large' }]);
    expect(await proxy.metric('lambda_proxy_requests_total', { code: '431' })).toBe(1);
    expect(stub.calls).toEqual([]);
  });

  it('count with the first line', async () => {
    const { proxy } = await given('header_bytes: 1024');
    expect((await proxy.ask(request(`/${'a'.repeat(2000)}`))).status).toBe(431);
    expect((await proxy.ask(request(`/${'a'.repeat(900)}`))).status).toBe(200);
  });

  it('may take the time for headers and no longer, however they trickle', async () => {
    const { proxy } = await given('header_timeout: 300ms');
    const connection = await proxy.connect();
    connection.send('GET / HTTP/1.1\r\nHost: foo.test\r\n');
    const trickle = setInterval(() => connection.send('X-A: b\r\n'), 50);
    const answer = await connection.answer();
    clearInterval(trickle);
    expect(answer).toMatchObject({ status: 408, text: '{"message":"Request Timeout"}' });
    expect(answer.header('connection')).toBe('close');
    expect(await connection.ended).toBe('end');
    expect(proxy.lines).toMatchObject([{ status: 408, error: 'request_timeout' }]);
  });

  it('that never begin end the connection without a word', async () => {
    const { proxy } = await given('header_timeout: 200ms');
    const connection = await proxy.connect();
    expect(await connection.ended).toBe('end');
    expect(connection.received.length).toBe(0);
    expect(proxy.lines).toEqual([]);
  });

  it('of a second request have the same time', async () => {
    const { proxy } = await given('header_timeout: 200ms');
    const connection = await proxy.connect();
    connection.send(`${request()}GET`);
    expect((await connection.answer()).status).toBe(200);
    expect((await connection.answer()).status).toBe(408);
  });
});

describe('bodies', () => {
  it('that are declared too large are refused before they are sent', async () => {
    const { proxy, stub } = await given('body_bytes: 100000');
    const connection = await proxy.connect();
    connection.send(request('/', 'foo.test', ['Content-Length: 100001'], 'POST'));
    const answer = await connection.answer();
    expect(answer).toMatchObject(tooLarge);
    expect(answer.header('connection')).toBe('close');
    expect(await proxy.logged(0)).toBeDefined();
    connection.destroy();
    expect(await proxy.logged(1)).toMatchObject([{ error: 'too_large', route: 'foo.test' }]);
    expect(stub.calls).toEqual([]);
  });

  it.each([
    ['larger than allowed', 'foo.test', '100001', 413],
    ['for nobody', 'none.test', '10', 404],
    ['for nobody and large', 'none.test', '100000', 404],
  ])('that wait for leave, %s, get none, and the connection closes', async (_name, host, length, status) => {
    const { proxy } = await given('body_bytes: 100000');
    const connection = await proxy.connect();
    connection.send(request('/', host, [`Content-Length: ${length}`, 'Expect: 100-continue'], 'POST'));
    const answer = await connection.answer();
    expect(answer.status).toBe(status);
    expect(answer.header('connection')).toBe('close');
    expect(connection.received.length).toBe(0);
    connection.destroy();
  });

  it('that wait for leave get it', async () => {
    const { proxy, stub } = await given('body_bytes: 100000');
    const connection = await proxy.connect();
    connection.send(
      request(
        '/',
        'foo.test',
        ['Content-Length: 3', 'Expect: 100-Continue', 'Content-Type: text/plain'],
        'POST',
      ),
    );
    expect((await connection.answer()).status).toBe(100);
    connection.send('abc');
    expect((await connection.answer()).status).toBe(200);
    connection.send(request('/second'));
    expect((await connection.answer()).status).toBe(200);
    expect((await stub.call()).event.body).toBe('abc');
    expect((await stub.call()).event.headers).not.toHaveProperty('expect');
  });

  it('get no leave in HTTP/1.0, and none for what nobody knows', async () => {
    const { proxy, stub } = await given('body_bytes: 100000');
    const old = 'POST / HTTP/1.0\r\nHost: foo.test\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\na';
    expect((await proxy.ask(old)).status).toBe(200);
    expect((await proxy.ask(post('a', ['Expect: miracles']))).status).toBe(200);
    expect(stub.calls.length).toBe(2);
    expect(proxy.lines.length).toBe(2);
  });

  it.each([
    ['with a length', ['Content-Length: 50000000'], Buffer.alloc(1_000_000)],
    ['in chunks', ['Transfer-Encoding: chunked'], Buffer.from(`f4240\r\n${'a'.repeat(1_000_000)}\r\n`)],
  ])(
    'that are too large, %s, are answered while they come, and the answer can be read',
    async (_name, lines, piece) => {
      const { proxy, stub } = await given('body_bytes: 3000000');
      const connection = await proxy.connect();
      connection.send(request('/', 'foo.test', lines, 'POST'));
      for (let sent = 0; sent < 20 && connection.socket.writable; sent += 1) {
        if (!connection.socket.write(piece))
          await Promise.race([once(connection.socket, 'drain'), connection.ended]);
      }
      expect(await connection.answer()).toMatchObject(tooLarge);
      connection.destroy();
      expect(stub.calls).toEqual([]);
    },
  );

  it('may be as large as the limit', async () => {
    const { proxy, stub } = await given('body_bytes: 3');
    expect((await proxy.ask(post('abc'))).status).toBe(200);
    expect(
      (
        await proxy.ask(
          request('/', 'foo.test', ['Transfer-Encoding: chunked'], 'POST') + '3\r\nabc\r\n0\r\n\r\n',
        )
      ).status,
    ).toBe(200);
    expect((await proxy.ask(post('abcd'))).status).toBe(413);
    expect(
      (
        await proxy.ask(
          request('/', 'foo.test', ['Transfer-Encoding: chunked'], 'POST') +
            '2\r\nab\r\n2\r\ncd\r\n0\r\n\r\n',
        )
      ).status,
    ).toBe(413);
    expect(stub.calls.length).toBe(2);
  });

  it('that fit, but whose event does not, are answered with 413', async () => {
    const { proxy, stub } = await given('');
    const connection = await proxy.connect();
    connection.send(post(Buffer.alloc(5 * 1024 * 1024, 0xff)));
    expect(await connection.answer()).toMatchObject(tooLarge);
    connection.send(post(Buffer.alloc(4 * 1024 * 1024, 0xff)));
    expect((await connection.answer()).status).toBe(200);
    expect((await stub.call()).payload.length).toBeGreaterThan(5_000_000);
  });

  it.each([['Content-Length: 10'], ['Content-Length: 1000000'], ['Transfer-Encoding: chunked']])(
    'that do not come (%s) are answered with 408, and the connection closes',
    async (line) => {
      const { proxy, stub } = await given('body_timeout: 200ms');
      const connection = await proxy.connect();
      connection.send(request('/', 'foo.test', [line], 'POST'));
      const answer = await connection.answer();
      expect(answer).toMatchObject({ status: 408, text: '{"message":"Request Timeout"}' });
      expect(answer.header('connection')).toBe('close');
      connection.socket.end();
      expect(await proxy.logged(1)).toMatchObject([{ error: 'request_timeout', status: 408 }]);
      expect(stub.calls).toEqual([]);
    },
  );

  it('that nobody wants are read over when they are small', async () => {
    const { proxy } = await given('');
    const connection = await proxy.connect();
    connection.send(
      Buffer.concat([post(Buffer.alloc(60_000, 0x41), [], '/', 'none.test'), Buffer.from(request())]),
    );
    expect((await connection.answer()).status).toBe(404);
    expect((await connection.answer()).status).toBe(200);
  });
});

describe('connections', () => {
  it('that are idle are closed after their time, and none that is busy', async () => {
    const { proxy, stub } = await given('idle_timeout: 300ms', holds);
    const [idle, busy] = [await proxy.connect(), await proxy.connect()];
    idle.send(request('/ping'));
    busy.send(request('/ping') + request('/slow'));
    expect((await busy.answer()).text).toBe('pong');
    expect((await idle.answer()).header('keep-alive')).toMatch(/^timeout=/);
    expect(await idle.ended).toBe('end');
    (await stub.call()).answer({ statusCode: 200, body: 'late' });
    expect((await busy.answer()).text).toBe('late');
  });

  it('beyond the limit are closed at once', async () => {
    const { proxy } = await given('connections: 3');
    const kept = await Promise.all([1, 2, 3].map(() => proxy.connect()));
    await waitUntil('three', async () => (await proxy.metric('lambda_proxy_connections')) === 3);
    const more = await proxy.connect();
    more.send(request());
    await more.ended;
    expect(more.received.length).toBe(0);
    kept[0]?.destroy();
    await waitUntil('a free one', async () => (await proxy.metric('lambda_proxy_connections')) === 2);
    expect((await proxy.ask(request())).status).toBe(200);
  });

  it('of those who do not read a large answer are closed, and others go on', async () => {
    const body = 'x'.repeat(15_000_000);
    const { proxy } = await given('idle_timeout: 1s', (call) => call.answer({ statusCode: 200, body }));
    const slow = await proxy.connect();
    slow.socket.pause();
    slow.send(request('/large'));
    expect(await proxy.logged(1)).toMatchObject([{ path: '/large', status: 499, error: 'client_closed' }]);
    const steady: HttpConnection = await proxy.connect();
    steady.send(request('/large'));
    expect((await steady.answer()).body.length).toBe(body.length);
  });

  it('give a request that follows a large answer its own time', async () => {
    const { proxy, stub } = await given('idle_timeout: 200ms', (call) => {
      if (call.event.rawPath === '/large') call.answer({ statusCode: 200, body: 'x'.repeat(3_000_000) });
    });
    const connection = await proxy.connect();
    connection.send(request('/large') + request('/slow'));
    expect((await connection.answer()).body.length).toBe(3_000_000);
    const call = await stub.call(2);
    const idle = await proxy.connect();
    idle.send(request('/ping'));
    await idle.ended;
    call.answer({ statusCode: 200, body: 'late' });
    expect((await connection.answer()).text).toBe('late');
  });
});
