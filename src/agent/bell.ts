import type { Clock } from '../core/clock.ts';

/** Wakes one who waits. */
export interface Bell {
  /** Wakes who waits now, or else who waits next. */
  ring: () => void;
  /** Forgets a ring that nobody has heard. */
  still: () => void;
  /** Resolves when it rings, has rung since the last time, or after `ms` milliseconds. */
  wait: (ms: number) => Promise<void>;
}

export function createBell(clock: Clock): Bell {
  let hasRung = false;
  let wake: (() => void) | undefined;
  return {
    ring: () => {
      if (wake === undefined) hasRung = true;
      else wake();
    },
    still: () => {
      hasRung = false;
    },
    wait: (ms) =>
      new Promise((resolve) => {
        const end = (): void => {
          callOff();
          wake = undefined;
          hasRung = false;
          resolve();
        };
        const callOff = clock.after(ms, end);
        if (hasRung) end();
        else wake = end;
      }),
  };
}
