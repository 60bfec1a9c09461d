import { setImmediate as settle } from 'node:timers/promises';

/** One side of a race: calls wait at `gate` until the schedule lets them through. */
export interface Side {
  gate(): Promise<void>;
}

/**
 * Runs two pieces of work in every order of their gated steps, a fresh pair each time, and gives each outcome to `check`,
 * which throws for one that must not be.
 * Between two steps everything else settles, so that a schedule always means the same.
 * @returns how many orders there were
 */
export async function everyInterleaving<Outcome>(
  start: (left: Side, right: Side) => Promise<Outcome>,
  check: (outcome: Outcome) => void,
): Promise<number> {
  let schedule: number[] = [];
  for (let count = 1; ; count += 1) {
    const { outcome, taken, open } = await follow(start, schedule);
    try {
      check(outcome);
    } catch (cause) {
      throw new Error(`in the order ${taken.map((side) => 'LR'[side]).join('')}`, { cause });
    }
    const last = open.lastIndexOf(true);
    if (last === -1) return count;
    schedule = [...taken.slice(0, last), 1];
  }
}

/** Follows a schedule, then always the left side; `open` says at which steps the right one could have gone instead. */
async function follow<Outcome>(
  start: (left: Side, right: Side) => Promise<Outcome>,
  schedule: readonly number[],
): Promise<{ outcome: Outcome; taken: number[]; open: boolean[] }> {
  const waiting: (() => void)[][] = [[], []];
  const sideAt = (at: number): Side => ({
    gate: () => new Promise((resolve) => waiting[at]?.push(resolve)),
  });
  const run = { ended: false };
  const outcome = start(sideAt(0), sideAt(1)).finally(() => {
    run.ended = true;
  });
  const taken: number[] = [];
  const open: boolean[] = [];
  await settle();
  while (!run.ended) {
    const [left = [], right = []] = waiting;
    if (left.length + right.length === 0) throw new Error('something other than a gate is waited for');
    const wished = schedule[taken.length] ?? 0;
    const choice = left.length === 0 ? 1 : right.length === 0 ? 0 : wished;
    open.push(left.length > 0 && right.length > 0 && choice === 0);
    taken.push(choice);
    waiting[choice]?.shift()?.();
    await settle();
  }
  return { outcome: await outcome, taken, open };
}
