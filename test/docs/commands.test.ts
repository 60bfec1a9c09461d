import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { createProgram } from '../../src/cli/cli.ts';
import { recordingTerminal } from '../support/recording-terminal.ts';
import { isRunHere, notRun, pagesRun, shownCommands } from './command-list.ts';
import { blocksOf, commandsOf, mentionsOf, pages } from './pages.ts';

const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> };
const program = createProgram({
  terminal: recordingTerminal(),
  env: {},
  reconcile: () => Promise.reject(new Error('nothing is run')),
  exit: () => {},
});

/** What is wrong with a command of this project; words in brackets stand for others. */
function faultOf(command: string): string | undefined {
  const own = /(?:^|\s)lambda-registrator (?=[a-z])([^|>&#]*)/.exec(command)?.[1] ?? '';
  const words = own.match(/(?:'[^']*'|"[^"]*"|[^\s'"])+/g) ?? [];
  let [at, rest]: [Command, readonly string[]] = [program, words];
  for (let next; (next = at.commands.find((one) => one.name() === rest[0])); rest = rest.slice(1)) at = next;
  if (words.length > 0 && at === program) return `${words[0]} is no command`;
  const known = new Set(at.options.map(({ long }) => long));
  const unknown = rest.filter((word) => word.startsWith('--') && !known.has(word));
  return unknown.length > 0 ? `${at.name()} knows no ${unknown.join(', ')}` : undefined;
}

/** Files of the repository that a command names. */
function filesIn(page: string, command: string): string[] {
  const whole = [
    ...command.matchAll(/(?:^|[\s"'=]|\.\/|\$PWD\/)((?:images|units|infra|examples)\/[\w./-]+)/g),
  ];
  const installed = /^install .* ([\w.][\w./-]*)( \/\S+)?$/.exec(command)?.[1];
  return [
    ...whole.map(([, file = '']) => file),
    ...(installed === undefined ? [] : [join(dirname(page), installed)]),
  ];
}

describe('the list of commands that are not run', () => {
  it('has every command of the pages that are not run', () => {
    const left = shownCommands().filter(
      (shown) => !pagesRun.some((page) => page === shown.page) && isRunHere(shown),
    );
    expect(left).toEqual([]);
  });

  it('has none that no page shows', () => {
    const shown = new Set(shownCommands().map(({ page, command }) => `${page}: ${command}`));
    const listed = Object.values(notRun).flatMap((byPage) =>
      Object.entries(byPage).flatMap(([page, commands]) => commands.map((command) => `${page}: ${command}`)),
    );
    expect(listed.filter((one) => !shown.has(one))).toEqual([]);
  });
});

describe.each(pages)('%s', (page) => {
  const commands = commandsOf(page).map(({ command }) => command);
  const named = [...commands, ...mentionsOf(page)];

  it('shows commands that a shell takes', () => {
    const { status, stderr } = spawnSync('bash', ['-n'], { input: commands.join('\n'), encoding: 'utf8' });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });

  it('names commands and options that there are', () => {
    expect(named.map(faultOf).filter((fault) => fault !== undefined)).toEqual([]);
  });

  it('shows JSON that is JSON', () => {
    const json = blocksOf(readFileSync(page, 'utf8')).filter(({ language }) => language === 'json');
    expect(json.map(({ lines }) => typeof JSON.parse(lines.join('\n')))).toEqual(json.map(() => 'object'));
  });

  it('names scripts and files that there are', () => {
    const asked = named.flatMap((command) =>
      [...command.matchAll(/\bnpm run ([\w:-]+)/g)].map(([, name = '']) => name),
    );
    expect(asked.filter((name) => scripts[name] === undefined)).toEqual([]);
    expect(commands.flatMap((command) => filesIn(page, command)).filter((file) => !existsSync(file))).toEqual(
      [],
    );
  });
});
