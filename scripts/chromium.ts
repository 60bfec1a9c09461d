import { findChromium, installChromium } from './setup/chromium.ts';
import { createTerminal } from './setup/terminal.ts';

/** Installs a Chromium for the tests of the status page where there is none; without it these tests are left out. */
const terminal = createTerminal(process.stderr);

if (!findChromium(process.env)) {
  const problem = installChromium(terminal);
  if (problem !== undefined) terminal.say(`There is no Chromium: ${problem}.`);
}
