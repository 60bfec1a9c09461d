import { once } from 'node:events';
import { type Server, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import { Hono } from 'hono/tiny';
import type { Endpoint } from '../core/network/addresses.ts';
import { listening } from './listening.ts';

/** What a program tells those who run it. */
export interface AdminPages {
  /** Whether traffic may be sent here. */
  isReady(): Promise<boolean> | boolean;
  /** In Prometheus' text format. */
  metrics(): Promise<string>;
  /** JSON by path. */
  readonly json: Readonly<Record<string, () => Promise<object> | object>>;
}

/** The listener of those pages, apart from that of the traffic. */
export interface AdminListener {
  readonly port: number;
  close(): Promise<void>;
}

/** https://prometheus.io/docs/instrumenting/exposition_formats/#basic-info */
const metricsType = 'text/plain; version=0.0.4; charset=utf-8';

/**
 * Serves `/healthz` (the process runs), `/readyz`, `/metrics` and more.
 * @throws AppError LISTEN_FAILED
 */
export async function startAdminListener(listen: Endpoint, pages: AdminPages): Promise<AdminListener> {
  const app = new Hono();
  app.get('/healthz', (context) => context.text('ok'));
  app.get('/readyz', async (context) =>
    (await pages.isReady()) ? context.text('ok') : context.text('not ready', 503),
  );
  app.get('/metrics', async (context) =>
    context.body(await pages.metrics(), 200, { 'content-type': metricsType }),
  );
  for (const [path, page] of Object.entries(pages.json)) {
    app.get(path, async (context) => context.json(await page()));
  }
  const listener = getRequestListener(app.fetch, { overrideGlobalObjects: false, hostname: 'localhost' });
  const server = createServer(
    { headersTimeout: 10_000, requestTimeout: 30_000, keepAliveTimeout: 5_000 },
    (incoming, outgoing) => void listener(incoming, outgoing),
  );
  server.maxConnections = 200;
  await listening(server, listen);
  return { port: (server.address() as AddressInfo).port, close: () => stop(server) };
}

async function stop(server: Server): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  server.closeAllConnections();
  await closed;
}
