import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { connect } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { programs, requireProgram } from '../../../src/local/binaries.ts';
import { makeCertificates } from '../../support/consul/certificates.ts';
import { type Handler, holds, routeTo, saysHello, useFunction } from '../../support/proxy/function-stub.ts';
import { connectTo, type HttpConnection, request } from '../../support/http/connection.ts';
import { type TestProxy, useProxy } from '../../support/proxy/served-proxy.ts';
import { waitUntil } from '../../support/wait-until.ts';

let folder: string;
let ca: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'proxy-tls-'));
  const binary = await requireProgram(programs.consul, { environment: process.env, cache: '.cache' });
  ({ ca } = await makeCertificates(binary, folder));
});
afterAll(() => rm(folder, { recursive: true }));

async function given(handler: Handler = saysHello) {
  const stub = await useFunction(handler);
  const file = (name: string) => path.join(folder, `dc1-server-consul-0${name}.pem`);
  const proxy = await useProxy(`tls: { cert: "${file('')}", key: "${file('-key')}" }\n${routeTo(stub.url)}`);
  const secured = (): Promise<HttpConnection> => connectOver(proxy);
  return { stub, proxy, secured };
}

async function connectOver({ port }: TestProxy): Promise<HttpConnection> {
  const socket = connect({ port, host: '127.0.0.1', ca, servername: 'server.dc1.consul' });
  await once(socket, 'secureConnect');
  return connectTo(port, socket);
}

describe('requests over TLS', () => {
  it('are served, and events say so', async () => {
    const { stub, proxy, secured } = await given();
    const connection = await secured();
    for (let turn = 0; turn < 3; turn += 1) {
      connection.send(request());
      expect((await connection.answer()).text).toBe('hello');
    }
    expect((await stub.call()).event.headers).toMatchObject({
      'x-forwarded-proto': 'https',
      'x-forwarded-port': String(proxy.port),
      'x-forwarded-for': '127.0.0.1',
    });
    expect(proxy.lines).toMatchObject([1, 2, 3].map(() => ({ status: 200, source_ip: '127.0.0.1' })));
  });

  it('that are none are answered with 400, which can be read', async () => {
    const { proxy, secured } = await given();
    const connection = await secured();
    connection.send('nonsense\r\n\r\n');
    expect((await connection.answer()).status).toBe(400);
    expect(await connection.ended).toBe('end');
    expect(proxy.lines).toMatchObject([{ error: 'bad_request', source_ip: '127.0.0.1' }]);
  });

  it('that wait for their turn end with their client', async () => {
    const { stub, proxy, secured } = await given(holds);
    const connection = await secured();
    connection.send(request('/1') + request('/2') + request('/3'));
    await waitUntil('the queue', async () => (await proxy.route()).queued === 2);
    connection.destroy();
    expect((await proxy.logged(3)).map((line) => line['status'])).toEqual([499, 499, 499]);
    (await stub.call()).answer('x');
    await waitUntil('rest', async () => (await proxy.route()).in_use === 0);
  });

  it('are served when the proxy stops, and idle connections close', async () => {
    const { stub, proxy, secured } = await given(holds);
    const [running, idle, unused] = [await secured(), await secured(), await secured()];
    running.send(request());
    idle.send(request('/ping'));
    await idle.answer();
    const call = await stub.call();
    const stopped = proxy.app.stop();
    await Promise.all([idle.ended, unused.ended]);
    call.answer('x');
    const answer = await running.answer();
    expect([answer.status, answer.header('connection')]).toEqual([200, 'close']);
    await stopped;
  });
});

describe('what is no TLS', () => {
  it('does no harm', async () => {
    const { proxy, secured } = await given();
    for (let turn = 0; turn < 10; turn += 1) {
      const connection = await proxy.connect();
      connection.send(turn % 2 === 0 ? request() : Buffer.from('16030100ff010000fb0303', 'hex'));
      if (turn % 2 === 0) await connection.ended;
      connection.socket.resetAndDestroy();
    }
    const connection = await secured();
    connection.send(request());
    expect((await connection.answer()).status).toBe(200);
    expect(proxy.lines.filter((line) => line['status'] === 200).length).toBe(1);
  });

  it('keeps no stop waiting', async () => {
    const { proxy } = await given();
    const silent = await proxy.connect();
    await waitUntil('it', async () => (await proxy.metric('lambda_proxy_connections')) === 1);
    await proxy.app.stop();
    expect(['end', 'reset']).toContain(await silent.ended);
  });
});
