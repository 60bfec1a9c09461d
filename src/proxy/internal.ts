import type { HttpAnswer } from '../http/message.ts';
import type { ProxyConfig } from './config.ts';

/** Answers to what the proxy itself is asked on the main listener; undefined for all else. */
export type InternalAnswers = (method: string, path: string) => HttpAnswer | undefined;

/**
 * `/ping` and `/healthz` below the prefix, on every host, as lambda-reverse-proxy has them.
 * https://github.com/gabrielelana/lambda-reverse-proxy
 */
export function internalAnswers({
  internalRoutes,
  internalRoutePrefix,
}: Pick<ProxyConfig, 'internalRoutes' | 'internalRoutePrefix'>): InternalAnswers {
  if (!internalRoutes) return () => undefined;
  const answers = new Map([
    [`${internalRoutePrefix}/ping`, plain('pong')],
    [`${internalRoutePrefix}/healthz`, plain('')],
  ]);
  return (method, path) => (method === 'GET' || method === 'HEAD' ? answers.get(path) : undefined);
}

function plain(text: string): HttpAnswer {
  return { status: 200, headers: [['content-type', 'text/plain; charset=utf-8']], body: Buffer.from(text) };
}
