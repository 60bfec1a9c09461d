import {
  type ServerCommand,
  type ServerProcess,
  startServerProcess,
} from '../../../src/local/server-process.ts';

/** A built program that may die and be started again, with the same files on the same ports. */
export interface Program {
  readonly pid: number;
  start(): Promise<void>;
  /** Without a chance to tidy up. */
  kill(): Promise<void>;
  stop(): Promise<void>;
  /** The last that the latest process said. */
  output(): string;
}

/** A bundle with its arguments, how it is asked whether it serves, and its variables beside PATH. */
export interface Bundle extends Pick<ServerCommand, 'name' | 'args' | 'isReady'> {
  readonly environment?: Readonly<Record<string, string>>;
}

/** Starts it, and resolves when it serves. */
export async function startBundle({ name, args, isReady, environment }: Bundle): Promise<Program> {
  const start = (): Promise<ServerProcess> =>
    startServerProcess({
      name,
      binary: process.execPath,
      args,
      environment: { PATH: process.env['PATH'], ...environment },
      isReady,
      startsWithinMs: 30_000,
      endedBy: 'SIGTERM',
    });
  let current = await start();
  return {
    get pid() {
      return current.pid;
    },
    start: async () => {
      current = await start();
    },
    kill: () => current.end('SIGKILL'),
    stop: () => current.end(),
    output: () => current.output(),
  };
}

/** Whether a health endpoint answers 200. */
export async function isWell(url: string): Promise<boolean> {
  return (await fetch(url)).ok;
}
