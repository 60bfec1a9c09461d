import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { format } from 'prettier';
import { describe, expect, it } from 'vitest';
import { commandPage } from '../../scripts/command-page.ts';
import { createProgram, runCli } from '../../src/cli/cli.ts';
import { exitCodes, exitMeanings } from '../../src/cli/exit-code.ts';
import { errorCodes } from '../../src/core/errors.ts';
import { recordingTerminal } from '../support/recording-terminal.ts';

const idle = { env: {}, reconcile: () => Promise.reject(new Error('nothing is run')), exit: () => {} };

/** Every command with its own help, by its words. */
function commands(): [string, Command][] {
  const under = (command: Command, words: readonly string[]): [string, Command][] =>
    command.commands.flatMap((one) => {
      const name = [...words, one.name()];
      return [[name.join(' '), one] as [string, Command], ...under(one, name)];
    });
  return under(createProgram({ ...idle, terminal: recordingTerminal() }), []);
}

async function said(args: string): Promise<{ code: number; err: string; out: string }> {
  const terminal = recordingTerminal();
  const code = await runCli(args.split(' '), { ...idle, terminal });
  return { code, err: terminal.err.join('\n'), out: terminal.out.join('\n') };
}

const walked = commands();
const names = walked.map(([name]) => name);
const ending = names.filter((name) => name !== 'registry');

const changes = 'it changes something, and the terminal of the sandbox shows what came of it';

/** What prints no result of its own, and why. */
const withoutJson: Readonly<Record<string, string>> = {
  agent: 'it serves, and logs JSON lines',
  proxy: 'it serves, and logs JSON lines',
  'proxy event': 'the event is JSON itself',
  registry: 'its subcommands print',
  'registry serve': 'it serves, and logs JSON lines',
  sandbox: 'it tells a story',
  'sandbox create': changes,
  'sandbox tag': changes,
  'sandbox untag': changes,
  'sandbox delete': changes,
  'sandbox faults': changes,
};

const inTheSameWords = /^print .+ as JSON, and nothing else, on standard output$/;

/** Words that a command must be given before its options are looked at. */
const needed: Readonly<Record<string, string>> = {
  'take-over': '--from old',
  'registry push': '--url http://registry.example',
  'proxy event': '--host shop.example --path /',
};

describe('the help of a command', () => {
  it.each(names)('%s ends with examples that name it', async (name) => {
    const { code, out } = await said(`${name} --help`);
    expect(code).toBe(0);
    const [, examples = ''] = out.split('\n\nExamples:\n');
    expect(examples).toContain(`lambda-registrator ${name}`);
    expect(examples.split('\n').filter((line) => !/^ {2}\$ |^ {6}/.test(line))).toEqual([]);
  });

  it.each(ending)('%s gives its exit codes a meaning of the one table', async (name) => {
    const { out } = await said(`${name} --help`);
    const codes = [...out.matchAll(/^ {2,4}(\d{1,3}) {2}/gm)].map(([, code]) => Number(code));
    expect(codes).toContain(0);
    expect(codes.filter((code) => !(code in exitMeanings))).toEqual([]);
  });

  it('is the page of commands', async () => {
    const page = readFileSync(new URL('../../docs/commands.md', import.meta.url), 'utf8');
    expect(page).toBe(await format(commandPage(), { parser: 'markdown', printWidth: 110 }));
  });
});

describe('the table of exit codes', () => {
  it('has every code that a command can end with', () => {
    const used = [...Object.values(exitCodes), ...Object.values(errorCodes).map(({ exitCode }) => exitCode)];
    expect(used.filter((code) => !(code in exitMeanings))).toEqual([]);
  });
});

describe('what a command prints for programs', () => {
  it.each(walked)('%s has --json in the same words, or a reason why not', (name, command) => {
    const { description = '' } = command.options.find(({ long }) => long === '--json') ?? {};
    expect(inTheSameWords.test(description)).toBe(!(name in withoutJson));
  });
});

describe('a mistyped word', () => {
  it.each(walked)('%s suggests the option that was meant', async (name, command) => {
    const option = command.options.find(({ mandatory }) => !mandatory);
    const meant = option?.long ?? '--help';
    const { code, err } = await said([name, needed[name], meant.slice(0, -1)].filter(Boolean).join(' '));
    expect(code).toBe(64);
    expect(err).toContain(`(Did you mean ${meant}?)`);
  });

  it.each([
    ['plann', 'plan'],
    ['registry srve', 'serve'],
    ['sandbox fualts', 'faults'],
    ['sync --allow-delete 3', '--allow-deletes'],
    ['proxy chek lrp.yaml', 'check'],
    ['agent dif', 'diff'],
  ])('%j is answered with %s', async (args, meant) => {
    const { code, err } = await said(args);
    expect(code).toBe(64);
    expect(err).toContain(`(Did you mean ${meant}?)`);
  });
});
