/** Ctrl-C and its like, as a signal, so that everything can be closed first. */
export function catchInterruption(): { signal: AbortSignal; ignore(): void } {
  const controller = new AbortController();
  const abort = (): void => controller.abort();
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const signal of signals) process.on(signal, abort);
  return {
    signal: controller.signal,
    ignore: () => {
      for (const signal of signals) process.off(signal, abort);
    },
  };
}
