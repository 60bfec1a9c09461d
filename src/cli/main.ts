#!/usr/bin/env node
import { runCli } from './cli.ts';
import { registratorIn } from './registrator/run.ts';
import { processTerminal } from './terminal.ts';

const { env } = process;
const terminal = processTerminal(env);
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit();
});
process.exitCode = await runCli(process.argv.slice(2), {
  terminal,
  env,
  reconcile: registratorIn(env, terminal),
});
