import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { HttpBindings } from '@hono/node-server';
import type { Context } from 'hono';
import { Hono } from 'hono/tiny';
import { messageOf } from '../../../core/errors.ts';
import type { Logger } from '../../../core/logger.ts';
import type { Health } from '../health.ts';

export type Pages = Hono<{ Bindings: HttpBindings }>;

/** What every answer says: nobody keeps it, nobody guesses what it is, and no other page holds it. */
export const commonHeaders = {
  'cache-control': 'no-store',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
} as const;

const allowed: readonly string[] = ['GET', 'HEAD'];

/** Pages that are only looked at; none yet. */
export function readOnlyPages(logger: Logger): Pages {
  const app: Pages = new Hono();
  app.use(async (context, next) => {
    for (const [name, value] of Object.entries(commonHeaders)) context.header(name, value);
    if (!allowed.includes(context.req.method)) {
      return context.text('method not allowed\n', 405, { allow: allowed.join(', ') });
    }
    return next();
  });
  app.notFound((context) => context.text('not found\n', 404));
  app.onError((error, context) => {
    logger.error({ error: messageOf(error) }, 'defect');
    return context.text('internal error\n', 500);
  });
  return app;
}

/** `/healthz` and other paths for the same, and `/readyz`. */
export function addHealthPages(pages: Pages, health: Health, paths: readonly string[]): void {
  for (const path of paths) {
    pages.get(path, async (context) => {
      const status = await health.status();
      return context.json(status, status.down ? 500 : 200);
    });
  }
  pages.get('/readyz', async (context) =>
    (await health.isReady()) ? context.text('ok\n') : context.text('not ready\n', 503),
  );
}

const compress = promisify(gzip);

/** A large text, compressed for whoever takes it. */
export async function compressible(context: Context, text: string, type: string): Promise<Response> {
  const takesGzip = /\bgzip\b(?!\s*;\s*q=0(\.0*)?\s*(,|$))/i.test(
    context.req.header('accept-encoding') ?? '',
  );
  const headers = { 'content-type': type, vary: 'accept-encoding' };
  if (!takesGzip || context.req.method === 'HEAD') return context.body(text, 200, headers);
  return context.body(await compress(text), 200, { ...headers, 'content-encoding': 'gzip' });
}
