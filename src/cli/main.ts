#!/usr/bin/env node
import { runCli } from './cli.ts';
import { registratorIn } from './registrator/run.ts';
import { processTerminal } from './terminal.ts';

const { env } = process;
const terminal = processTerminal(env);
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    // Whoever read is gone: another program ended, or the terminal was closed.
    if (error.code !== 'EPIPE' && error.code !== 'EIO') throw error;
    process.exit();
  });
}
process.exitCode = await runCli(process.argv.slice(2), {
  terminal,
  env,
  reconcile: registratorIn(env, terminal),
});
