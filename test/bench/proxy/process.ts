import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { LoadResult } from './load.ts';
import { script, type Variant } from './variants.ts';

/** A program at work; `await using` ends it. */
export interface Running extends AsyncDisposable {
  readonly name: string;
  readonly port: number;
  /** From its start until it took a connection, in milliseconds. */
  readonly startMs: number;
  /** The most memory that it has had, in MB (Linux alone; https://man7.org/linux/man-pages/man5/proc_pid_status.5.html). */
  peakMb(): Promise<number>;
}

/** Between two looks whether a program takes connections. */
const lookMs = 2;
const startsWithinMs = 30_000;

/** Starts a program, whose standard output goes to /dev/null. */
export async function start({ name, port, command }: Variant): Promise<Running> {
  const [binary, ...args] = command;
  const from = performance.now();
  // With it, lambda-reverse-proxy reads all certificates again for each request.
  const { AWS_CA_BUNDLE: _, ...env } = process.env;
  const child = spawn(binary, args, { env, stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const endNow = (): boolean => child.kill('SIGKILL');
  process.once('exit', endNow);
  while (!(await connects(port))) {
    if (child.exitCode !== null || performance.now() - from > startsWithinMs)
      throw new Error(`${name} did not start: ${said}`);
    await sleep(lookMs);
  }
  const startMs = performance.now() - from;
  return {
    name,
    port,
    startMs,
    peakMb: async () => {
      const status = await readFile(`/proc/${child.pid}/status`, 'utf8');
      return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]) / 1024;
    },
    [Symbol.asyncDispose]: async () => {
      process.off('exit', endNow);
      const ended = once(child, 'exit');
      endNow();
      await ended;
    },
  };
}

function connects(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  return new Promise<boolean>((resolve) => {
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
  }).finally(() => socket.destroy());
}

export interface Load {
  readonly connections: number;
  /** How long requests without a body are sent. */
  readonly seconds?: number;
  /** With it, each connection sends one request with a body of so many bytes. */
  readonly bodyBytes?: number;
}

/** Puts load on a program from another process. */
export async function load(
  { port }: Running,
  { connections, seconds = 1, bodyBytes = 0 }: Load,
): Promise<LoadResult> {
  const [binary, ...args] = script('load.ts', port, connections, seconds, bodyBytes);
  const { stdout } = await promisify(execFile)(binary, args);
  return JSON.parse(stdout) as LoadResult;
}
