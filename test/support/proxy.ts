import { createLogger } from '../../src/core/logger.ts';
import { startApp, type App } from '../../src/proxy/app.ts';
import type { AwsRoute, LocalRoute, ProxyConfig, RouteSpec } from '../../src/proxy/config.ts';
import { bytesOf, openConnection, type RawAnswer, type RequestParts, requestOf } from './raw-http.ts';

/** A proxy on a free port of the loopback address; `await using` stops it. */
export interface TestProxy extends AsyncDisposable {
  readonly app: App;
  readonly port: number;
  /** The access log so far. */
  readonly lines: readonly Readonly<Record<string, unknown>>[];
  /** Sends one request on a connection of its own. */
  send(parts?: RequestParts): Promise<RawAnswer>;
}

/** What a file without any key comes to, with another place to listen and no waiting at the end. */
export function proxyConfig(routes: readonly RouteSpec[], changes: Partial<ProxyConfig> = {}): ProxyConfig {
  return {
    listen: { address: '127.0.0.1', port: 0 },
    internalRoutePrefix: '',
    internalRoutes: true,
    accessLog: true,
    workers: 1,
    trustedProxies: [],
    tls: undefined,
    admin: undefined,
    limits: {
      headerBytes: 32_768,
      bodyBytes: 6_291_456,
      headerTimeoutMs: 10_000,
      bodyTimeoutMs: 60_000,
      idleTimeoutMs: 60_000,
      connections: 10_000,
      graceMs: 1_000,
    },
    routes,
    consul: undefined,
    ...changes,
  };
}

const base = {
  hostname: '*',
  pathPrefix: '/',
  stripPrefix: false,
  format: { name: 'apigw-v2', multiValueHeaders: false, decodePath: false },
  invocation: 'sync',
  timeoutMs: 900_000,
  queue: { size: 1_000, timeoutMs: 60_000 },
} as const;

/** A route for every host to one emulator, unless `changes` say otherwise. */
export function localRoute(endpoint: string, changes: Partial<LocalRoute> = {}): LocalRoute {
  return {
    ...base,
    kind: 'local',
    endpoints: [endpoint],
    functionName: 'function',
    concurrency: 1,
    ...changes,
  };
}

/** A route for every host to a function of AWS, whose API is at `endpoint`. */
export function awsRoute(endpoint: string, changes: Partial<AwsRoute> = {}): AwsRoute {
  const calls = { region: 'eu-central-1', endpoint, assumeRoleArn: undefined, externalId: undefined };
  const route = { functionName: 'shop', qualifier: undefined, streaming: false, concurrency: 0 };
  return { ...base, kind: 'aws', ...calls, ...route, ...changes };
}

/** Starts a proxy with these routes. */
export async function startTestProxy(
  routes: readonly RouteSpec[],
  changes: Partial<ProxyConfig> = {},
): Promise<TestProxy> {
  const lines: Record<string, unknown>[] = [];
  const write = (line: string): void => void lines.push(JSON.parse(line) as Record<string, unknown>);
  const app = await startApp(proxyConfig(routes, changes), {
    logger: createLogger('silent'),
    accessLog: { write },
  });
  return {
    app,
    port: app.port,
    lines,
    send: async (parts = {}) => {
      const connection = openConnection(app.port);
      try {
        return await connection.send(bytesOf(requestOf(parts)));
      } finally {
        connection.close();
      }
    },
    [Symbol.asyncDispose]: () => app.stop(),
  };
}
