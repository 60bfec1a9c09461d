import { readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import path from 'node:path';
import * as z from 'zod';
import { AppError } from '../core/errors.ts';

const stateSchema = z.object({
  pid: z.int(),
  /** Of the AWS endpoints. */
  endpoint: z.url(),
  region: z.string(),
  /** Where it is told which calls to them fail. */
  faults: z.url(),
});

/** Where a running sandbox is, for commands in other processes. */
export type SandboxState = z.infer<typeof stateSchema>;

/** @throws AppError USAGE when another sandbox of this user runs already, and commands could not tell the two apart */
export async function requireNoSandbox(): Promise<void> {
  const running = await runningSandbox();
  if (running) {
    throw new AppError('USAGE', `A sandbox is running already (process ${running.pid}); stop it first.`);
  }
}

/**
 * Tells other processes of this user where the sandbox is, by a file that whoever calls this removes in the end.
 * @returns the file
 * @throws AppError USAGE when another sandbox runs already
 */
export async function announceSandbox(state: SandboxState): Promise<string> {
  await requireNoSandbox();
  await rm(stateFile(), { force: true });
  await writeFile(stateFile(), JSON.stringify(state), { mode: 0o600, flag: 'wx' });
  return stateFile();
}

/**
 * The sandbox that runs on this machine.
 * @throws AppError USAGE when there is none
 */
export async function findSandbox(): Promise<SandboxState> {
  const state = await runningSandbox();
  if (state) return state;
  throw new AppError('USAGE', 'No sandbox is running: start one with lambda-registrator sandbox.');
}

async function runningSandbox(): Promise<SandboxState | undefined> {
  try {
    const state = stateSchema.parse(JSON.parse(await readFile(stateFile(), 'utf8')));
    process.kill(state.pid, 0);
    return state;
  } catch {
    return undefined;
  }
}

function stateFile(): string {
  return path.join(tmpdir(), `lambda-registrator-sandbox-${userInfo().uid}.json`);
}
