import { once } from 'node:events';
import { type Server, type ServerResponse, createServer } from 'node:http';
import { type Http2Bindings, type HttpBindings, RequestError, getRequestListener } from '@hono/node-server';
import { systemClock } from '../core/clock.ts';
import { deadlineIn, within } from '../core/deadline.ts';
import type { Endpoint } from '../core/network/addresses.ts';
import type { App } from './app.ts';
import { longestCallMs } from './compose.ts';
import { type Answer, problemAnswer, responseOf } from './http/answers.ts';
import { resourcePath } from './http/paths.ts';
import { refusal } from './refusal.ts';

/** The registry as a local HTTP server; `await using` stops it after the requests that it has, in five seconds at most. */
export interface RegistryServer extends AsyncDisposable {
  port: number;
}

/** As much as a Lambda function takes. */
const largestBody = 6 * 1024 * 1024;
const mostConnections = 500;
/** Less than engines wait between the signal that asks for the end and the one that forces it. */
const graceMs = 5_000;

/**
 * Serves the app over HTTP/1.1.
 * @param listen port 0 for a free one; an empty address for all
 * @param basePath what a proxy in front maps to the registry; empty for none
 * @throws what Node.js says when it cannot listen there
 */
export async function startRegistryServer(
  app: App,
  listen: Endpoint,
  basePath = '',
): Promise<RegistryServer> {
  async function answer(request: Request, { incoming }: HttpBindings | Http2Bindings): Promise<Response> {
    const path = resourcePath(pathOf(incoming.url ?? '/'), basePath);
    return app.answer(await received(request), { path, deadline: deadlineIn(systemClock, longestCallMs) });
  }

  const listener = getRequestListener(answer, {
    overrideGlobalObjects: false,
    hostname: 'localhost',
    errorHandler: unreadable,
  });
  const unanswered = new Set<ServerResponse>();
  const server = createServer(
    { headersTimeout: 10_000, requestTimeout: 30_000, keepAliveTimeout: 5_000, maxHeaderSize: 16_384 },
    (incoming, outgoing) => {
      unanswered.add(outgoing);
      outgoing.once('close', () => unanswered.delete(outgoing));
      if (!server.listening) outgoing.shouldKeepAlive = false;
      void listener(incoming, outgoing);
    },
  );
  server.maxConnections = mostConnections;
  if (listen.address === '') server.listen(listen.port);
  else server.listen(listen.port, listen.address);
  await once(server, 'listening');
  return { port: portOf(server), [Symbol.asyncDispose]: () => stop(server, unanswered) };
}

/**
 * The request with its body read, and no more of it than the limit.
 * @throws AppError TOO_LARGE
 */
async function received(request: Request): Promise<Request> {
  const { method, url, headers, body } = request;
  if (body === null) return request;
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > largestBody) throw refusal('TOO_LARGE', 'The payload is larger than 6 MB');
    chunks.push(chunk);
  }
  return new Request(url, { method, headers, body: Buffer.concat(chunks) });
}

/** The path of a request's target, also of one in absolute form (RFC 9112 section 3.2.2), as its bytes came. */
function pathOf(target: string): string {
  return target.replace(/^https?:\/\/[^/?]+/i, '').replace(/\?.*$/s, '');
}

/** What is wrong before a request is one, as a target or a host that cannot be. */
function unreadable(error: unknown): Response {
  const known = error instanceof RequestError;
  return closing(
    problemAnswer(known ? refusal('PAYLOAD_INVALID', `The request is invalid: ${error.message}`) : error),
  );
}

/** An answer after which the connection ends, since the rest of the request is not read. */
function closing(answer: Answer): Response {
  return responseOf({ ...answer, headers: { ...answer.headers, connection: 'close' } });
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('a TCP server has a port');
  return address.port;
}

/** Node itself would wait for clients that say nothing, and serve those on that ask again and again. */
async function stop(server: Server, unanswered: ReadonlySet<ServerResponse>): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  for (const outgoing of unanswered) outgoing.shouldKeepAlive = false;
  await within(systemClock, graceMs, allAnswered(unanswered));
  server.closeAllConnections();
  await closed;
}

async function allAnswered(unanswered: ReadonlySet<ServerResponse>): Promise<void> {
  for (const outgoing of unanswered) await new Promise((resolve) => outgoing.once('close', resolve));
}
