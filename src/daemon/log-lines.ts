import { destination } from 'pino';

/** Of lines that cannot be written for now; more are lost. */
const longestBacklog = 1024 * 1024;

/**
 * Takes the lines of a log, each of which is written before the next. One that cannot be written, as on a disk that is full,
 * is written with a later one or lost, and ends nothing.
 * @param fd standard error unless another is given
 */
export function openLogLines(fd = 2) {
  return destination({ fd, sync: true, maxLength: longestBacklog }).on('error', () => undefined);
}
