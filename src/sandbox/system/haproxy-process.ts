import { type Guard, startServerProcess } from '../../local/server-process.ts';

/** A HAProxy with a master process; `await using` stops both. */
export interface HaproxyProcess extends AsyncDisposable {
  /** Of the master, for reloads. */
  readonly socket: string;
}

/**
 * Starts `binary` with a file and waits until it answers at `url`.
 * @throws AppError UPSTREAM_UNAVAILABLE with what HAProxy said
 */
export async function startHaproxyProcess(
  binary: string,
  file: string,
  url: string,
  guard: Guard,
): Promise<HaproxyProcess> {
  const socket = `${file}.sock`;
  const haproxy = await startServerProcess({
    name: 'HAProxy',
    binary,
    args: ['-W', '-S', socket, '-f', file],
    isReady: async () => (await fetch(url)).status > 0,
    startsWithinMs: 30_000,
    // Its worker would live on without a master that tells it to end.
    endedBy: 'SIGTERM',
    detached: true,
    guard,
  });
  return { socket, [Symbol.asyncDispose]: () => haproxy.end() };
}
