import { Hono } from 'hono/tiny';
import type { Endpoint } from '../core/network/addresses.ts';
import { type HttpListener, startHttpListener } from './http-listener.ts';

/** What a program tells those who run it. */
export interface AdminPages {
  /** Whether traffic may be sent here. */
  isReady(): Promise<boolean> | boolean;
  /** In Prometheus' text format. */
  metrics(): Promise<string>;
  /** JSON by path. */
  readonly json: Readonly<Record<string, () => Promise<object> | object>>;
}

/** https://prometheus.io/docs/instrumenting/exposition_formats/#basic-info */
export const metricsType = 'text/plain; version=0.0.4; charset=utf-8';

/**
 * Serves `/healthz` (the process runs), `/readyz`, `/metrics` and more.
 * @throws AppError LISTEN_FAILED
 */
export async function startAdminListener(listen: Endpoint, pages: AdminPages): Promise<HttpListener> {
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
  return startHttpListener(listen, app);
}
