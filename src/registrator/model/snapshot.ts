import type { AppError } from '../../core/errors.ts';
import type { CatalogNode, CatalogService, ServiceDefaults } from '../../consul/api.ts';
import type { LambdaService } from '../../lambda-service/service.ts';
import type { FunctionTags } from '../../lambda-service/tags.ts';
import { nameKey } from '../../lambda-service/place.ts';
import type { Pair } from './ownership.ts';

/** What is known of a function: `fresh` when its tags were read from Lambda itself after Consul was read. */
export type FunctionState =
  | { kind: 'tagged'; tags: FunctionTags; fresh: boolean }
  | { kind: 'gone' }
  | { kind: 'unreadable'; error: AppError };

/** Functions by unqualified ARN. */
export type FunctionStates = Map<string, FunctionState>;

/** Whether a name is used on other nodes, and whether all of its instances there are ours. */
export type Elsewhere = 'free' | 'ours' | 'foreign';

/** What Consul holds on our node, by {@link nameKey}. */
export interface Observed {
  node: CatalogNode | undefined;
  /** False when something that we know to exist is hidden from our token: then absence proves nothing. */
  complete: boolean;
  pairs: Map<string, Pair>;
  /** Where names live beside our node, as far as that was asked: before names are created. */
  elsewhere: Map<string, Elsewhere>;
}

/** Groups what Consul answered into pairs. */
export function pairsOf(
  services: readonly CatalogService[],
  defaults: readonly ServiceDefaults[],
): Map<string, Pair> {
  const pairs = new Map<string, Pair>();
  const pairOf = (key: string): Pair => {
    const pair = pairs.get(key) ?? { namesakes: [] };
    pairs.set(key, pair);
    return pair;
  };
  for (const service of services) {
    const key = nameKey(service.ID);
    pairOf(key).service = service;
    if (nameKey(service.Service) !== key) {
      pairOf(key).namesakes.push(service);
      pairOf(nameKey(service.Service)).namesakes.push(service);
    }
  }
  for (const entry of defaults) pairOf(nameKey(entry.Name)).defaults = entry;
  return pairs;
}

/** The services that a function asks for here: none unless it is enabled, readable, supported and of this datacenter. */
export function wantedServices(
  state: FunctionState | undefined,
  datacenter: string | undefined,
): LambdaService[] {
  if (state?.kind !== 'tagged' || state.tags.unsupported.length > 0) return [];
  return isElsewhere(state.tags, datacenter) ? [] : state.tags.services;
}

/** Whether a function belongs to another datacenter than `datacenter`. */
export function isElsewhere(tags: FunctionTags, datacenter: string | undefined): boolean {
  return tags.datacenter !== undefined && tags.datacenter !== datacenter;
}

/**
 * Whether what is registered for a function must not be removed: its tags cannot be read or followed, or it names a
 * datacenter while the one that is managed is not known.
 */
export function isProtected(state: FunctionState | undefined, datacenter: string | undefined): boolean {
  if (state?.kind !== 'tagged') return state?.kind === 'unreadable';
  const { problems, unsupported, datacenter: named } = state.tags;
  return problems.length > 0 || unsupported.length > 0 || (named !== undefined && datacenter === undefined);
}

/** Whether a decision may rest on what is known of a function. */
export function isSettled(state: FunctionState | undefined): boolean {
  return state !== undefined && (state.kind !== 'tagged' || state.fresh);
}

/** Makes what was read of functions a hint: whatever rests on it is to be read again. */
export function unsettle(functions: FunctionStates): void {
  for (const [arn, state] of functions) {
    if (state.kind === 'gone') functions.delete(arn);
    if (state.kind === 'tagged') functions.set(arn, { ...state, fresh: false });
  }
}
