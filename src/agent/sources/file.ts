import { open } from 'node:fs/promises';
import { AppError, messageOf } from '../../core/errors.ts';
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
      reading = readServicesFile(await textOf(path), path);
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

  start().catch((error: unknown) => listener.onFailure(error));
  return {
    refresh,
    close: () => {
      isClosed = true;
      watched?.close();
    },
  };
}

/** @throws AppError FILE_UNREADABLE */
async function textOf(path: string): Promise<string> {
  try {
    const file = await open(path);
    try {
      const { size } = await file.stat();
      if (size > mostBytes) throw new Error(`it is bigger than ${mostBytes} bytes`);
      return await file.readFile('utf8');
    } finally {
      await file.close();
    }
  } catch (cause) {
    throw new AppError('FILE_UNREADABLE', `${path} cannot be read: ${messageOf(cause)}`, { cause });
  }
}
