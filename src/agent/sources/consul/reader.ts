import { backoffMs } from '../../../core/retry.ts';
import type { WatchOptions } from '../../../consul/watch.ts';

/** Reads services again, a few at a time, each until it was read. */
export interface Reader {
  /** Reads each of them once from now on; a service that is being read is read again after that. */
  again(services: Iterable<string>): void;
}

export interface ReaderWork {
  /** Reads a service; one that is not followed any more needs no reading. */
  read: (service: string) => Promise<void>;
  onFailure: (service: string, error: unknown) => void;
  /** What had to be read was read, except what failed. */
  onIdle: () => void;
}

const backoff = { baseMs: 250, maxMs: 5_000 };

/** @param atOnce reads at one time */
export function createReader(
  { read, onFailure, onIdle }: ReaderWork,
  atOnce: number,
  { clock, random, signal }: WatchOptions,
): Reader {
  const waiting = new Set<string>();
  const running = new Set<string>();
  const failures = new Map<string, number>();

  function start(): void {
    for (const service of waiting) {
      if (running.size >= atOnce || signal.aborted) return;
      if (running.has(service)) continue;
      waiting.delete(service);
      running.add(service);
      void readOne(service);
    }
    if (running.size === 0 && !signal.aborted) onIdle();
  }

  async function readOne(service: string): Promise<void> {
    try {
      await read(service);
      failures.delete(service);
    } catch (error) {
      if (signal.aborted) return;
      const count = (failures.get(service) ?? 0) + 1;
      failures.set(service, count);
      onFailure(service, error);
      const inTime = clock.sleep(backoffMs(backoff, count, random), signal);
      void inTime.then(() => again([service])).catch(() => {});
    } finally {
      running.delete(service);
      start();
    }
  }

  function again(services: Iterable<string>): void {
    for (const service of services) waiting.add(service);
    if (waiting.size > 0) start();
  }

  return { again };
}
