import { commandsOf } from '../docs/pages.ts';

/** What the README shows that `command` says, line by line; lines of `…` stand for what is left out. */
export function readmeOutput(command: string): string[] {
  const shown = commandsOf('README.md').find((one) => one.command === command);
  if (shown === undefined) throw new Error(`The README does not show ${command}.`);
  return shown.output.filter((line) => line !== '…');
}
