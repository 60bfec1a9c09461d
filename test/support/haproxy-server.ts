import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { programs, requireProgram } from '../../src/local/binaries.ts';
import { waitUntil } from './wait-until.ts';

/** A HAProxy that runs until it is stopped; `await using` stops it. */
export interface RunningHaproxy extends AsyncDisposable {
  readonly pid: number;
  /** What it wrote to standard output and error so far. */
  output(): string;
}

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
  const file = join(folder, 'haproxy.cfg');
  await writeFile(file, configuration);
  const child = spawn(bin ?? (await haproxyBinary()), ['-db', '-f', file], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const chunks: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => chunks.push(chunk));
  const output = (): string => Buffer.concat(chunks).toString();
  const killNow = (): void => void child.kill('SIGKILL');
  process.once('exit', killNow);
  const stop = async (): Promise<void> => {
    process.off('exit', killNow);
    await end(child);
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await waitUntil(
      'HAProxy to listen or to end',
      async () => child.exitCode !== null || (await connects(port)),
    );
    if (child.exitCode !== null) throw new Error(`HAProxy ended with status ${child.exitCode}:\n${output()}`);
  } catch (error) {
    await stop();
    throw error;
  }
  return { pid: child.pid ?? 0, output, [Symbol.asyncDispose]: stop };
}

function connects(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  return new Promise((resolve) => {
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
  }).finally(() => socket.destroy()) as Promise<boolean>;
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const closed = once(child, 'close');
  child.kill('SIGKILL');
  await closed;
}
