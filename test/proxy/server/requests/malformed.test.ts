import { describe, expect, it } from 'vitest';
import {
  type FunctionStub,
  holds,
  routeTo,
  saysHello,
  useFunction,
} from '../../../support/proxy/function-stub.ts';
import { request } from '../../../support/http/connection.ts';
import { type TestProxy, useProxy } from '../../../support/proxy/served-proxy.ts';
import { waitUntil } from '../../../support/wait-until.ts';

const get = 'GET / HTTP/1.1\r\nHost: foo.test\r\n';
const chunked = 'POST / HTTP/1.1\r\nHost: foo.test\r\nTransfer-Encoding: chunked\r\n';

async function given(handler = saysHello): Promise<{ stub: FunctionStub; proxy: TestProxy }> {
  const stub = await useFunction(handler);
  return { stub, proxy: await useProxy(routeTo(stub.url)) };
}

describe('what is no request', () => {
  it.each([
    ['a length beside a transfer coding', `${chunked}Content-Length: 3\r\n\r\n3\r\nabc\r\n0\r\n\r\n`],
    ['two lengths', `${get}Content-Length: 1\r\nContent-Length: 2\r\n\r\nab`],
    ['two lengths in one line', `${get}Content-Length: 1, 1\r\n\r\na`],
    ['one length twice', `${get}Content-Length: 1\r\nContent-Length: 1\r\n\r\na`],
    ['a length with a sign', `${get}Content-Length: +1\r\n\r\na`],
    ['a length in hexadecimal', `${get}Content-Length: 0x1\r\n\r\na`],
    ['a length that is too large for a number', `${get}Content-Length: 99999999999999999999\r\n\r\na`],
    ['an unknown transfer coding', `${get}Transfer-Encoding: gzip\r\n\r\n`],
    ['another coding below chunks', `${get}Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n`],
    ['chunks twice', `${get}Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n`],
    ['chunks twice in two lines', `${chunked}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n`],
    ['a coding after chunks', `${get}Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n`],
    ['a coding with a strange blank', `${get}Transfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n`],
    ['a coding in HTTP/1.0', 'POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'],
    ['a bare LF after the first line', 'GET / HTTP/1.1\nHost: foo.test\r\n\r\n'],
    ['a bare LF after a header', 'GET / HTTP/1.1\r\nHost: foo.test\nX-A: b\r\n\r\n'],
    ['a bare LF at the end of the headers', 'GET / HTTP/1.1\r\nHost: foo.test\r\n\n'],
    ['bare LFs alone', 'GET / HTTP/1.1\nHost: foo.test\n\n'],
    ['a bare CR in a header', `${get}X-A: b\rX-C: d\r\n\r\n`],
    ['a bare CR in the first line', 'GET / HTTP/1.1\rHost: foo.test\r\n\r\n'],
    ['NUL in a header', `${get}X-A: b\0c\r\n\r\n`],
    ['NUL in the path', 'GET /a\0b HTTP/1.1\r\nHost: foo.test\r\n\r\n'],
    ['a folded header', `${get}X-A: b\r\n c\r\n\r\n`],
    ['a blank before the colon', `${get}X-A : b\r\n\r\n`],
    ['a header without a name', `${get}: b\r\n\r\n`],
    ['a header without a colon', `${get}nonsense\r\n\r\n`],
    ['a blank before the first header', 'GET / HTTP/1.1\r\n Host: foo.test\r\n\r\n'],
    ['an unknown method', 'BREW / HTTP/1.1\r\nHost: foo.test\r\n\r\n'],
    ['a method in lower case', 'get / HTTP/1.1\r\nHost: foo.test\r\n\r\n'],
    ['a path without a slash', 'GET x HTTP/1.1\r\nHost: foo.test\r\n\r\n'],
    ['a blank in the path', 'GET /a b HTTP/1.1\r\nHost: foo.test\r\n\r\n'],
    ['HTTP/0.9', 'GET /\r\n\r\n'],
    ['HTTP/0.9 by name', 'GET / HTTP/0.9\r\nHost: foo.test\r\n\r\n'],
    ['HTTP/1.2', 'GET / HTTP/1.2\r\nHost: foo.test\r\n\r\n'],
    ['HTTP/2.0', 'GET / HTTP/2.0\r\nHost: foo.test\r\n\r\n'],
    ['the preface of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
    ['CONNECT', 'CONNECT foo.test:443 HTTP/1.1\r\nHost: foo.test:443\r\n\r\n'],
    ['TLS', Buffer.from('160301020001000001fc0303', 'hex')],
    ['noise', 'nonsense\r\n\r\n'],
  ])('%s is answered with 400, and the connection closes', async (_name, bytes) => {
    const { stub, proxy } = await given();
    const connection = await proxy.connect();
    connection.send(bytes);
    const answer = await connection.answer();
    expect(answer).toMatchObject({ status: 400, reason: 'Bad Request', text: '{"message":"Bad Request"}' });
    expect(answer.header('content-type')).toBe('application/json');
    expect(answer.header('connection')).toBe('close');
    expect(await connection.ended).toBe('end');
    expect(connection.received.length).toBe(0);
    expect(await proxy.logged(1)).toMatchObject([{ msg: 'request', status: 400, error: 'bad_request' }]);
    expect(stub.calls).toEqual([]);
  });
});

describe('bad chunks', () => {
  it.each([
    ['a chunk whose size is no number', `${chunked}\r\nxyz\r\nabc\r\n0\r\n\r\n`],
    ['a chunk with a sign', `${chunked}\r\n+3\r\nabc\r\n0\r\n\r\n`],
    ['a chunk that is longer than it says', `${chunked}\r\n3\r\nabcdef\r\n0\r\n\r\n`],
    ['a chunk whose size is too large for a number', `${chunked}\r\nfffffffffffffffff\r\nabc\r\n0\r\n\r\n`],
    ['a bare LF after the size of a chunk', `${chunked}\r\n3\nabc\r\n0\r\n\r\n`],
    ['a bare LF after a chunk', `${chunked}\r\n3\r\nabc\n0\r\n\r\n`],
  ])('%s is answered with 400, and no function is called', async (_name, bytes) => {
    const { stub, proxy } = await given();
    const connection = await proxy.connect();
    connection.send(bytes);
    const answer = await connection.answer();
    expect(answer).toMatchObject({ status: 400, text: '{"message":"Bad Request"}' });
    expect(answer.header('connection')).toBe('close');
    connection.socket.end();
    expect(await connection.ended).toBe('end');
    expect(connection.received.length).toBe(0);
    expect(await proxy.logged(1)).toMatchObject([{ status: 400, error: 'bad_request', route: 'foo.test' }]);
    expect(stub.calls).toEqual([]);
  });

  it('after a good beginning are answered with 400, and no function is called', async () => {
    const { stub, proxy } = await given();
    const connection = await proxy.connect();
    connection.send(`${chunked}\r\n3\r\nabc\r\n`);
    await waitUntil('the request', async () => (await proxy.metric('lambda_proxy_connections')) === 1);
    connection.send('nonsense\r\n');
    expect(await connection.answer()).toMatchObject({ status: 400, text: '{"message":"Bad Request"}' });
    expect(stub.calls).toEqual([]);
  });

  it('after the answer end the connection without another answer', async () => {
    const { proxy } = await given();
    const connection = await proxy.connect();
    connection.send(`${chunked.replace('foo', 'none')}\r\n3\r\nabc\r\n`);
    expect((await connection.answer()).status).toBe(404);
    connection.send('nonsense\r\n');
    expect(await connection.ended).toBe('end');
    expect(connection.received.length).toBe(0);
    expect(proxy.lines).toMatchObject([{ error: 'no_route' }]);
  });

  it('are not what extensions and trailers are, which are passed over', async () => {
    const { stub, proxy } = await given();
    const body = '3;name=value\r\nabc\r\n2;quoted="a b"\r\nde\r\n0\r\nX-Trailer: t\r\nHost: other\r\n\r\n';
    expect(
      (await proxy.ask(`${chunked}Trailer: X-Trailer\r\nContent-Type: text/plain\r\n\r\n${body}`)).text,
    ).toBe('hello');
    const { event } = await stub.call();
    expect(event).toMatchObject({ body: 'abcde', headers: { 'content-length': '5', host: 'foo.test' } });
    expect(Object.keys(event.headers)).not.toContain('x-trailer');
    expect(Object.keys(event.headers)).not.toContain('transfer-encoding');
  });
});

describe('noise after a good request', () => {
  const noise = '\x01\x02 nonsense\r\n\r\n';

  it('leaves the answer of that as it is, and ends the connection after it', async () => {
    const { stub, proxy } = await given(holds);
    const connection = await proxy.connect();
    connection.send(request('/good') + noise);
    (await stub.call()).answer({ statusCode: 201, body: 'good' });
    const answer = await connection.answer();
    expect(answer).toMatchObject({ status: 201, text: 'good' });
    expect(answer.header('connection')).toBe('close');
    expect(await connection.ended).toBe('end');
    expect(connection.received.length).toBe(0);
    expect(stub.calls.length).toBe(1);
    expect(proxy.lines).toMatchObject([{ status: 201, path: '/good' }]);
  });

  it('gets 400 once that has been answered', async () => {
    const { proxy } = await given();
    const connection = await proxy.connect();
    connection.send(request());
    expect((await connection.answer()).status).toBe(200);
    connection.send(noise);
    expect((await connection.answer()).status).toBe(400);
    expect(await connection.ended).toBe('end');
    expect(await proxy.logged(2)).toMatchObject([{ status: 200 }, { error: 'bad_request' }]);
  });

  it('is logged once, however many packets it comes in', async () => {
    const { proxy } = await given();
    const connection = await proxy.connect();
    for (let packet = 0; packet < 20; packet += 1) {
      connection.send(`packet ${packet}\r\n\r\n`);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect((await connection.answer()).status).toBe(400);
    await connection.ended;
    expect(proxy.lines).toMatchObject([{ error: 'bad_request' }]);
  });

  it.each([
    ['CONNECT', 'CONNECT foo.test:443 HTTP/1.1\r\nHost: foo.test:443\r\n\r\n'],
    ['headers that are too large', `GET / HTTP/1.1\r\nHost: foo.test\r\nX-A: ${'a'.repeat(40_000)}\r\n\r\n`],
  ])('such as %s is not answered in place of that', async (_name, bytes) => {
    const { stub, proxy } = await given(holds);
    const connection = await proxy.connect();
    connection.send(request('/good') + bytes);
    (await stub.call()).answer({ statusCode: 201, body: 'good' });
    expect(await connection.answer()).toMatchObject({ status: 201, text: 'good' });
    await connection.ended;
    expect(connection.received.length).toBe(0);
  });
});

describe('a connection', () => {
  it('that is reset after CONNECT does no harm', async () => {
    const { proxy } = await given();
    for (let turn = 0; turn < 20; turn += 1) {
      const connection = await proxy.connect();
      connection.send('CONNECT foo.test:443 HTTP/1.1\r\nHost: foo.test:443\r\n\r\n');
      connection.socket.resetAndDestroy();
    }
    expect((await proxy.ask(request())).status).toBe(200);
  });

  it.each(['end', 'reset'] as const)('without a request is no request (%s)', async (how) => {
    const { proxy } = await given();
    const connection = await proxy.connect();
    await waitUntil('the connection', async () => (await proxy.metric('lambda_proxy_connections')) === 1);
    if (how === 'end') connection.socket.end();
    else connection.socket.resetAndDestroy();
    await waitUntil('its end', async () => (await proxy.metric('lambda_proxy_connections')) === 0);
    expect(proxy.lines).toEqual([]);
    expect(await proxy.metric('lambda_proxy_requests_total')).toBeUndefined();
  });

  it('that is reset between requests is no request', async () => {
    const { proxy } = await given();
    const connection = await proxy.connect();
    connection.send(request());
    await connection.answer();
    connection.socket.resetAndDestroy();
    await waitUntil('its end', async () => (await proxy.metric('lambda_proxy_connections')) === 0);
    expect(proxy.lines).toMatchObject([{ status: 200 }]);
  });

  it.each([
    ['that the client wants closed', request('/1', 'foo.test', ['Connection: close'])],
    ['of HTTP/1.0', 'GET /1 HTTP/1.0\r\nHost: foo.test\r\n\r\n'],
    ['with a bad request', request('/1', 'foo.test', ['Host: other'])],
  ])('%s takes no further requests (RFC 9112 section 9.6)', async (_name, first) => {
    const { stub, proxy } = await given();
    const connection = await proxy.connect();
    connection.send(first + request('/2'));
    await connection.answer();
    expect(await connection.ended).toBe('end');
    expect(connection.received.length).toBe(0);
    expect(stub.calls.map(({ event }) => event.rawPath)).not.toContain('/2');
    expect(proxy.lines.length).toBe(1);
  });
});
