import type { Command } from 'commander';
import { createProgram } from '../src/cli/cli.ts';
import { exitMeanings } from '../src/cli/exit-code.ts';

/** The page of the command line: the help of every command, and what exit codes mean. */
export function commandPage(): string {
  const silent = { print: () => {}, note: () => {}, progress: () => {} };
  const program = createProgram({
    terminal: {
      ...silent,
      paint: (_colour, text) => text,
      paintNote: (_colour, text) => text,
      watched: false,
      interactive: false,
      confirm: () => Promise.resolve(false),
    },
    env: {},
    reconcile: () => Promise.reject(new Error('nothing is run for a page')),
    exit: () => {},
  });
  const sections = commandsOf(program).map(
    ([name, command]) => `## ${name}\n\n\`\`\`\n${helpOf(command)}\n\`\`\``,
  );
  const codes = Object.entries(exitMeanings).map(([code, meaning]) => `| ${code} | ${meaning} |`);
  return [
    '# Commands',
    'What `--help` says of each. Results go to standard output, all else to standard error; with `--json` results are JSON, and nothing else is on standard output. Colours and progress are for terminals alone; colours not with [`NO_COLOR`](https://no-color.org), and elsewhere too with [`FORCE_COLOR`](https://force-color.org).',
    ['| exit status | meaning |', '| --- | --- |', ...codes].join('\n'),
    ...sections,
  ].join('\n\n');
}

/** Every command that does something, by its words. */
function commandsOf(command: Command, words: readonly string[] = []): [string, Command][] {
  return command.commands.flatMap((one) => {
    const name = [...words, one.name()];
    const own: [string, Command][] = [[name.join(' '), one]];
    return [...own, ...commandsOf(one, name)];
  });
}

/** As wide as a page of text, whatever the terminal. */
function helpOf(command: Command): string {
  let text = '';
  command
    .configureHelp({ helpWidth: 80 })
    .configureOutput({ writeOut: (part) => (text += part), getOutHasColors: () => false });
  command.outputHelp();
  return text.trimEnd();
}
