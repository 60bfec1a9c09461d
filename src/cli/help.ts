import type { Command } from 'commander';

/** What the help of a command says after its options. */
export interface Help {
  /** What else there is to know, in sentences. */
  notes?: string;
  /** What its exit codes mean, beside those of every command. */
  exit?: Readonly<Record<number, string>>;
  /** Lines for a shell; at least one. */
  examples: readonly [string, ...string[]];
}

const width = 80;

/** Adds notes, exit codes and examples to the help of a command, in the one form that all have. */
export function withHelp(command: Command, { notes, exit = {}, examples }: Help): Command {
  const sections = [
    ...(notes === undefined ? [] : [wrapped(notes, '')]),
    ...(Object.keys(exit).length === 0 ? [] : [exitText(exit)]),
    ['Examples:', ...examples.map((line) => `  $ ${line}`)].join('\n'),
  ];
  return command.addHelpText('after', `\n${sections.join('\n\n')}`);
}

/** Exit codes and their meaning, one a line. */
function exitText(exit: Readonly<Record<number, string>>): string {
  const lines = Object.entries(exit).map(([code, meaning]) => {
    return `  ${code.padStart(3)}  ${wrapped(meaning, ' '.repeat(7)).trimStart()}`;
  });
  return ['Exit status:', ...lines].join('\n');
}

/** Text in lines of at most {@link width} characters, each after `indent`. */
function wrapped(text: string, indent: string): string {
  const lines: string[] = [];
  let line = indent;
  for (const word of text.split(' ')) {
    if (line.length > indent.length && line.length + word.length + 1 > width) {
      lines.push(line);
      line = indent;
    }
    line += line.length === indent.length ? word : ` ${word}`;
  }
  return [...lines, line].join('\n');
}
