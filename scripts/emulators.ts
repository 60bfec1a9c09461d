import { parseArgs } from 'node:util';
import { emulatorsInstalled, installEmulators } from './setup/emulators.ts';
import { createTerminal } from './setup/terminal.ts';

/** Installs the AWS emulators unless they are there; with `--optional` it only says what goes without them. */
const { values } = parseArgs({ options: { optional: { type: 'boolean', default: false } } });
const terminal = createTerminal(process.stderr);

if (!values.optional) {
  const problem = installEmulators(terminal);
  if (problem !== undefined) {
    terminal.say(problem);
    process.exitCode = 1;
  }
} else if (!emulatorsInstalled()) {
  terminal.say('Tests against moto and ministack are left out: `npm run test:contract` installs both.');
}
