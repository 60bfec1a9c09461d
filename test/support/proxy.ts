import { createLogger } from '../../src/core/logger.ts';
import { startApp, type App } from '../../src/proxy/app.ts';
import { readProxyConfig } from '../../src/proxy/config.ts';
import { bytesOf, openConnection, type RawAnswer, type RequestParts, requestOf } from './raw-http.ts';

/** Keys and values of a proxy's file. */
export type FileKeys = Readonly<Record<string, unknown>>;

/** A proxy on a free port of the loopback address; `await using` stops it. */
export interface TestProxy extends AsyncDisposable {
  readonly app: App;
  readonly port: number;
  /** The access log so far. */
  readonly lines: readonly Readonly<Record<string, unknown>>[];
  /** Sends one request on a connection of its own. */
  send(parts?: RequestParts): Promise<RawAnswer>;
  /** Goes over to another file. */
  change(file: FileKeys): void;
}

/** Starts a proxy with a file of these keys. */
export async function startTestProxy(file: FileKeys): Promise<TestProxy> {
  const lines: Record<string, unknown>[] = [];
  const write = (line: string): void => void lines.push(JSON.parse(line) as Record<string, unknown>);
  const options = { env: {}, logger: createLogger('silent'), accessLog: { write } };
  const app = await startApp(configOf(file), options);
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
    change: (changed) => app.change(configOf(changed)),
    [Symbol.asyncDispose]: () => app.stop(),
  };
}

/** Every YAML reader takes JSON. */
function configOf(file: FileKeys): ReturnType<typeof readProxyConfig>['config'] {
  const text = JSON.stringify({ host: '127.0.0.1', port: 0, limits: { grace: 1 }, ...file });
  return readProxyConfig(text, 'lrp.yaml', {}).config;
}
