import type { AppError } from '../../core/errors.ts';
import type { CatalogNode, CatalogService, ServiceDefaults } from '../../consul/api.ts';
import type { LambdaService } from '../../lambda-service/service.ts';
import { nameKey, type Place } from '../../lambda-service/place.ts';
import type { FunctionTags } from '../../lambda-service/tags.ts';
import type { GatewayView } from './gateway.ts';
import { type Key, keyOf, nameOf, placeKey } from './key.ts';
import type { Pair } from './ownership.ts';
import { atHome, type Ground, isAbroad, type Territory, whereabouts } from './territory.ts';

/** What is known of a function: `fresh` when its tags were read from Lambda itself after Consul was read. */
export type FunctionState =
  | { kind: 'tagged'; tags: FunctionTags; fresh: boolean }
  | { kind: 'gone' }
  | { kind: 'unreadable'; error: AppError };

/** Functions by unqualified ARN. */
export type FunctionStates = ReadonlyMap<string, FunctionState>;

/**
 * Whether a name is in use on nodes other than ours or in other datacenters, and whether all of its instances there are
 * ours; `hidden` when it is in use where the token does not see, `silent` when it is not, as far as datacenters answered.
 */
export type UseByOthers = 'free' | 'ours' | 'foreign' | 'hidden' | 'silent';

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
  /** Why places could not be looked at, by {@link placeKey}. */
  closed: ReadonlyMap<string, AppError>;
  /** What is registered on our node; service-defaults stand under home's datacenter. */
  pairs: ReadonlyMap<Key, Pair>;
  /** Who uses names elsewhere, as far as that was asked: before names are created, and before service-defaults go. */
  others: ReadonlyMap<Key, UseByOthers>;
  /** Datacenters that did not answer when it was asked. */
  silent: ReadonlySet<string>;
  /** What terminating gateways lead to, by {@link nameKey}, as far as services name them. */
  gateways: ReadonlyMap<string, GatewayView>;
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

/** What was seen in several looks, each of other places or names. */
export function together(looks: readonly Observed[]): Observed {
  return {
    nodes: new Map(looks.flatMap(({ nodes }) => [...nodes])),
    closed: new Map(looks.flatMap(({ closed }) => [...closed])),
    pairs: new Map(looks.flatMap(({ pairs }) => [...pairs])),
    others: new Map(looks.flatMap(({ others }) => [...others])),
    silent: new Set(looks.flatMap(({ silent }) => [...silent])),
    gateways: new Map(looks.flatMap(({ gateways }) => [...gateways])),
  };
}

/** The snapshot with what was read since of functions, and of the use of names elsewhere. */
export function withFacts(
  snapshot: Snapshot,
  functions: FunctionStates,
  elsewhere: Partial<Pick<Observed, 'others' | 'silent'>> = {},
): Snapshot {
  const { observed } = snapshot;
  return {
    ...snapshot,
    functions: new Map([...snapshot.functions, ...functions]),
    observed: {
      ...observed,
      others: new Map([...observed.others, ...(elsewhere.others ?? [])]),
      silent: new Set([...observed.silent, ...(elsewhere.silent ?? [])]),
    },
  };
}

/** The snapshot with what Consul holds under `keys` as it was read again; a place once seen in part stays so. */
export function withPairs(snapshot: Snapshot, keys: Iterable<Key>, seen: Observed): Snapshot {
  const { nodes, pairs } = snapshot.observed;
  const merged = new Map(pairs);
  for (const key of keys) {
    const pair = seen.pairs.get(key);
    const { former, place } = pairs.get(key) ?? {};
    if (former && place) merged.set(key, { ...(pair ?? { place, namesakes: [] }), former });
    else if (pair) merged.set(key, pair);
    else merged.delete(key);
  }
  const views = [...seen.nodes].map(([place, { node, isWhole }]): [string, NodeView] => [
    place,
    { node, isWhole: isWhole && nodes.get(place)?.isWhole !== false },
  ]);
  return {
    ...snapshot,
    observed: {
      ...snapshot.observed,
      nodes: new Map([...nodes, ...views]),
      closed: new Map([...snapshot.observed.closed, ...seen.closed]),
      pairs: merged,
    },
  };
}

/** Whether everything on our node at a place was seen. */
export function seesWhole({ nodes }: Observed, place: Place): boolean {
  return nodes.get(placeKey(place))?.isWhole ?? true;
}

/** What is registered under a name, in the datacenters of a federation with the one entry of service-defaults that they share. */
export function pairAt(
  { pairs }: Observed,
  territory: Pick<Territory, 'home'>,
  key: Key,
  place: Place,
): Pair {
  const pair = pairs.get(key) ?? { place, namesakes: [] };
  if (!isAbroad(territory, place)) return pair;
  const defaults = pairs.get(keyOf(atHome(territory, place), nameOf(key)))?.defaults;
  return defaults === undefined ? pair : { ...pair, defaults };
}

/** A service that a function asks for, and where. */
export interface Wanted {
  place: Place;
  service: LambdaService;
}

/** The services that a function asks for: none unless it is enabled, readable and of this territory. */
export function wantedServices(state: FunctionState | undefined, ground: Ground): Wanted[] {
  if (state?.kind !== 'tagged') return [];
  const where = whereabouts(state.tags, ground);
  if (where.kind !== 'here') return [];
  return state.tags.services.map((service) => ({ place: where.place, service }));
}

/**
 * Whether what is registered for a function must not be removed: its tags cannot be read or followed, or the place that
 * they name cannot be looked at.
 */
export function isProtected(state: FunctionState | undefined, ground: Ground): boolean {
  if (state?.kind !== 'tagged') return state?.kind === 'unreadable';
  const { kind } = whereabouts(state.tags, ground);
  const isKept = kind === 'unsupported' || kind === 'unknown-home' || kind === 'closed';
  return state.tags.problems.length > 0 || (isKept && (state.tags.enabled || kind === 'unsupported'));
}

/** Whether another registrator follows a function: it is enabled, and tagged for a datacenter that is not managed here. */
export function isFollowedElsewhere(state: FunctionState | undefined, ground: Ground): boolean {
  if (state?.kind !== 'tagged' || !state.tags.enabled) return false;
  return whereabouts(state.tags, ground).kind === 'other-datacenter';
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
