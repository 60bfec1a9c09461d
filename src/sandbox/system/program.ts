import { writeFile } from 'node:fs/promises';
import { type Guard, type ServerProcess, startServerProcess } from '../../local/server-process.ts';

/** A built program that reads a file, and where that is written. */
export interface Program {
  readonly name: string;
  /** Of the built program. */
  readonly bundle: string;
  readonly file: string;
  readonly text: string;
  /** Answers 200 once it serves. */
  readonly readyUrl: string;
  readonly environment: NodeJS.ProcessEnv;
  readonly guard: Guard;
}

/**
 * Writes the file and starts the program in a process of its own, which knows the variables of `environment` alone.
 * @throws AppError UPSTREAM_UNAVAILABLE when it does not start
 */
export async function startProgram(program: Program): Promise<ServerProcess> {
  const { name, bundle, file, text, readyUrl, environment, guard } = program;
  await writeFile(file, text);
  return startServerProcess({
    name,
    binary: process.execPath,
    args: [bundle, file],
    environment,
    isReady: async () => (await fetch(readyUrl)).ok,
    startsWithinMs: 60_000,
    endedBy: 'SIGTERM',
    detached: true,
    guard,
  });
}
