import { setMaxListeners } from 'node:events';

/** Work that goes on for each service that is followed. */
export interface Watches {
  /** Starts what is new, and ends what is not among them any more. */
  follow(services: Iterable<string>): void;
}

/** @param start begins the work for a service, which ends when the signal aborts */
export function createWatches(start: (service: string, signal: AbortSignal) => void): Watches {
  const running = new Map<string, AbortController>();
  return {
    follow: (services) => {
      const followed = new Set(services);
      for (const [service, stop] of running) {
        if (followed.has(service)) continue;
        stop.abort();
        running.delete(service);
      }
      for (const service of followed) {
        if (running.has(service)) continue;
        const stop = stopSignal();
        running.set(service, stop);
        start(service, stop.signal);
      }
    },
  };
}

/** What ends many calls at once. */
export function stopSignal(): AbortController {
  const stop = new AbortController();
  setMaxListeners(0, stop.signal);
  return stop;
}
