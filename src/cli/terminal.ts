import { createInterface } from 'node:readline/promises';
import { styleText } from 'node:util';
import type { Paint } from './registrator/report-text.ts';

/** What a command says and asks. Results go to standard output, all else to standard error. */
export interface Terminal {
  print(text: string): void;
  note(text: string): void;
  /** One line that later progress replaces; nothing is shown where nobody watches. */
  progress(text: string): void;
  paint: Paint;
  /** Whether a person reads standard output. */
  watched: boolean;
  /** Whether there is somebody to ask. */
  interactive: boolean;
  /** Asks a yes-or-no question; anything but yes is no, also the end of the input. */
  confirm(question: string): Promise<boolean>;
}

const eraseLine = '\r\u001b[K';

/** The terminal that the process runs in; colours only where a person reads, and not with `NO_COLOR` (https://no-color.org). */
export function processTerminal(env: NodeJS.ProcessEnv): Terminal {
  const { stdin, stdout, stderr } = process;
  let unfinished = false;
  const clear = (): void => {
    if (unfinished) stderr.write(eraseLine);
    unfinished = false;
  };
  const watched = stdout.isTTY;
  const coloured = watched && !env['NO_COLOR'];
  return {
    print: (text) => {
      clear();
      stdout.write(`${text}\n`);
    },
    note: (text) => {
      clear();
      stderr.write(`${text}\n`);
    },
    progress: (text) => {
      if (!stderr.isTTY) return;
      clear();
      stderr.write(text);
      unfinished = true;
    },
    paint: (colour, text) => (coloured ? styleText(colour, text, { validateStream: false }) : text),
    watched,
    interactive: stdin.isTTY && stderr.isTTY,
    confirm: async (question) => {
      const lines = createInterface({ input: stdin, output: stderr });
      const ended = new Promise<string>((resolve) => lines.once('close', () => resolve('')));
      const answer = await Promise.race([lines.question(`${question} [y/N] `), ended]);
      lines.close();
      return /^y(es)?$/i.test(answer.trim());
    },
  };
}
