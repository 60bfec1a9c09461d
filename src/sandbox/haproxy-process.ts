import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { AppError } from '../core/errors.ts';

const startsWithinMs = 30_000;

/** A HAProxy with a master process; `await using` stops both. */
export interface HaproxyProcess extends AsyncDisposable {
  /** Of the master, for reloads. */
  readonly socket: string;
}

/**
 * Starts `binary` with a file and waits until it answers at `url`.
 * @throws AppError UPSTREAM_UNAVAILABLE with what HAProxy said
 */
export async function startHaproxyProcess(
  binary: string,
  file: string,
  url: string,
): Promise<HaproxyProcess> {
  const socket = `${file}.sock`;
  const child = spawn(binary, ['-W', '-S', socket, '-f', file], {
    stdio: ['ignore', 'ignore', 'pipe'],
    detached: true,
  });
  const killNow = (): boolean => child.kill('SIGTERM');
  process.once('exit', killNow);
  child.once('exit', () => process.off('exit', killNow));
  const haproxy = { socket, [Symbol.asyncDispose]: () => end(child) };
  try {
    await answering(child, url);
  } catch (error) {
    await end(child);
    throw error;
  }
  return haproxy;
}

async function answering(child: ChildProcess, url: string): Promise<void> {
  let log = '';
  child.stderr?.on('data', (text: Buffer) => {
    log = (log + text.toString()).slice(-2_000);
  });
  const limit = AbortSignal.timeout(startsWithinMs);
  while (child.exitCode === null && !limit.aborted) {
    const answer = await fetch(url).catch(() => undefined);
    if (answer) return;
    await sleep(20);
  }
  throw new AppError('UPSTREAM_UNAVAILABLE', `HAProxy did not start. Its last words:\n${log}`);
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  await ended;
}
