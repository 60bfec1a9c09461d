import { type Clock, clockOf, systemClock } from '../../../src/core/clock.ts';

/** A clock that runs `factor` times faster than the machine's, beside real servers: waits, limits and timeouts shrink. */
export function scaledClock(factor: number): Clock {
  return clockOf(
    () => systemClock.now() * factor,
    (ms, work) => systemClock.after(ms / factor, work),
  );
}
