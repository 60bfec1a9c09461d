import { rename, writeFile } from 'node:fs/promises';
import type { RouteView } from '../../../src/proxy/told/views.ts';
import { type HttpConnection, connectTo, type RawAnswer } from '../http/connection.ts';
import {
  type BuiltProgram,
  buildProgram,
  type LogLine,
  type ProgramProcess,
  startProgram,
} from '../program-process.ts';
import { waitUntil } from '../wait-until.ts';

/** The built proxy. */
export type BuiltProxy = BuiltProgram;

export function buildProxy(): Promise<BuiltProxy> {
  return buildProgram('proxy');
}

/** A proxy as a process of its own. */
export interface ProxyProcess extends ProgramProcess {
  /** Its file; writing it is a change that the proxy may notice by itself. */
  readonly file: string;
  readonly port: number;
  readonly adminPort: number;
  write(yaml: string): Promise<void>;
  connect(): Promise<HttpConnection>;
  ask(bytes: string | Buffer): Promise<RawAnswer>;
  /** Asks the admin listener. */
  admin(path: string): Promise<{ readonly status: number; readonly text: string }>;
  routes(): Promise<readonly RouteView[]>;
}

let files = 0;

/** Starts a proxy on free ports, which is killed when the test has ended. */
export async function useProxyProcess(
  { folder }: BuiltProxy,
  yaml: string,
  env: Readonly<Record<string, string>> = {},
): Promise<ProxyProcess> {
  const file = `${folder}/lrp-${(files += 1)}.yaml`;
  // At once, so that nobody reads a part of it.
  const write = async (text: string): Promise<void> => {
    await writeFile(`${file}.new`, `host: 127.0.0.1\nport: 0\nadmin: { port: 0 }\n${text}`);
    await rename(`${file}.new`, file);
  };
  await write(yaml);
  const started = startProxyProcess(folder, [file], env);
  const { child, said } = started;
  const exited = started.ended.then((code) => {
    throw new Error(`ended with ${code}: ${JSON.stringify(said)}`);
  });
  const [port = 0, adminPort = 0] = await Promise.race([waitUntil('its ports', () => portsIn(said)), exited]);
  exited.catch(() => undefined);
  const connect = () => connectTo(port);
  const admin = async (path: string) => {
    const answer = await fetch(`http://127.0.0.1:${adminPort}${path}`);
    return { status: answer.status, text: await answer.text() };
  };
  return {
    ...started,
    child,
    file,
    port,
    adminPort,
    write,
    connect,
    ask: async (bytes) => {
      const connection = await connect();
      connection.send(bytes);
      return connection.answer().finally(() => connection.destroy());
    },
    admin,
    routes: async () => (JSON.parse((await admin('/routes')).text) as { routes: RouteView[] }).routes,
  };
}

/** Starts the program with arguments, and follows what it says. */
export function startProxyProcess(
  folder: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): ProgramProcess {
  return startProgram({ folder, program: 'proxy' }, args, env);
}

/** The ports that were told: of the proxy, and of its admin listener. */
function portsIn(said: readonly LogLine[]): number[] | undefined {
  const ports = said.flatMap(({ msg }) => {
    const [, port] = /listening on .*:(\d+)$/.exec(String(msg)) ?? [];
    return port === undefined ? [] : [Number(port)];
  });
  return ports.length === 2 ? ports : undefined;
}
