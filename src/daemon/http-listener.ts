import { once } from 'node:events';
import { type Server, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type HttpBindings, getRequestListener } from '@hono/node-server';
import type { Endpoint } from '../core/network/addresses.ts';
import { listening } from './listening.ts';

/** What a program tells those who run it, apart from its traffic. */
export interface HttpListener {
  readonly port: number;
  /** Cuts all connections. */
  close(): Promise<void>;
}

/** Answers requests, such as an app of Hono. */
interface Answering {
  fetch(request: Request, bindings: HttpBindings): Response | Promise<Response>;
}

/** What nobody reads or writes for so long is cut. */
const idleMs = 60_000;
const mostConnections = 200;

/**
 * Serves a few clients over HTTP/1.1.
 * @throws AppError LISTEN_FAILED
 */
export async function startHttpListener(listen: Endpoint, app: Answering): Promise<HttpListener> {
  const listener = getRequestListener(
    (request, bindings) => app.fetch(request, bindings as HttpBindings),
    // A request of HTTP/1.0 need not say whom it asks.
    { overrideGlobalObjects: false, hostname: 'localhost' },
  );
  const server = createServer(
    {
      headersTimeout: 10_000,
      requestTimeout: 30_000,
      keepAliveTimeout: 5_000,
      // Clients that say nothing take the place of those who ask.
      connectionsCheckingInterval: 2_000,
    },
    (incoming, outgoing) => void listener(incoming, outgoing),
  );
  server.maxConnections = mostConnections;
  server.timeout = idleMs;
  await listening(server, listen);
  return { port: (server.address() as AddressInfo).port, close: () => stop(server) };
}

async function stop(server: Server): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  server.closeAllConnections();
  await closed;
}
