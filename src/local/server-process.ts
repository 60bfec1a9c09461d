import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { AppError, messageOf } from '../core/errors.ts';

/** Knows which processes run, and ends them with their groups when this process ends without doing so. */
export interface Guard {
  keep(pid: number): void;
  release(pid: number): void;
  /** The server of this name ended after its start, though nobody here ended it; `how` is a signal or a status. */
  lost(name: string, how: string): void;
}

/** How a server is started and ended. */
export interface ServerCommand {
  /** What messages call it. */
  name: string;
  binary: string;
  args: readonly string[];
  /** By default that of this process. */
  environment?: NodeJS.ProcessEnv;
  /** Whether it serves; asked again and again, and a rejection counts as not yet. */
  isReady(): Promise<boolean>;
  /** Milliseconds that it may take to be ready. */
  startsWithinMs: number;
  /** What ends it: SIGTERM for a server that has processes of its own or something to save. */
  endedBy: 'SIGTERM' | 'SIGKILL';
  /** In a process group of its own, so that Ctrl-C reaches this process alone, which ends the server when it is done. */
  detached?: boolean;
  /** Ends a detached server where this process cannot any more. */
  guard?: Guard | undefined;
}

/** A server in a process of its own; `await using` ends it, and so does the exit of this process. */
export interface ServerProcess extends AsyncDisposable {
  readonly pid: number;
  /** The last that it wrote to standard output and error. */
  output: () => string;
  signal: (name: NodeJS.Signals) => void;
  /** Resolves when it has ended; it is killed when it has not in 5 seconds. By default as `endedBy` says. */
  end: (by?: NodeJS.Signals) => Promise<void>;
}

const pollMs = 20;
const endsWithinMs = 5_000;
const charactersKept = 1_000_000;
const charactersTold = 2_000;

/**
 * Starts a server and waits until it is ready.
 * @throws AppError UPSTREAM_UNAVAILABLE with its last words when it cannot be run, ends, or is not ready in time; then
 *   nothing of it runs on
 */
export async function startServerProcess(command: ServerCommand): Promise<ServerProcess> {
  const { binary, args, environment, endedBy, detached = false, guard } = command;
  const child = spawn(binary, args, { env: environment, detached, stdio: ['ignore', 'pipe', 'pipe'] });
  const closed = new Promise((resolve) => child.once('close', resolve));
  keepWhileItRuns(child, guard);
  const output = outputOf(child);
  const endNow = (): boolean => child.kill(endedBy);
  process.once('exit', endNow);
  child.once('close', () => process.off('exit', endNow));
  let isEnding = false;
  const end = (by: NodeJS.Signals = endedBy): Promise<void> => {
    isEnding = true;
    return endOf(child, by);
  };
  const signal = (name: NodeJS.Signals): void => void child.kill(name);
  try {
    await once(child, 'spawn');
    await ready(child, command);
  } catch (cause) {
    await end();
    // Until then some of what it said may not have been read.
    await closed;
    const said = output().slice(-charactersTold);
    const message = `${command.name} did not start: ${messageOf(cause)}.${said && ` Its last words:\n${said}`}`;
    throw new AppError('UPSTREAM_UNAVAILABLE', message, { cause });
  }
  child.once('exit', () => {
    if (!isEnding) guard?.lost(command.name, howItEnded(child));
  });
  return { pid: child.pid ?? 0, output, signal, end, [Symbol.asyncDispose]: () => end() };
}

function keepWhileItRuns(child: ChildProcess, guard: Guard | undefined): void {
  const { pid } = child;
  if (pid === undefined) return;
  guard?.keep(pid);
  child.once('exit', () => guard?.release(pid));
}

function outputOf({ stdout, stderr }: ChildProcess): () => string {
  let text = '';
  for (const stream of [stdout, stderr]) {
    stream?.setEncoding('utf8').on('data', (chunk: string) => {
      text = (text + chunk).slice(-charactersKept);
    });
  }
  return () => text;
}

async function ready(child: ChildProcess, command: ServerCommand): Promise<void> {
  const { startsWithinMs } = command;
  const limit = AbortSignal.timeout(startsWithinMs);
  while (isRunning(child)) {
    if (await command.isReady().catch(() => false)) return;
    if (limit.aborted) throw new Error(`it was not ready after ${startsWithinMs / 1000} s`);
    await sleep(pollMs);
  }
  throw new Error(`it ended with ${howItEnded(child)}`);
}

function howItEnded({ signalCode, exitCode }: ChildProcess): string {
  return signalCode ?? `status ${exitCode}`;
}

async function endOf(child: ChildProcess, by: NodeJS.Signals): Promise<void> {
  if (!isRunning(child)) return;
  const ended = once(child, 'exit');
  child.kill(by);
  const impatient = setTimeout(() => child.kill('SIGKILL'), endsWithinMs);
  await ended;
  clearTimeout(impatient);
}

function isRunning({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode === null && signalCode === null;
}
