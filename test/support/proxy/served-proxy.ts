import { onTestFinished } from 'vitest';
import { createLogger } from '../../../src/core/logger.ts';
import { startApp } from '../../../src/proxy/app.ts';
import { readProxyConfig } from '../../../src/proxy/config.ts';
import type { Serving } from '../../../src/proxy/serving.ts';
import type { RouteView } from '../../../src/proxy/told/views.ts';
import { type HttpConnection, connectTo, type RawAnswer } from '../http/connection.ts';
import type { LogLine } from '../program-process.ts';
import { waitUntil } from '../wait-until.ts';

/** YAML, or keys and values. */
type ProxyFile = string | FileKeys;
export type FileKeys = Readonly<Record<string, unknown>>;

/** A proxy in this process, which keeps what it logs. */
export interface TestProxy {
  readonly app: Serving;
  readonly port: number;
  /** Lines about requests. */
  readonly lines: LogLine[];
  /** All other lines. */
  readonly said: LogLine[];
  /** Goes over to another file. */
  change(file: ProxyFile): void;
  connect(): Promise<HttpConnection>;
  /** Sends bytes on a connection of their own, and reads one answer. */
  ask(bytes: string | Buffer): Promise<RawAnswer>;
  /** The lines, once there are so many. */
  logged(count: number): Promise<LogLine[]>;
  /** The route as `/routes` shows it. */
  route(hostname?: string): Promise<RouteView>;
  /** The value of a metric; undefined when there is none with these labels. */
  metric(name: string, labels?: Readonly<Record<string, string>>): Promise<number | undefined>;
}

/** Starts a proxy on a free port of this machine, which stops when the test has ended. */
export async function useProxy(yaml: string): Promise<TestProxy> {
  const proxy = await startProxy(yaml);
  onTestFinished(() => {
    // What a test leaves behind is not waited for.
    proxy.change('limits: { grace: 0 }');
    return proxy.app.stop();
  });
  return proxy;
}

/** Starts a proxy on a free port of this machine. */
export async function startProxy(file: ProxyFile): Promise<TestProxy> {
  const lines: LogLine[] = [];
  const said: LogLine[] = [];
  const keptIn = (kept: LogLine[]) => ({
    write: (line: string) => kept.push(JSON.parse(line) as LogLine),
  });
  const app = await startApp(configOf(file), {
    logger: createLogger('info', { program: 'proxy' }, keptIn(said)),
    accessLog: keptIn(lines),
    env: {},
  });
  const connect = () => connectTo(app.port);
  return {
    app,
    port: app.port,
    lines,
    said,
    change: (changed) => app.change(configOf(changed)),
    connect,
    ask: async (bytes) => {
      const connection = await connect();
      connection.send(bytes);
      try {
        return await connection.answer();
      } finally {
        connection.destroy();
      }
    },
    logged: (count) => waitUntil(`${count} log lines`, () => lines.length >= count && lines),
    route: async (hostname) => {
      const { routes } = await app.report();
      const [route] = hostname === undefined ? routes : routes.filter((one) => one.hostname === hostname);
      if (!route) throw new Error(`there is no route of ${hostname}`);
      return route;
    },
    metric: async (name, labels = {}) => {
      const { metrics } = await app.report();
      const values = metrics.find((metric) => metric.name === name)?.values ?? [];
      return values.find((one) =>
        Object.entries(labels).every(([label, value]) => String(one.labels[label]) === value),
      )?.value;
    },
  };
}

/** The configuration of a file that may leave out host and port. */
function configOf(file: ProxyFile) {
  const loopback = { host: '127.0.0.1', port: 0 };
  // Every YAML reader takes JSON.
  const text =
    typeof file === 'string'
      ? `host: 127.0.0.1\n${/^port:/m.test(file) ? '' : 'port: 0\n'}${file}`
      : JSON.stringify({ ...loopback, limits: { grace: 1 }, ...file });
  return readProxyConfig(text, 'lrp.yaml', {}).config;
}
