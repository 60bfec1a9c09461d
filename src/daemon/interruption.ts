import { once } from 'node:events';

/** What the process is told from outside, as a signal. */
export interface Interruption {
  /** Aborts when the program is to stop. */
  signal: AbortSignal;
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
  for (const [signal, act] of caught) process.on(signal, act);
  return {
    signal: controller.signal,
    ignore: () => {
      for (const [signal, act] of caught) process.off(signal, act);
    },
  };
}

/** Waits until `signal` aborts, which it may have done long before: somebody may end a program that is still starting. */
export async function untilAborted(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await once(signal, 'abort');
}
