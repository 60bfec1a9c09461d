import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { processesAt } from '../haproxy-process/reload.ts';
import type { GuardianOrder } from './guardian.ts';

/**
 * The guardian of a sandbox, in a process of its own: hears of everything that must not outlive the sandbox, and waits for
 * the end of its input, which comes with the end of the sandbox, even by SIGKILL. Then it ends and removes what is left.
 */
const processes = new Set<number>();
const masterSockets = new Set<string>();
const paths = new Set<string>();

const looks = 5;
const pauseMs = 100;

for await (const line of createInterface(process.stdin)) take(JSON.parse(line) as GuardianOrder);
processes.forEach(killGroup);
for (const socket of masterSockets) await endHaproxy(socket);
for (const path of paths) await rm(path, { recursive: true, force: true, maxRetries: 10 });

function take(order: GuardianOrder): void {
  if ('keep' in order) processes.add(order.keep);
  else if ('release' in order) processes.delete(order.release);
  else if ('haproxyAt' in order) masterSockets.add(order.haproxyAt);
  else paths.add(order.remove);
}

/** A master that reloads may not answer for a moment; one that is gone leaves its socket at times. */
async function endHaproxy(masterSocket: string): Promise<void> {
  for (let look = 0; look < looks && existsSync(masterSocket); look += 1) {
    const found = await processesAt(masterSocket).catch(() => undefined);
    if (found) return killGroup(found.master);
    await sleep(pauseMs);
  }
}

function killGroup(leader: number): void {
  try {
    process.kill(-leader, 'SIGKILL');
  } catch {
    // It has ended already.
  }
}
