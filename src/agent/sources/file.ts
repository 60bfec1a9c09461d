import { readTextFile } from '../../daemon/text-file.ts';
import { watchFiles, type WatchedFiles } from '../../daemon/watched-files.ts';
import type { Reading, RunningSource, SourceListener } from '../model/sighting.ts';
import { readServicesFile } from './services-file.ts';

/** A bigger one is not what somebody wrote. */
const mostBytes = 16 * 1024 * 1024;

/**
 * Follows a file of services: it is read at once, and again whenever it changes.
 * @param rhythm of looks at the file, for tests
 */
export function startFileSource(
  path: string,
  listener: SourceListener,
  rhythm?: Parameters<typeof watchFiles>[2],
): RunningSource {
  let isClosed = false;
  let watched: WatchedFiles | undefined;
  let last: Promise<void> = Promise.resolve();

  async function look(): Promise<void> {
    let reading: Reading;
    try {
      reading = readServicesFile(await readTextFile(path, mostBytes), path);
    } catch (error) {
      if (!isClosed) listener.onFailure(error);
      return;
    }
    if (!isClosed) listener.onReading(reading);
  }
  /** One after the other, so that the last to be told is the last that was read. */
  function refresh(): void {
    last = last.then(look);
  }
  /** Read only when it is watched, so that no change is missed. */
  async function start(): Promise<void> {
    watched = await watchFiles([path], refresh, rhythm);
    if (isClosed) watched.close();
    refresh();
  }

  start().catch((error: unknown) => {
    if (!isClosed) listener.onFailure(error);
  });
  return {
    refresh,
    close: () => {
      isClosed = true;
      watched?.close();
    },
  };
}
