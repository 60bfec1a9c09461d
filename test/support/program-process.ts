import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { onTestFinished } from 'vitest';
import { buildBundle, bundles } from '../../scripts/bundles.ts';
import { waitUntil } from './wait-until.ts';

/** A built program, in a folder that also takes files of tests. */
export interface BuiltProgram {
  readonly program: string;
  readonly folder: string;
  remove(): Promise<void>;
}

/** A line that a program wrote, as JSON, or `{ text }` where it is none. */
export type LogLine = Readonly<Record<string, unknown>>;

/** A program as a process of its own. */
export interface ProgramProcess {
  readonly child: ChildProcess;
  /** Lines of standard output. */
  readonly lines: readonly LogLine[];
  /** Lines of standard error. */
  readonly said: readonly LogLine[];
  /** Waits for a line of standard error that holds `text`. */
  says(text: string): Promise<LogLine>;
  /** The exit code. */
  readonly ended: Promise<number | null>;
}

/** What a program wrote, as it wrote it. */
export function textOf(lines: readonly LogLine[]): string {
  return lines
    .map((line) => (typeof line['text'] === 'string' ? line['text'] : JSON.stringify(line)))
    .join('\n');
}

/** Makes what `npm run build` makes of a program. */
export async function buildProgram(program: string): Promise<BuiltProgram> {
  await mkdir('.cache', { recursive: true });
  const folder = await mkdtemp(`.cache/${program}-`);
  const bundle = bundles.find((one) => one.program === program);
  if (bundle) await buildBundle(bundle, folder);
  return { program, folder, remove: () => rm(folder, { recursive: true, force: true }) };
}

/** Starts the program with arguments, and follows what it says; it is killed when the test has ended. */
export function startProgram(
  { folder, program }: Pick<BuiltProgram, 'folder' | 'program'>,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): ProgramProcess {
  return startCommand([process.execPath, `${folder}/${program}/index.mjs`, ...args], { env });
}

/** What a command is started with, beside PATH. */
interface Surroundings {
  readonly env: Readonly<Record<string, string>>;
  readonly uid?: number;
  readonly gid?: number;
}

/** As {@link startProgram}, for any command. */
export function startCommand(words: readonly string[], { env, ...user }: Surroundings): ProgramProcess {
  const [command = '', ...args] = words;
  const child = spawn(command, args, {
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    ...user,
  });
  const lines = linesOf(child.stdout);
  const said = linesOf(child.stderr);
  const ended = endOf(child);
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  const says = (text: string): Promise<LogLine> =>
    waitUntil(text, () => said.find((line) => JSON.stringify(line).includes(text)));
  return { child, lines, said, says, ended };
}

/** Of one that was killed, processes may live on that hold its output open. */
async function endOf(child: ChildProcess): Promise<number | null> {
  const closed = once(child, 'close');
  const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
  if (signal === null) await closed;
  return code;
}

function linesOf(stream: Readable): LogLine[] {
  const lines: LogLine[] = [];
  createInterface(stream).on('line', (line) => {
    lines.push(lineOf(line));
  });
  return lines;
}

/** The last line of a process that was killed may be cut off. */
function lineOf(text: string): LogLine {
  try {
    return JSON.parse(text) as LogLine;
  } catch {
    return { text };
  }
}
