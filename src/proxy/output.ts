import { destination } from 'pino';
import { createLogger, type Logger } from '../core/logger.ts';
import type { LineWriter } from './access-log.ts';

/** Where a proxy's words go. */
export interface ProxyOutput {
  /** Standard error. */
  readonly logger: Logger;
  /** Standard output. */
  readonly accessLog: LineWriter;
  /** Writes what waits to be written; the process may end then. */
  readonly flush: () => void;
}

/** Lines wait this long for others, since each write costs more than many lines. */
const gatherMs = 20;
const largestBatch = 64 * 1024;
/** Of lines that nobody takes as fast as they come; then lines are lost, not requests. */
const longestBacklog = 32 * 1024 * 1024;

export function openProxyOutput(): ProxyOutput {
  const output = destination({ fd: 1, sync: false, maxLength: longestBacklog });
  output.on('error', () => undefined);
  let batch = '';
  let timer: NodeJS.Timeout | undefined;
  const pass = (): void => {
    clearTimeout(timer);
    timer = undefined;
    if (batch !== '') output.write(batch);
    batch = '';
  };
  return {
    logger: createLogger('info', { program: 'proxy' }, destination({ fd: 2, sync: true })),
    accessLog: {
      write: (line) => {
        batch += line;
        if (batch.length > largestBatch) pass();
        else timer ??= setTimeout(pass, gatherMs);
      },
    },
    flush: () => {
      pass();
      try {
        output.flushSync();
      } catch {
        // Nobody reads any more.
      }
    },
  };
}
