import { once } from 'node:events';
import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http';
import { systemClock } from '../core/clock.ts';
import { deadlineIn } from '../core/deadline.ts';
import type { Endpoint } from '../core/addresses.ts';
import { problemAnswer } from './http/answers.ts';
import type { App } from './app.ts';
import { longestCallMs } from './compose.ts';
import { plainPath } from './http/gateway-events.ts';
import type { HttpAnswer, HttpRequest } from './http/messages.ts';
import { Refusal } from './http/http-error.ts';

/** The registry as a local HTTP server; `await using` stops it after the requests that it has. */
export interface RegistryServer extends AsyncDisposable {
  readonly port: number;
}

/** As much as a Lambda function takes. */
const largestBody = 6 * 1024 * 1024;
const mostConnections = 500;

/** @param listen port 0 for a free one; an empty address for all */
export async function startRegistryServer(app: App, listen: Endpoint): Promise<RegistryServer> {
  const server = createServer(
    { headersTimeout: 10_000, requestTimeout: 30_000, keepAliveTimeout: 5_000, maxHeaderSize: 16_384 },
    (request, response) => void answer(app, request, response),
  );
  server.maxConnections = mostConnections;
  if (listen.address === '') server.listen(listen.port);
  else server.listen(listen.port, listen.address);
  await once(server, 'listening');
  return { port: portOf(server), [Symbol.asyncDispose]: () => stop(server) };
}

async function answer(app: App, incoming: IncomingMessage, response: ServerResponse): Promise<void> {
  let answer: HttpAnswer;
  try {
    const request = await requestOf(incoming);
    answer = await app.answer(request, deadlineIn(systemClock, longestCallMs));
  } catch (error) {
    answer = problemAnswer(error);
    response.setHeader('connection', 'close');
  }
  if (response.destroyed) return;
  const length =
    incoming.method === 'HEAD' || answer.status === 204 || answer.status === 304
      ? {}
      : { 'content-length': Buffer.byteLength(answer.body) };
  response.writeHead(answer.status, { ...answer.headers, ...length });
  response.end(answer.body);
}

async function requestOf(incoming: IncomingMessage): Promise<HttpRequest> {
  const [target = '/', query = ''] = (incoming.url ?? '/').split(/\?(.*)/s);
  const headers = Object.entries(incoming.headers).map(([name, value]) => [name, String(value)] as const);
  return {
    method: incoming.method ?? 'GET',
    path: plainPath(target.replace(/^https?:\/\/[^/]+/i, '')),
    query: new URLSearchParams(query),
    headers: new Map(headers),
    body: await bodyOf(incoming),
    mayCompress: true,
  };
}

async function bodyOf(incoming: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  const keptOpenForTheAnswer = { destroyOnReturn: false };
  for await (const chunk of incoming.iterator(keptOpenForTheAnswer) as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > largestBody) throw new Refusal(413, 'The payload is larger than 6 MB');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('a TCP server has a port');
  return address.port;
}

async function stop(server: Server): Promise<void> {
  server.close();
  server.closeIdleConnections();
  await once(server, 'close');
}
