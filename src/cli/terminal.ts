import { createInterface } from 'node:readline/promises';
import { type Paint, paintFor } from './paint.ts';

/** What a command says and asks. Results go to standard output, all else to standard error. */
export interface Terminal {
  print(text: string): void;
  note(text: string): void;
  /** One line that whatever is said next replaces, nothing as well; it is shown to who watches standard error alone. */
  progress(text: string): void;
  /** Colours what is printed. */
  paint: Paint;
  /** Colours what is noted, which may go elsewhere. */
  paintNote: Paint;
  /** Whether a person reads standard output. */
  watched: boolean;
  /** Whether there is somebody to ask. */
  interactive: boolean;
  /** Asks a yes-or-no question; anything but yes is no, also the end of the input. */
  confirm(question: string): Promise<boolean>;
}

const eraseLine = '\r\u001b[K';

/** The terminal that the process runs in. */
export function processTerminal(env: NodeJS.ProcessEnv): Terminal {
  const { stdin, stdout, stderr } = process;
  let unfinished = false;
  const clear = (): void => {
    if (unfinished) stderr.write(eraseLine);
    unfinished = false;
  };
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
      // What is wider than the terminal could not be taken back.
      stderr.write(text.slice(0, (stderr.columns || 80) - 1));
      unfinished = text !== '';
    },
    paint: paintFor(stdout, env),
    paintNote: paintFor(stderr, env),
    watched: stdout.isTTY,
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
