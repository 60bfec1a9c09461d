import type { Clock } from '../core/clock.ts';

/** Wakes one who waits. */
export interface Bell {
  /** Wakes who waits now, or else who waits next. */
  ring: () => void;
  /** Forgets a ring that nobody has heard. */
  still: () => void;
  /** Resolves when it rings, has rung since the last time, or after `ms` milliseconds; says whether it rang. */
  wait: (ms: number) => Promise<boolean>;
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
        const end = (isRing: boolean): void => {
          callOff();
          wake = undefined;
          hasRung = false;
          resolve(isRing);
        };
        const callOff = clock.after(ms, () => end(false));
        if (hasRung) end(true);
        else wake = () => end(true);
      }),
  };
}
