import { execFile } from 'node:child_process';
import { type Clock, systemClock } from '../core/clock.ts';
import { deadlineIn } from '../core/deadline.ts';
import { AppError, isAppError, messageOf } from '../core/errors.ts';
import { type Processes, parseProcesses } from './answers.ts';
import { withoutSecrets } from './without-secrets.ts';
import { askOnce } from './socket.ts';

const usualMs = 15_000;
const pauseMs = 50;

/**
 * Reloads through the socket of the master process (`haproxy -W -S socket`), and returns once the new worker serves.
 * From 2.7 on `reload` answers `Success=0|1`; 2.6 answers nothing, and `show proc` counts reloads and failures
 * (https://docs.haproxy.org/2.6/management.html#9.4).
 * @param patienceMs how long the new worker may take
 * @throws AppError RELOAD_FAILED when HAProxy refuses or does not answer
 */
export async function reloadByMaster(
  socket: string,
  clock: Clock = systemClock,
  patienceMs = usualMs,
): Promise<void> {
  const before = await processesAt(socket, clock);
  const answer = await ask(socket, 'reload', clock, patienceMs);
  const [, success] = /Success=([01])/.exec(answer) ?? [];
  if (success === '1') return;
  if (success === '0') throw failed(answer.split('--\n').at(-1)?.trim() ?? 'no reason given');
  const deadline = deadlineIn(clock, patienceMs);
  while (deadline.remaining() > 0) {
    const now = await countsOf(socket, clock);
    if (now && now.failures > 0) throw failed('the file is invalid; the log of HAProxy says why');
    if (now && now.reloads > before.reloads) return;
    await clock.sleep(pauseMs);
  }
  throw failed(`no new worker within ${patienceMs} ms; the log of HAProxy says why`);
}

/**
 * Reloads by a command, as `systemctl reload haproxy`; its words are separated by blanks and no shell reads them.
 * @throws AppError RELOAD_FAILED when it cannot be run or ends with another status than 0
 */
export async function reloadByCommand(command: string): Promise<void> {
  const [file = '', ...args] = command.split(/\s+/).filter(Boolean);
  await new Promise<void>((resolve, reject) => {
    execFile(file, args, { timeout: usualMs, killSignal: 'SIGKILL' }, (error, stdout, stderr) => {
      if (error === null) resolve();
      else reject(failed((stderr || stdout || error.message).trim()));
    });
  });
}

/** Undefined while the master starts anew and does not listen. */
async function countsOf(socket: string, clock: Clock): Promise<Processes | undefined> {
  try {
    return await processesAt(socket, clock);
  } catch (error) {
    if (isAppError(error, 'RELOAD_FAILED')) return undefined;
    throw error;
  }
}

/**
 * The processes behind the socket of a master.
 * @throws AppError RELOAD_FAILED when there is no master that answers
 */
export async function processesAt(socket: string, clock: Clock = systemClock): Promise<Processes> {
  const answer = await ask(socket, 'show proc', clock);
  const processes = parseProcesses(answer);
  if (processes === undefined)
    throw failed(`the master socket answers ${JSON.stringify(answer.slice(0, 200))}`);
  return processes;
}

async function ask(path: string, command: string, clock: Clock, limitMs?: number): Promise<string> {
  try {
    return await askOnce(path, command, clock, limitMs);
  } catch (cause) {
    const advice = 'Check that HAProxy runs with -W -S and this socket.';
    throw new AppError('RELOAD_FAILED', `${messageOf(cause)} ${advice}`, { cause });
  }
}

function failed(reason: string): AppError {
  return new AppError(
    'RELOAD_FAILED',
    `HAProxy did not reload and goes on as it was: ${withoutSecrets(reason)}`,
  );
}
