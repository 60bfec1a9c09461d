import { type Clock, systemClock } from '../../src/core/clock.ts';

/** A clock that runs `factor` times faster than the machine's, beside real servers: waits, limits and timeouts shrink. */
export function scaledClock(factor: number): Clock {
  return {
    now: () => systemClock.now() * factor,
    sleep: (ms, signal) => systemClock.sleep(ms / factor, signal),
  };
}
