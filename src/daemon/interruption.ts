/** What the process is told from outside, as a signal. */
export interface Interruption {
  /** Aborts when the program is to stop. */
  signal: AbortSignal;
  /** Resolves then, or at once where it has aborted already; a listener of the signal would wait for ever. */
  arrived: Promise<void>;
  /** From now on the process is ended by what was caught before. */
  ignore(): void;
}

/**
 * Ctrl-C and its like, as a signal, so that everything can be closed first.
 * @param reload of a program that stays: called for SIGHUP, which ends all others, while SIGQUIT stops it, too
 */
export function catchInterruption(reload?: () => void): Interruption {
  const controller = new AbortController();
  const abort = (): void => controller.abort();
  const caught = new Map<NodeJS.Signals, () => void>([
    ['SIGINT', abort],
    ['SIGTERM', abort],
    ['SIGHUP', reload ?? abort],
    ...(reload === undefined ? [] : [['SIGQUIT', abort] as const]),
  ]);
  for (const [name, act] of caught) process.on(name, act);
  const { signal } = controller;
  return {
    signal,
    arrived: new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true })),
    ignore: () => {
      for (const [name, act] of caught) process.off(name, act);
    },
  };
}
