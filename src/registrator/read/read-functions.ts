import type { Functions, Tags } from '../../aws/api.ts';
import { mapConcurrent } from '../../core/concurrency.ts';
import type { Deadline } from '../../core/deadline.ts';
import { AppError, isAppError } from '../../core/errors.ts';
import type { Random } from '../../core/random.ts';
import { parseFunctionArn, unqualifiedArn } from '../../lambda-service/arn.ts';
import { enabledTag, readTags } from '../../lambda-service/tags.ts';
import { isSettled, type FunctionState, type FunctionStates } from '../model/snapshot.ts';

/** Reads in flight; the rate limit decides how fast they are made. */
const readsInFlight = 8;

export interface FunctionReader {
  functions: Functions;
  servicePrefix: string;
  pageSize: number;
  random: Random;
}

export interface FunctionListing {
  states: FunctionStates;
  /** Why the listing is not whole; absence from it then proves nothing. */
  failure: AppError | undefined;
}

/**
 * Functions that carry the enabled tag. The tagging index says where to look; where it may not be asked, every function
 * of the account is.
 */
export async function listFunctions(reader: FunctionReader, deadline: Deadline): Promise<FunctionListing> {
  try {
    const { items, failure } = await reader.functions.listTagged(enabledTag, reader.pageSize, deadline);
    const states = items.flatMap(({ arn, tags }) => stateOf(reader, arn, tags, false));
    return { states: new Map(states), failure };
  } catch (error) {
    if (!isAppError(error, 'UPSTREAM_AUTH')) throw error;
    return listByReading(reader, error, deadline);
  }
}

/**
 * Without the index: the tags of every function, from a random one on, so that accounts which cannot be read in the time
 * of one run are covered over several.
 */
async function listByReading(
  reader: FunctionReader,
  denied: AppError,
  deadline: Deadline,
): Promise<FunctionListing> {
  const { items, failure } = await reader.functions.listAll(deadline);
  const start = Math.floor(reader.random() * items.length);
  const rotated = [...items.slice(start), ...items.slice(0, start)];
  const states: FunctionStates = new Map();
  // Writing what was found must still be possible.
  const readUntil = deadline.remaining() * 0.3;
  const reading = { clock: deadline.clock, remaining: () => deadline.remaining() - readUntil };
  await confirmFunctions(reader, rotated, states, reading);
  const unread = rotated.filter((arn) => {
    const state = states.get(arn);
    return state?.kind === 'unreadable' && state.error.code === 'DEADLINE_EXCEEDED';
  });
  for (const arn of unread) states.delete(arn);
  // Where neither way is open, the first is the one to open.
  if (items.length === 0 && failure) return { states, failure: denied };
  if (unread.length === 0) return { states, failure };
  const message = `Only ${items.length - unread.length} of ${items.length} functions could be read in time. Grant tag:GetResources, which finds the tagged ones in a few calls.`;
  return { states, failure: failure ?? new AppError('UPSTREAM_AUTH', message, { cause: denied }) };
}

/** Reads the tags of functions that are not settled yet and notes what was learnt. */
export async function confirmFunctions(
  reader: FunctionReader,
  functionArns: readonly string[],
  states: FunctionStates,
  deadline: Deadline,
): Promise<void> {
  const unread = [...new Set(functionArns)].filter((arn) => !isSettled(states.get(arn)));
  await mapConcurrent(unread, readsInFlight, async (arn) => {
    states.set(arn, await freshState(reader, arn, deadline));
  });
}

async function freshState(reader: FunctionReader, arn: string, deadline: Deadline): Promise<FunctionState> {
  try {
    const tags = await reader.functions.tagsOf(arn, deadline);
    if (tags === undefined) return { kind: 'gone' };
    const [entry] = stateOf(reader, arn, tags, true);
    return entry?.[1] ?? { kind: 'gone' };
  } catch (error) {
    if (isAppError(error)) return { kind: 'unreadable', error };
    throw error;
  }
}

function stateOf(reader: FunctionReader, arn: string, tags: Tags, fresh: boolean): [string, FunctionState][] {
  const parts = parseFunctionArn(arn);
  if (parts === undefined) return [];
  return [
    [unqualifiedArn(parts), { kind: 'tagged', tags: readTags(parts, tags, reader.servicePrefix), fresh }],
  ];
}
