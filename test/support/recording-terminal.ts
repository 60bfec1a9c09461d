import type { Terminal } from '../../src/cli/terminal.ts';

export interface RecordingTerminal extends Terminal {
  out: string[];
  err: string[];
}

/** A terminal without colours that remembers what was said; with `answer` it has somebody who gives it. */
export function recordingTerminal(answer?: boolean): RecordingTerminal {
  const out: string[] = [];
  const err: string[] = [];
  return {
    out,
    err,
    print: (text) => out.push(text),
    note: (text) => err.push(text),
    progress: () => {},
    paint: (_colour, text) => text,
    paintNote: (_colour, text) => text,
    watched: false,
    interactive: answer !== undefined,
    confirm: (question) => {
      err.push(question);
      return Promise.resolve(answer ?? false);
    },
  };
}
