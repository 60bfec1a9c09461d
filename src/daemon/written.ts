import type { Writable } from 'node:stream';
import { systemClock } from '../core/clock.ts';
import { within } from '../core/deadline.ts';

const patienceMs = 2_000;

/** Waits until what was written to a stream is passed on, unless nobody takes it in time; the process may end then. */
export async function written(stream: Writable): Promise<void> {
  await within(systemClock, patienceMs, new Promise((resolve) => stream.write('', resolve)));
}
