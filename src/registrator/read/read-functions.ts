import type { Tags } from '../../aws/api.ts';
import { mapConcurrent } from '../../core/concurrency.ts';
import { AppError, isAppError } from '../../core/errors.ts';
import { parseFunctionArn, unqualifiedArn } from '../../lambda-service/arn.ts';
import { enabledTag, readTags } from '../../lambda-service/tags.ts';
import type { FunctionState, FunctionStates } from '../model/snapshot.ts';
import type { Run } from '../run.ts';

/** Reads in flight; the rate limit decides how fast they are made. */
const readsInFlight = 8;

/** Of the time that is left, what reading every function may take: writing what was found must still be possible. */
const shareForReading = 0.7;

/** Functions, as far as they could be listed. */
export interface FunctionListing {
  functions: FunctionStates;
  /** Why the listing is not whole; absence from it then proves nothing. */
  failure: AppError | undefined;
}

/**
 * Functions that carry the enabled tag, from the tagging index, which only says where to look.
 * @throws AppError UPSTREAM_AUTH when the index may not be asked
 */
export async function listTaggedFunctions(run: Run): Promise<FunctionListing> {
  const { functions, config, deadline } = run;
  const { items, failure } = await functions.listTagged(enabledTag, config.pageSize, deadline);
  return {
    functions: new Map(items.flatMap(({ arn, tags }) => stateOf(run, arn, tags, false))),
    failure,
  };
}

/**
 * Where the index may not be asked: the tags of every function of the account, from a random one on, so that accounts
 * which cannot be read in the time of one run are covered over several.
 * @param denied why the index is closed; told where no other way is open either, since it is the one to open
 */
export async function readEveryFunction(run: Run, denied: AppError): Promise<FunctionListing> {
  const { items, failure } = await run.functions.listAll(run.deadline);
  if (items.length === 0 && failure) return { functions: new Map(), failure: denied };
  const start = Math.floor(run.random() * items.length);
  const rotated = [...items.slice(start), ...items.slice(0, start)];
  const left = run.deadline.remaining() * (1 - shareForReading);
  const { deadline } = run;
  const reading = { ...deadline, remaining: () => deadline.remaining() - left };
  const states = await readFunctions({ ...run, deadline: reading }, rotated);
  const read = [...states].filter(
    ([, state]) => state.kind !== 'unreadable' || state.error.code !== 'DEADLINE_EXCEEDED',
  );
  if (read.length === states.size) return { functions: states, failure };
  const message = `Only ${read.length} of ${items.length} functions could be read in time. Grant tag:GetResources, which finds the tagged ones in a few calls.`;
  return {
    functions: new Map(read),
    failure: failure ?? new AppError('UPSTREAM_AUTH', message, { cause: denied }),
  };
}

/** The tags of functions, as Lambda itself knows them; each function once. */
export async function readFunctions(run: Run, functionArns: readonly string[]): Promise<FunctionStates> {
  const read = await mapConcurrent(
    [...new Set(functionArns)],
    readsInFlight,
    async (arn): Promise<[string, FunctionState]> => [arn, await freshState(run, arn)],
  );
  return new Map(read);
}

async function freshState(run: Run, arn: string): Promise<FunctionState> {
  try {
    const tags = await run.functions.tagsOf(arn, run.deadline);
    if (tags === undefined) return { kind: 'gone' };
    const [entry] = stateOf(run, arn, tags, true);
    return entry?.[1] ?? { kind: 'gone' };
  } catch (error) {
    if (isAppError(error)) return { kind: 'unreadable', error };
    throw error;
  }
}

function stateOf({ config }: Run, arn: string, tags: Tags, fresh: boolean): [string, FunctionState][] {
  const parts = parseFunctionArn(arn);
  if (parts === undefined) return [];
  return [[unqualifiedArn(parts), { kind: 'tagged', tags: readTags(parts, tags, config), fresh }]];
}
