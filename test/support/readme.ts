import { readFileSync } from 'node:fs';

/** What the README shows that `command` says, line by line; lines of `…` stand for what is left out. */
export function readmeOutput(command: string): string[] {
  const readme = readFileSync('README.md', 'utf8');
  const start = readme.indexOf(`$ ${command}\n`);
  if (start === -1) throw new Error(`The README does not show ${command}.`);
  const lines = readme.slice(start, readme.indexOf('\n```', start)).split('\n').slice(1);
  return lines.filter((line) => line !== '…');
}
