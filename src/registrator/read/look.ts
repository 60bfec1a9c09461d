import { type AppError, isAppError } from '../../core/errors.ts';
import { parseFunctionArn } from '../../lambda-service/arn.ts';
import { metaKeys } from '../../lambda-service/service.ts';
import { defaultsArn } from '../../lambda-service/service-defaults.ts';
import { type Key, keyOf } from '../model/key.ts';
import { functionOf } from '../model/ownership.ts';
import { asHints, type FunctionState, type Observed, type Snapshot, withPairs } from '../model/snapshot.ts';
import type { Run } from '../run.ts';
import { observeAll, observeNames } from './observe.ts';
import {
  type FunctionListing,
  listTaggedFunctions,
  readEveryFunction,
  readFunctions,
} from './read-functions.ts';

/** What a run starts from. */
export interface FirstLook {
  snapshot: Snapshot;
  /** The names that the run is about; all of them where it is a full one. */
  keys: ReadonlySet<Key> | undefined;
  /** Why functions could not be listed whole. */
  failure: AppError | undefined;
}

/**
 * Everything in Consul and every function. The tagging index is asked at the same time, since it only says where to look;
 * tags that count are read after Consul was, so that what another run registers in between is never taken for an orphan.
 * @throws AppError when Consul cannot be read
 */
export async function lookAtEverything(run: Run): Promise<FirstLook> {
  const [observed, listed] = await Promise.all([observeAll(run, run.home), taggedOrDenied(run)]);
  const { functions, failure } = 'denied' in listed ? await readEveryFunction(run, listed.denied) : listed;
  return { snapshot: { observed, functions, isListed: failure === undefined }, keys: undefined, failure };
}

async function taggedOrDenied(run: Run): Promise<FunctionListing | { denied: AppError }> {
  try {
    return await listTaggedFunctions(run);
  } catch (error) {
    if (isAppError(error, 'UPSTREAM_AUTH')) return { denied: error };
    throw error;
  }
}

/**
 * The tags of a few functions, what Consul holds for them, and the names that concern them. Consul is asked at the same
 * time for what names the functions and for the names that they would have; whatever their tags name besides, after. Tags
 * that were not read after Consul say where to look, and what to create where nothing is; whatever would be overwritten
 * or deleted, they are read again for.
 * @throws AppError when Consul cannot be read
 */
export async function lookAtFunctions(run: Run, arns: readonly string[]): Promise<FirstLook> {
  const { home, config } = run;
  const likely = arns.map((arn) => config.servicePrefix + (parseFunctionArn(arn)?.functionName ?? ''));
  const [functions, seen] = await Promise.all([
    readFunctions(run, arns),
    observeNames(run, home, likely, arns),
  ]);
  const names = arns.flatMap((arn, index) => namesOf(functions.get(arn)) ?? likely.slice(index, index + 1));
  const known = new Set([...likely.map((name) => keyOf(home, name)), ...seen.pairs.keys()]);
  const unseen = [...new Set(names)].filter((name) => !known.has(keyOf(home, name)));
  const looked = { observed: seen, functions, isListed: true };
  const snapshot = unseen.length === 0 ? looked : await lookedFurther(run, looked, unseen);
  const { observed } = snapshot;
  const keys = new Set([...names.map((name) => keyOf(home, name)), ...heldBy(observed, arns)]);
  const isHeld = [...keys].some((key) => observed.pairs.has(key));
  return {
    snapshot: isHeld ? { ...snapshot, functions: asHints(functions) } : snapshot,
    keys,
    failure: undefined,
  };
}

/** The snapshot with what Consul holds under further names. */
async function lookedFurther(run: Run, snapshot: Snapshot, names: readonly string[]): Promise<Snapshot> {
  const observed = await observeNames(run, run.home, names, []);
  return withPairs(
    snapshot,
    names.map((name) => keyOf(run.home, name)),
    observed,
  );
}

/** The names that a function asks for; undefined where it asks for none. */
function namesOf(state: FunctionState | undefined): string[] | undefined {
  const wanted = state?.kind === 'tagged' ? state.tags.services.map(({ name }) => name) : [];
  return wanted.length > 0 ? wanted : undefined;
}

/** Names under which Consul holds any of these functions. */
function heldBy({ pairs }: Observed, arns: readonly string[]): Key[] {
  const wanted = new Set(arns);
  return [...pairs].flatMap(([key, pair]) => {
    const named = [pair.service?.Meta?.[metaKeys.arn], pair.defaults && defaultsArn(pair.defaults)];
    return named.some((arn) => arn !== undefined && wanted.has(functionOf(arn))) ? [key] : [];
  });
}
