#!/usr/bin/env node
import { parseArgs } from 'node:util';
import { AppError, exitCodeOf, messageOf } from '../core/errors.ts';
import { openProxyOutput } from './told/output.ts';
import { runProxy } from './run.ts';

const usage = `Usage: proxy [lrp.yaml]

Serves HTTP by AWS Lambda functions and their emulators, as the file says; without it on port 8080, without routes.

  -h, --help  show this
`;

/** @throws AppError USAGE */
function argumentsIn(args: string[]): { file: string | undefined; help: boolean } {
  const { values, positionals } = parsed(args);
  const [file, ...others] = positionals;
  if (others.length > 0)
    throw new AppError('USAGE', `One file is taken, not ${positionals.length}.\n\n${usage}`);
  return { file, help: values.help ?? false };
}

function parsed(args: string[]) {
  try {
    const options = { help: { type: 'boolean', short: 'h' } } as const;
    return parseArgs({ args, options, allowPositionals: true });
  } catch (cause) {
    throw new AppError('USAGE', `${messageOf(cause)}\n\n${usage}`, { cause });
  }
}

const { logger, accessLog, errors, flush } = openProxyOutput();
try {
  const { file, help } = argumentsIn(process.argv.slice(2));
  if (help) accessLog.write(usage);
  else await runProxy(file, { env: process.env, logger, accessLog, errors });
  process.exitCode = 0;
} catch (error) {
  process.stderr.write(`error: ${messageOf(error)}\n`);
  process.exitCode = exitCodeOf(error);
}
await flush();
process.exit();
