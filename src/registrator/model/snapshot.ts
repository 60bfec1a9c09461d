import type { AppError } from '../../core/errors.ts';
import type { CatalogNode, CatalogService, ServiceDefaults } from '../../consul/api.ts';
import type { LambdaService } from '../../lambda-service/service.ts';
import { nameKey, type Place } from '../../lambda-service/place.ts';
import type { FunctionTags } from '../../lambda-service/tags.ts';
import { type Key, keyOf, placeKey } from './key.ts';
import type { Pair } from './ownership.ts';

/** What is known of a function: `fresh` when its tags were read from Lambda itself after Consul was read. */
export type FunctionState =
  | { kind: 'tagged'; tags: FunctionTags; fresh: boolean }
  | { kind: 'gone' }
  | { kind: 'unreadable'; error: AppError };

/** Functions by unqualified ARN. */
export type FunctionStates = ReadonlyMap<string, FunctionState>;

/**
 * Whether a name is in use on nodes other than ours, and whether all of its instances there are ours; `hidden` when it is
 * in use where the token does not see.
 */
export type UseByOthers = 'free' | 'ours' | 'foreign' | 'hidden';

/** Our node at one place. */
export interface NodeView {
  node: CatalogNode | undefined;
  /** False when something that exists, or may exist, is hidden from our token: then absence proves nothing. */
  isWhole: boolean;
}

/** What Consul holds. */
export interface Observed {
  /** Our node, by {@link placeKey}. */
  nodes: ReadonlyMap<string, NodeView>;
  /** What is registered on our node. */
  pairs: ReadonlyMap<Key, Pair>;
  /** Who uses names on other nodes, as far as that was asked: before names are created. */
  others: ReadonlyMap<Key, UseByOthers>;
}

/** What a plan rests on: read, never changed; reading more makes another one. */
export interface Snapshot {
  observed: Observed;
  functions: FunctionStates;
  /** False when the listing of functions ended early: then absence from it proves nothing. */
  isListed: boolean;
}

/** Groups what Consul answered of one place into pairs. */
export function pairsOf(
  place: Place,
  services: readonly CatalogService[],
  defaults: readonly ServiceDefaults[],
): Map<Key, Pair> {
  const pairs = new Map<Key, Pair>();
  const pairOf = (name: string): Pair => {
    const key = keyOf(place, name);
    const pair = pairs.get(key) ?? { place, namesakes: [] };
    pairs.set(key, pair);
    return pair;
  };
  for (const service of services) {
    pairOf(service.ID).service = service;
    if (nameKey(service.Service) !== nameKey(service.ID)) {
      pairOf(service.ID).namesakes.push(service);
      pairOf(service.Service).namesakes.push(service);
    }
  }
  for (const entry of defaults) pairOf(entry.Name).defaults = entry;
  return pairs;
}

/** The snapshot with what was read since of functions, and of the use of names on other nodes. */
export function withFacts(
  snapshot: Snapshot,
  functions: FunctionStates,
  others: Observed['others'] = new Map(),
): Snapshot {
  return {
    ...snapshot,
    functions: new Map([...snapshot.functions, ...functions]),
    observed: { ...snapshot.observed, others: new Map([...snapshot.observed.others, ...others]) },
  };
}

/** The snapshot with what Consul holds under `keys` as it was read again; a place once seen in part stays so. */
export function withPairs(snapshot: Snapshot, keys: Iterable<Key>, seen: Observed): Snapshot {
  const { nodes, pairs } = snapshot.observed;
  const merged = new Map(pairs);
  for (const key of keys) {
    const pair = seen.pairs.get(key);
    if (pair) merged.set(key, pair);
    else merged.delete(key);
  }
  const views = [...seen.nodes].map(([place, { node, isWhole }]): [string, NodeView] => [
    place,
    { node, isWhole: isWhole && nodes.get(place)?.isWhole !== false },
  ]);
  return {
    ...snapshot,
    observed: { ...snapshot.observed, nodes: new Map([...nodes, ...views]), pairs: merged },
  };
}

/** Whether everything on our node at a place was seen. */
export function seesWhole({ nodes }: Observed, place: Place): boolean {
  return nodes.get(placeKey(place))?.isWhole ?? true;
}

/** The services that a function asks for here: none unless it is enabled, readable, supported and of this datacenter. */
export function wantedServices(
  state: FunctionState | undefined,
  datacenter: string | undefined,
): LambdaService[] {
  if (state?.kind !== 'tagged' || isUnsupported(state.tags)) return [];
  return isOfOtherDatacenter(state.tags, datacenter) ? [] : state.tags.services;
}

/** Whether a function names another datacenter than `datacenter`. */
export function isOfOtherDatacenter(tags: FunctionTags, datacenter: string | undefined): boolean {
  return tags.place.datacenter !== undefined && tags.place.datacenter !== datacenter;
}

/**
 * Whether what is registered for a function must not be removed: its tags cannot be read or followed, or it names a
 * datacenter while the one that is managed is not known.
 */
export function isProtected(state: FunctionState | undefined, datacenter: string | undefined): boolean {
  if (state?.kind !== 'tagged') return state?.kind === 'unreadable';
  const { problems, place } = state.tags;
  return (
    problems.length > 0 ||
    isUnsupported(state.tags) ||
    (place.datacenter !== undefined && datacenter === undefined)
  );
}

/** Whether a function asks for a partition or a namespace. */
export function isUnsupported({ place }: FunctionTags): boolean {
  return place.partition !== undefined || place.namespace !== undefined;
}

/** Whether a decision may rest on what is known of a function. */
export function isSettled(state: FunctionState | undefined): boolean {
  return state !== undefined && (state.kind !== 'tagged' || state.fresh);
}

/** What was read of functions as a hint: whatever rests on it is to be read again. */
export function asHints(functions: FunctionStates): FunctionStates {
  const hints = [...functions].flatMap(([arn, state]): [string, FunctionState][] => {
    if (state.kind === 'gone') return [];
    return [[arn, state.kind === 'tagged' ? { ...state, fresh: false } : state]];
  });
  return new Map(hints);
}
