import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { programs, requireProgram } from '../../../src/local/binaries.ts';
import { type ServerProcess, startServerProcess } from '../../../src/local/server-process.ts';

/** A HAProxy that runs until it is stopped; `await using` stops it. */
export type RunningHaproxy = Pick<ServerProcess, 'pid' | 'output'> & AsyncDisposable;

/** HAPROXY_BIN, else `haproxy` on PATH, else what `npm run setup` installed. */
export function haproxyBinary(): Promise<string> {
  return requireProgram(programs.haproxy, { environment: process.env, cache: '.cache' });
}

/** Starts HAProxy with a configuration and waits until it takes connections on `port` of the loopback address. */
export async function startHaproxy(
  configuration: string,
  port: number,
  bin?: string,
): Promise<RunningHaproxy> {
  const folder = await mkdtemp(join(tmpdir(), 'haproxy-'));
  const removeFolder = (): Promise<void> => rm(folder, { recursive: true, force: true });
  const file = join(folder, 'haproxy.cfg');
  await writeFile(file, configuration);
  try {
    const { pid, output, end } = await startServerProcess({
      name: 'HAProxy',
      binary: bin ?? (await haproxyBinary()),
      args: ['-db', '-f', file],
      isReady: () => connects(port),
      startsWithinMs: 30_000,
      endedBy: 'SIGKILL',
    });
    const stop = async (): Promise<void> => {
      await end();
      await removeFolder();
    };
    return { pid, output, [Symbol.asyncDispose]: stop };
  } catch (error) {
    await removeFolder();
    throw error;
  }
}

function connects(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  return new Promise((resolve) => {
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
  }).finally(() => socket.destroy()) as Promise<boolean>;
}
