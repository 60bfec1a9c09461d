import { installLinters } from './setup/linters.ts';
import { createTerminal } from './setup/terminal.ts';

/** Installs the linters of Dockerfiles where they are not; without them their test is left out. */
const terminal = createTerminal(process.stderr);

const problem = installLinters(terminal);
if (problem !== undefined) terminal.say(`There is no linter of Dockerfiles: ${problem}`);
