import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/** A HAProxy that runs until it is stopped; `await using` stops it. */
export interface RunningHaproxy extends AsyncDisposable {
  readonly pid: number;
  /** What it wrote to standard output and error so far. */
  output(): string;
}

/** HAPROXY_BIN, else `haproxy` on PATH. */
export function haproxyBinary(): string {
  const bin = process.env['HAPROXY_BIN'] ?? 'haproxy';
  execFileSync(bin, ['-v'], { stdio: 'ignore' });
  return bin;
}

/** Starts HAProxy with a configuration and waits until it takes connections on `port` of the loopback address. */
export async function startHaproxy(configuration: string, port: number): Promise<RunningHaproxy> {
  const folder = await mkdtemp(join(tmpdir(), 'haproxy-'));
  const file = join(folder, 'haproxy.cfg');
  await writeFile(file, configuration);
  const child = spawn(haproxyBinary(), ['-db', '-f', file], { stdio: ['ignore', 'pipe', 'pipe'] });
  const chunks: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => chunks.push(chunk));
  const output = (): string => Buffer.concat(chunks).toString();
  const stop = async (): Promise<void> => {
    await end(child);
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await answering(child, port, output);
  } catch (error) {
    await stop();
    throw error;
  }
  return { pid: child.pid ?? 0, output, [Symbol.asyncDispose]: stop };
}

/** Ports of the loopback address that nobody listens on at the moment. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const ports = servers.map((server) => portOf(server.address()));
  await Promise.all(servers.map((server) => once(server.close(), 'close')));
  return ports;
}

export function portOf(address: ReturnType<ReturnType<typeof createServer>['address']>): number {
  if (address === null || typeof address === 'string')
    throw new Error('The server does not listen on a port.');
  return address.port;
}

async function answering(child: ChildProcess, port: number, output: () => string): Promise<void> {
  for (const end = Date.now() + 20_000; Date.now() < end; await delay(10)) {
    if (child.exitCode !== null) throw new Error(`HAProxy ended with status ${child.exitCode}:\n${output()}`);
    if (await connects(port)) return;
  }
  throw new Error(`HAProxy does not listen on port ${port}:\n${output()}`);
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
