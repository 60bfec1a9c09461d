import { type Clock, clockOf } from '../../../src/core/clock.ts';

/** A clock that stands still until it is told to move on. */
export interface ManualClock extends Clock {
  /** Lets `ms` milliseconds pass, waking sleepers in the order of their time and letting each do its work. */
  advance(ms: number): Promise<void>;
}

interface Sleeper {
  until: number;
  wake: () => void;
}

export function createManualClock(): ManualClock {
  let now = 0;
  const sleepers = new Set<Sleeper>();

  function nextDue(end: number): Sleeper | undefined {
    const due = [...sleepers].filter(({ until }) => until <= end);
    return due.toSorted((left, right) => left.until - right.until)[0];
  }

  const clock = clockOf(
    () => now,
    (ms, wake) => {
      const sleeper = { until: now + ms, wake };
      sleepers.add(sleeper);
      return () => void sleepers.delete(sleeper);
    },
  );
  return {
    ...clock,
    async advance(ms) {
      const end = now + ms;
      await othersWork();
      for (let due = nextDue(end); due; due = nextDue(end)) {
        now = due.until;
        sleepers.delete(due);
        due.wake();
        await othersWork();
      }
      now = end;
    },
  };
}

/** Lets everything run that waits for nothing but its turn. */
async function othersWork(): Promise<void> {
  await new Promise((resolve) => {
    setImmediate(resolve);
  });
}
