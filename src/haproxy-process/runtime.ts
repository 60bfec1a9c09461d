import { type Clock, systemClock } from '../core/clock.ts';
import { AppError } from '../core/errors.ts';
import { type Command, type ServerCommand, linesOf, payloadsOf } from '../haproxy/running/commands.ts';
import type { Layout, RouteMap } from '../haproxy/running/layout.ts';
import {
  type ServerState,
  observed,
  parseServerStates,
  stateFileOf,
} from '../haproxy/running/server-states.ts';
import { parseMap } from './answers.ts';
import { accessOf, replaceFile } from './files.ts';
import type { Removals } from './removals.ts';
import { type Ask, askOnce, withSession } from './socket.ts';

/**
 * Carries commands out at the socket of a worker, in order and on one connection, while no server is being removed.
 * Stopped at any point, they leave a HAProxy that serves.
 * @param socket path of the worker's socket, level admin
 * @throws AppError UPSTREAM_REJECTED when HAProxy refuses one; UPSTREAM_UNAVAILABLE, UPSTREAM_TIMEOUT
 */
export async function runCommands(
  socket: string,
  commands: readonly Command[],
  removals: Removals,
  clock: Clock = systemClock,
): Promise<void> {
  if (commands.length === 0) return;
  const carryOut = async (ask: Ask): Promise<void> => {
    for (const command of commands) {
      if (command.kind === 'map') await replaceMap(ask, command);
      else if (command.kind === 'remove') await removals.begin(command, ask);
      else if (command.kind === 'add') await addServer(ask, command, removals);
      else await changeServer(ask, command);
    }
  };
  await removals.apart(() => withSession(socket, carryOut, clock));
}

/** What a server is answered that is there already, and what HAProxy says when all is well. */
const isThere = /^Already exists/;
const isDone = /^(|New server registered\.|(IP changed|port changed|no need to change).*)$/;

async function changeServer(ask: Ask, command: ServerCommand): Promise<void> {
  for (const line of linesOf(command)) {
    const answer = await ask(line);
    if (!isDone.test(answer)) throw refused(line, answer);
  }
}

/**
 * A server that is still on its way out comes back as it was. One with other words makes room first, and where it
 * cannot, since requests are on it, only a reload helps.
 */
async function addServer(ask: Ask, command: Command & { kind: 'add' }, removals: Removals): Promise<void> {
  const [add = '', ...ready] = linesOf(command);
  const leaving = removals.recall(command);
  const isBack = leaving?.options === command.options;
  if (leaving && !isBack) await removals.finish(command, ask);
  const answer = isBack ? 'Already exists' : await ask(add);
  if (!isThere.test(answer)) {
    if (!isDone.test(answer)) throw refused(add, answer);
  } else if (isBack) {
    await changeServer(ask, { ...command, kind: 'address' });
    await changeServer(ask, { ...command, kind: 'weight' });
  } else throw refused(add, answer);
  for (const line of ready) {
    const answer = await ask(line);
    if (!isDone.test(answer)) throw refused(line, answer);
  }
}

/** All entries under a new version, which counts once it is whole. */
async function replaceMap(ask: Ask, map: RouteMap): Promise<void> {
  const prepare = `prepare map ${map.file}`;
  const answer = await ask(prepare);
  const [, version] = /^New version created: (\d+)$/.exec(answer) ?? [];
  // A version that HAProxy did not give is taken for the one in use, without a word.
  if (version === undefined) throw refused(prepare, answer);
  for (const payload of payloadsOf(map)) {
    const add = `add map @${version} ${map.file}`;
    const answer = await ask(add, payload);
    if (answer !== '') throw refused(add, answer);
  }
  const commit = `commit map @${version} ${map.file}`;
  const committed = await ask(commit);
  if (committed !== '') throw refused(commit, committed);
}

function refused(line: string, answer: string): AppError {
  const said = answer.split('\n')[0] ?? '';
  return new AppError(
    'UPSTREAM_REJECTED',
    `HAProxy refuses "${line.slice(0, 200)}": ${said}. A reload may help.`,
  );
}

/**
 * What a running HAProxy really has, with the rest of a layout.
 * @param removals servers on their way out are passed over
 * @throws AppError UPSTREAM_UNAVAILABLE, UPSTREAM_TIMEOUT
 */
export async function observe(
  socket: string,
  layout: Layout,
  clock: Clock = systemClock,
  removals?: Removals,
): Promise<Layout> {
  const map = await askOnce(socket, `show map ${layout.map.file}`, clock);
  const states = await serverStates(socket, clock);
  const staying = removals === undefined ? states : states.filter((state) => !removals.isLeaving(state));
  return observed(layout, staying, parseMap(map));
}

/**
 * The servers of a running HAProxy.
 * @throws AppError UPSTREAM_UNAVAILABLE, UPSTREAM_TIMEOUT
 */
export async function serverStates(socket: string, clock: Clock = systemClock): Promise<ServerState[]> {
  return parseServerStates(await askOnce(socket, 'show servers state', clock));
}

/**
 * Writes down which servers are down, for the process of the next reload. Where nobody answers, nothing is known.
 * @param file what `global.stateFile` names
 * @throws AppError CONFIG_INVALID when it cannot be written
 */
export async function saveServerStates(
  file: string,
  states: readonly ServerState[],
  wanted: Pick<Layout, 'backends'>,
): Promise<void> {
  await replaceFile(file, stateFileOf(states, wanted), await accessOf(file, 0o600));
}
