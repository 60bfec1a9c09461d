import type { Clock } from '../../core/clock.ts';

/** Keeps something written down. */
export interface PacedWriter {
  /** It has to be written. */
  changed(): void;
  /** Resolves when what changed last is written, or cannot be. */
  close(): Promise<void>;
}

/** Of the time that a write takes, how long the next one waits at least: writing takes a twentieth of all time. */
const pauses = 20;
const retryMs = 30_000;

/**
 * Writes soon after each change, once for all changes that come while a write takes its time, or its pause. What could not be
 * written is tried again.
 * @param write writes what there is then
 */
export function createPacedWriter(
  write: () => Promise<void>,
  onFailure: (error: unknown) => void,
  clock: Clock,
): PacedWriter {
  const stop = new AbortController();
  let isDue = false;
  let work: Promise<void> | undefined;

  /** @returns whether it is written */
  async function writeOnce(): Promise<boolean> {
    isDue = false;
    try {
      await write();
      return true;
    } catch (error) {
      isDue = true;
      onFailure(error);
      return false;
    }
  }

  async function keepWriting(): Promise<void> {
    while (isDue && !stop.signal.aborted) {
      const startedAt = clock.now();
      const isWritten = await writeOnce();
      const pause = pauses * (clock.now() - startedAt);
      await clock.sleep(isWritten ? pause : Math.max(pause, retryMs), stop.signal).catch(() => {});
    }
    work = undefined;
  }

  return {
    changed: () => {
      isDue = true;
      work ??= keepWriting();
    },
    close: async () => {
      stop.abort();
      await work;
      if (isDue) await writeOnce();
    },
  };
}
