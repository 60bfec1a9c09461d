/** Time as the programs see it, so that tests can run delays, timeouts and rate limits on a clock of their own. */
export interface Clock {
  /** Milliseconds since an arbitrary origin; only differences mean anything. */
  now(): number;
  /** Calls `work` after `ms` milliseconds; what is returned calls it off. */
  after(ms: number, work: () => void): () => void;
  /** Resolves after `ms` milliseconds; rejects with the signal's reason when it aborts first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** The machine's monotonic clock. With `core/random.ts` the only place of the pure folders that touches the outside. */
export const systemClock: Clock = clockOf(
  () => performance.now(),
  (ms, work) => {
    const timer = setTimeout(work, ms);
    return () => clearTimeout(timer);
  },
);

/** A clock that tells the time and rings as it is told to. */
export function clockOf(now: Clock['now'], after: Clock['after']): Clock {
  return {
    now,
    after,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        signal?.throwIfAborted();
        const onAbort = (): void => {
          callOff();
          reject(signal?.reason as Error);
        };
        const callOff = after(ms, () => {
          signal?.removeEventListener('abort', onAbort);
          resolve();
        });
        signal?.addEventListener('abort', onAbort, { once: true });
      }),
  };
}
