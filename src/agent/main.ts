#!/usr/bin/env node
import { parseArgs } from 'node:util';
import { AppError, exitCodeOf, messageOf } from '../core/errors.ts';
import { openLogLines } from '../daemon/log-lines.ts';
import { written } from '../daemon/written.ts';
import { diffText, isNothing } from './diff.ts';
import { previewDiff, previewFile } from './preview.ts';
import { runAgent } from './run.ts';

const usage = `Usage: agent [agent.yaml]         runs until SIGTERM; SIGHUP reads the file again
       agent diff [agent.yaml]    prints what would change, and ends with 2 where anything would
       agent render [agent.yaml]  prints HAProxy's file

Keeps HAProxy at what Cloud Map, Consul, Docker and files say. Without a file the environment says everything.

      --json  diff: print it as JSON
  -h, --help  show this
`;

/** Of `diff`, where something would change. */
const changed = 2;

interface Words {
  readonly command: 'run' | 'diff' | 'render';
  readonly file: string | undefined;
  readonly json: boolean;
  readonly help: boolean;
}

/** @throws AppError USAGE */
function wordsIn(args: string[]): Words {
  const { values, positionals } = parsed(args);
  const [first, ...others] = positionals;
  const command = first === 'diff' || first === 'render' ? first : 'run';
  const files = command === 'run' ? positionals : others;
  if (files.length > 1) throw new AppError('USAGE', `One file is taken, not ${files.length}.\n\n${usage}`);
  if (values.json === true && command !== 'diff')
    throw new AppError('USAGE', `--json is for diff alone.\n\n${usage}`);
  return { command, file: files[0], json: values.json ?? false, help: values.help ?? false };
}

function parsed(args: string[]) {
  try {
    const options = { help: { type: 'boolean', short: 'h' }, json: { type: 'boolean' } } as const;
    return parseArgs({ args, options, allowPositionals: true });
  } catch (cause) {
    throw new AppError('USAGE', `${messageOf(cause)}\n\n${usage}`, { cause });
  }
}

/** @returns the exit code */
async function run({ command, file, json, help }: Words): Promise<number> {
  const toldBy = { file, env: process.env };
  if (help) print(usage);
  else if (command === 'run') await runAgent(toldBy, { log: openLogLines(), print });
  else if (command === 'render') print(await previewFile(toldBy, note));
  else {
    const diff = await previewDiff(toldBy, note);
    print(`${json ? JSON.stringify(diff) : diffText(diff)}\n`);
    if (!isNothing(diff)) return changed;
  }
  return 0;
}

function print(text: string): void {
  process.stdout.write(text);
}

function note(text: string): void {
  process.stderr.write(`${text}\n`);
}

// Whoever reads them may leave.
process.stdout.on('error', () => undefined);
process.stderr.on('error', () => undefined);
try {
  process.exitCode = await run(wordsIn(process.argv.slice(2)));
} catch (error) {
  process.stderr.write(`error: ${messageOf(error)}\n`);
  process.exitCode = exitCodeOf(error);
}
await written(process.stdout);
process.exit();
