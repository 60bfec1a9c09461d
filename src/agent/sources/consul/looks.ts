import type { WatchOptions } from '../../../consul/watch.ts';
import { type Backoff, backoffMs } from '../../../core/retry.ts';

/** Looks at everything, one at a time. */
export interface Looks {
  /** Begins one, unless one is under way, and repeats it until it succeeds. */
  begin(): void;
}

/** Before another look, where one failed. */
const backoff: Backoff = { baseMs: 500, maxMs: 30_000 };

/** Looks end, and are told of no more, when the signal of the options aborts. */
export function createLooks(
  { look, onFailure }: { look: () => Promise<void>; onFailure: (error: unknown) => void },
  { clock, random, signal }: Pick<WatchOptions, 'clock' | 'random' | 'signal'>,
): Looks {
  let isLooking = false;
  const untilDone = async (): Promise<void> => {
    for (let failures = 1; !signal.aborted; failures += 1) {
      try {
        return await look();
      } catch (error) {
        if (signal.aborted) return;
        onFailure(error);
        await clock.sleep(backoffMs(backoff, failures, random), signal).catch(() => {});
      }
    }
  };
  return {
    begin() {
      if (isLooking) return;
      isLooking = true;
      void untilDone().finally(() => (isLooking = false));
    },
  };
}
