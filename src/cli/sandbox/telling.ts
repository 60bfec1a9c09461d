import type { Telling } from '../../sandbox/story/telling.ts';
import { table } from '../table.ts';
import type { Terminal } from '../terminal.ts';

const colours = { '+': 'green', '-': 'red', '~': 'yellow', '!': 'cyan', x: 'red' } as const;

/** Tells the story on a terminal: numbered chapters, commands after a `$`, and what is seen below them. */
export function tellingOn(terminal: Terminal): Telling {
  let chapters = 0;
  const saw = (...lines: string[]): void =>
    lines.forEach((line) => terminal.print(`  ${painted(line, terminal)}`));
  return {
    chapter: (title) => {
      chapters += 1;
      terminal.print(`\n## ${chapters}. ${title}`);
    },
    did: (command) => terminal.print(`$ ${command}`),
    saw,
    sawTable: (columns, rows) => saw(...table(columns, rows).split('\n')),
  };
}

/** A line with the sign of what changed in its colour. */
export function painted(line: string, { paint }: Terminal): string {
  const [sign = ''] = line.split(' ', 1);
  return isSign(sign) ? `${paint(colours[sign], sign)}${line.slice(sign.length)}` : line;
}

function isSign(word: string): word is keyof typeof colours {
  return Object.hasOwn(colours, word);
}
