import { createLogger, type Logger } from '../../core/logger.ts';
import { openLogLines } from '../../daemon/log-lines.ts';
import { written } from '../../daemon/written.ts';
import type { LineWriter } from './access-log.ts';

/** Where a proxy's words go. */
export interface ProxyOutput {
  /** Standard error. */
  readonly logger: Logger;
  /** Standard output. */
  readonly accessLog: LineWriter;
  /** Standard error, for lines that are ready. */
  readonly errors: LineWriter;
  /** Writes what waits to be written, unless nobody takes it in time; the process may end then. */
  readonly flush: () => Promise<void>;
}

/** Lines wait this long for others, since each write costs more than many lines. */
const gatherMs = 20;
const largestBatch = 64 * 1024;
/** Of lines that nobody takes as fast as they come; then lines are lost, not requests. */
const longestBacklog = 32 * 1024 * 1024;

export function openProxyOutput(): ProxyOutput {
  // Whoever reads them may leave.
  const output = process.stdout.on('error', () => undefined);
  const errors = openLogLines();
  let batch = '';
  let timer: NodeJS.Timeout | undefined;
  const pass = (): void => {
    clearTimeout(timer);
    timer = undefined;
    if (batch !== '' && output.writableLength < longestBacklog) output.write(batch);
    batch = '';
  };
  return {
    logger: createLogger('info', { program: 'proxy' }, errors),
    errors,
    accessLog: {
      write: (line) => {
        batch += line;
        if (batch.length > largestBatch) pass();
        else timer ??= setTimeout(pass, gatherMs);
      },
    },
    flush: async () => {
      pass();
      await written(output);
    },
  };
}
