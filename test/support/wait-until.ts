import { setTimeout as sleep } from 'node:timers/promises';

/** Asks `condition` again and again until it gives something other than undefined or false; a throw counts as "not yet". */
export async function waitUntil<Result>(
  what: string,
  condition: () => Promise<Result | undefined | false> | Result | undefined | false,
  timeoutMs = 30_000,
): Promise<Result> {
  const end = performance.now() + timeoutMs;
  let last: unknown;
  while (performance.now() < end) {
    try {
      const result = await condition();
      if (result !== undefined && result !== false) return result;
    } catch (error) {
      last = error;
    }
    await sleep(20);
  }
  throw new Error(`waited ${timeoutMs} ms for ${what}`, { cause: last });
}
