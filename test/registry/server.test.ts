import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { type Socket, connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type RegistryServer, startRegistryServer } from '../../src/registry/server.ts';
import { MemoryTable, candidate, registryOn, tableName } from '../support/registry/registry.ts';
import { waitUntil } from '../support/wait-until.ts';

let server: RegistryServer;
let origin: string;

beforeAll(async () => {
  const { app } = registryOn(new MemoryTable());
  server = await startRegistryServer(app, { address: '127.0.0.1', port: 0 });
  origin = `http://127.0.0.1:${server.port}`;
});
afterAll(() => server[Symbol.asyncDispose]());

const payload = { table: tableName, running: [], candidates: [candidate('web', { w1: '10.0.0.1' })] };

it('answers over HTTP as it does behind API Gateway', async () => {
  const answer = await fetch(`${origin}/generate`, { method: 'POST', body: JSON.stringify(payload) });
  expect(answer.status).toBe(200);
  expect(answer.headers.get('content-encoding')).toBe('gzip');
  expect(await answer.text()).toContain('server s_w1 10.0.0.1:8080');
  const services = await fetch(`${origin}/services/?table=${tableName}`);
  expect(await services.json()).toMatchObject({ services: [{ serviceName: 'web' }] });
  const again = await fetch(`${origin}/config`, {
    headers: { 'if-none-match': answer.headers.get('etag') ?? '' },
  });
  expect(again.status).toBe(304);
  expect((await fetch(`${origin}/services/web`, { method: 'DELETE' })).status).toBe(204);
});

it('refuses a body over 6 MB, announced or not', async () => {
  const large = 'x'.repeat(6 * 1024 * 1024 + 1);
  expect((await fetch(`${origin}/generate`, { method: 'POST', body: large })).status).toBe(413);
  const stream = new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(new TextEncoder().encode(large));
      controller.close();
    },
  });
  const init = { method: 'POST', body: stream, duplex: 'half' } as const;
  expect((await fetch(`${origin}/generate`, init)).status).toBe(413);
});

it('understands the absolute form, and answers 404 to nonsense', async () => {
  const ask = async (target: string): Promise<string> => {
    const socket = connect(server.port, '127.0.0.1');
    await once(socket, 'connect');
    socket.end(`GET ${target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
    return text(socket);
  };
  expect(await ask('http://x/healthz')).toContain('200 OK');
  expect(await ask('//%')).toContain('404 Not Found');
  expect(await ask('/services/%ZZ')).toContain('404 Not Found');
});

it('keeps the bytes of a path, and takes the base path off', async () => {
  const { app } = registryOn(new MemoryTable());
  await using based = await startRegistryServer(app, { address: '127.0.0.1', port: 0 }, '/registry');
  const status = async (port: number, path: string, method = 'GET'): Promise<number | undefined> => {
    const asked = request({ port, path, method, host: '127.0.0.1' }).end();
    const [answer] = (await once(asked, 'response')) as [IncomingMessage];
    answer.resume();
    return answer.statusCode;
  };
  expect(await status(based.port, '/registry/healthz')).toBe(200);
  expect(await status(based.port, '/healthz')).toBe(200);
  expect(await status(server.port, '/registry/healthz')).toBe(404);
  for (const path of ['/./healthz', '/x/../healthz', '//healthz', '/%2e/healthz']) {
    expect(await status(server.port, path)).toBe(404);
  }
  expect(await status(server.port, '/healthz?x=/y')).toBe(200);
  expect(await status(server.port, '/healthz', 'TRACE')).toBe(405);
});

it('answers a request without a host, and one that cannot be, with a problem', async () => {
  const say = async (lines: string): Promise<string> => {
    const socket = connect(server.port, '127.0.0.1');
    await once(socket, 'connect');
    socket.end(lines);
    return text(socket);
  };
  expect(await say('GET /healthz HTTP/1.0\r\n\r\n')).toContain('200 OK');
  const bad = await say('GET /healthz HTTP/1.1\r\nHost: a b\r\n\r\n');
  expect(bad).toMatch(/^HTTP\/1.1 400 [^]*application\/problem\+json/);
});

it('closes the connection of a request that it does not read to the end', async () => {
  const asked = request({ port: server.port, host: '127.0.0.1', path: '/generate', method: 'POST' });
  asked.on('error', () => {});
  asked.write('x'.repeat(6 * 1024 * 1024 + 1));
  const [answer] = (await once(asked, 'response')) as [IncomingMessage];
  expect([answer.statusCode, answer.headers.connection]).toEqual([413, 'close']);
  asked.destroy();
});

it('claims no length for what HEAD leaves out', async () => {
  const head = await fetch(`${origin}/healthz`, { method: 'HEAD' });
  expect([head.status, head.headers.get('content-length')]).toEqual([200, null]);
});

it('stops after the requests that it has, whatever other clients do', async () => {
  const table = new MemoryTable();
  let goOn = (): void => {};
  const held = new Promise<void>((resolve) => (goOn = resolve));
  const asked = new Promise<void>((resolve) => {
    table.before = () => {
      resolve();
      return held;
    };
  });
  const stopping = await startRegistryServer(registryOn(table).app, { address: '127.0.0.1', port: 0 });
  const client = async (bytes: string): Promise<Socket> => {
    const socket = connect(stopping.port, '127.0.0.1').on('error', () => {});
    await once(socket, 'connect');
    socket.write(bytes);
    return socket;
  };
  const others = await Promise.all(
    ['', 'GET / HT', 'POST /generate HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nabc'].map(client),
  );
  const waiting = await client(`GET /config?table=${tableName} HTTP/1.1\r\nHost: x\r\n\r\n`);
  await asked;
  const stopped = stopping[Symbol.asyncDispose]();
  goOn();
  expect(await text(waiting)).toMatch(/^HTTP\/1.1 200 [^]*connection: close/i);
  await stopped;
  await waitUntil('all to be closed', () => others.every((socket) => socket.resume().closed));
});
