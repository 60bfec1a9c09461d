/** Where set-up speaks. */
export interface Terminal {
  /** A line that stays. */
  say(line: string): void;
  /** A line that the next one replaces; shown on a terminal only. */
  progress(line: string): void;
}

/** Speaks on `stream`, so that standard output stays free for what is run next. */
export function createTerminal(stream: NodeJS.WriteStream): Terminal {
  const clear = stream.isTTY ? '\r\u001B[K' : '';
  return {
    say: (line) => void stream.write(`${clear}${line}\n`),
    progress: (line) => {
      if (stream.isTTY) stream.write(`${clear}${line.slice(0, stream.columns - 1)}`);
    },
  };
}
