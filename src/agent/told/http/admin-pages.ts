import { readFile } from 'node:fs/promises';
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import { metricsType } from '../../../daemon/admin.ts';
import type { Secret } from '../../../core/secret.ts';
import type { Logger } from '../../../core/logger.ts';
import { refusalOf } from './access.ts';
import { contentPolicy } from './content-policy.ts';
import type { Feed } from './feed.ts';
import type { Health } from '../health.ts';
import { addHealthPages, commonHeaders, compressible, type Pages, readOnlyPages } from './pages.ts';
import type { Status } from '../status.ts';
import { withoutSecrets } from '../../../haproxy-process/without-secrets.ts';
import { systemCodeOf } from '../../../core/errors.ts';

/** What those who run an agent may see. */
export interface AdminView {
  readonly health: Health;
  readonly status: () => Promise<Status>;
  readonly feed: Feed;
  /** In Prometheus' text format. */
  readonly metrics: () => Promise<string>;
  /** The file that HAProxy was started or reloaded with last. */
  readonly configFile: string;
  /** The page that shows it all, as one HTML file. */
  readonly page: string;
}

/** @param token whoever has it may see them; undefined: whoever is on this machine */
export function adminPages(view: AdminView, token: Secret | undefined, logger: Logger): Pages {
  const pages = readOnlyPages(logger);
  const policy = contentPolicy(view.page);
  pages.use(async (context, next) => {
    const refusal = refusalOf(context.req.raw.headers, token);
    if (refusal) return context.text(`${refusal.message}\n`, refusal.status, { ...refusal.headers });
    context.header('content-security-policy', policy);
    return next();
  });
  pages.get('/', (context) => context.html(view.page));
  addHealthPages(pages, view.health, ['/healthz']);
  pages.get('/status', async (context) =>
    compressible(context, JSON.stringify(await view.status()), 'application/json'),
  );
  pages.get('/metrics', async (context) => context.body(await view.metrics(), 200, typed(metricsType)));
  addConfigPage(pages, view.configFile);
  addEvents(pages, view.feed);
  return pages;
}

function addConfigPage(pages: Pages, file: string): void {
  pages.get('/config', async (context) => {
    const text = await appliedText(file);
    if (text === undefined) return context.text('nothing has been applied yet\n', 404);
    return compressible(context, withoutSecrets(text), 'text/plain; charset=utf-8');
  });
}

/** Undefined where there is no file yet. */
async function appliedText(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

function addEvents(pages: Pages, feed: Feed): void {
  const headers = typed('text/event-stream');
  pages.get('/events', (context) => {
    if (context.req.method === 'HEAD') return context.body(null, 200, headers);
    if (feed.isFull) {
      return context.text('as many listen already as may\n', 503, { 'retry-after': '10' });
    }
    const { outgoing } = context.env;
    outgoing.writeHead(200, { ...commonHeaders, ...headers });
    feed.join(outgoing);
    return RESPONSE_ALREADY_SENT;
  });
}

function typed(type: string): Record<string, string> {
  return { 'content-type': type };
}
