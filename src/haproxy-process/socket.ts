import { once } from 'node:events';
import { type Socket, connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { type Clock, systemClock } from '../core/clock.ts';
import { deadlineIn, withTimeout } from '../core/deadline.ts';
import { AppError, isAppError, messageOf } from '../core/errors.ts';

const usualMs = 5_000;
const largestAnswer = 64 * 1024 * 1024;

/** Asks one thing and waits for the whole answer; a payload is lines that each end with a newline. */
export type Ask = (command: string, payload?: string) => Promise<string>;

/**
 * Asks one thing at a socket of HAProxy's: a command that is followed by the end of the request, since some sockets stay
 * open otherwise.
 * @param limitMs for the whole answer
 * @throws AppError UPSTREAM_UNAVAILABLE when nobody answers there, UPSTREAM_TIMEOUT when the answer does not come
 */
export function askOnce(
  path: string,
  command: string,
  clock: Clock = systemClock,
  limitMs = usualMs,
): Promise<string> {
  return connected(path, clock, limitMs, async (socket) => {
    socket.end(`${command}\n`);
    return text(socket);
  });
}

/** What HAProxy writes when it has answered in interactive mode (https://docs.haproxy.org/2.6/management.html#9.3-prompt). */
const prompt = '\n> ';

/**
 * One connection for several commands, so that all of them reach the same process even when another takes over meanwhile.
 * @throws AppError UPSTREAM_UNAVAILABLE, UPSTREAM_TIMEOUT, or what `work` throws
 */
export async function withSession<Result>(
  path: string,
  work: (ask: Ask) => Promise<Result>,
  clock: Clock = systemClock,
): Promise<Result> {
  const socket = await connected(path, clock, usualMs, (socket) => Promise.resolve(socket), false);
  try {
    socket.setEncoding('utf8');
    const send = (words: string): Promise<string> =>
      inTime(path, clock, usualMs, () => {
        socket.write(words);
        return untilPrompt(socket);
      });
    await send('prompt\n');
    return await work(async (command, payload) => {
      const words = payload === undefined ? `${command}\n` : `${command} <<\n${payload}\n`;
      return (await send(words)).replace(/^(\+ )+/, '').trim();
    });
  } finally {
    socket.destroy();
  }
}

function untilPrompt(socket: Socket): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = '';
    const settle = (): void => {
      socket.off('data', onData).off('end', onClose).off('error', onClose);
    };
    const onData = (chunk: string): void => {
      answer += chunk;
      if (answer.length > largestAnswer) onClose(new Error('the answer is too long'));
      if (!answer.endsWith(prompt)) return;
      settle();
      resolve(answer.slice(0, -prompt.length));
    };
    const onClose = (error?: unknown): void => {
      settle();
      reject(error instanceof Error ? error : new Error('the connection was closed'));
    };
    socket.on('data', onData).on('end', onClose).on('error', onClose);
  });
}

async function connected<Result>(
  path: string,
  clock: Clock,
  limitMs: number,
  work: (socket: Socket) => Promise<Result>,
  closes = true,
): Promise<Result> {
  const socket = connect({ path, allowHalfOpen: true });
  socket.on('error', () => {});
  try {
    return await inTime(path, clock, limitMs, async () => {
      await once(socket, 'connect');
      return work(socket);
    });
  } catch (error) {
    socket.destroy();
    throw error;
  } finally {
    if (closes) socket.destroy();
  }
}

async function inTime<Result>(
  path: string,
  clock: Clock,
  limitMs: number,
  work: () => Promise<Result>,
): Promise<Result> {
  try {
    return await withTimeout(deadlineIn(clock, limitMs), limitMs, `HAProxy at ${path}`, work);
  } catch (cause) {
    if (isAppError(cause)) throw cause;
    throw new AppError('UPSTREAM_UNAVAILABLE', `HAProxy cannot be asked at ${path}: ${messageOf(cause)}.`, {
      cause,
    });
  }
}
