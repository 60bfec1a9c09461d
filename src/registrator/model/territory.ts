import type { AppError } from '../../core/errors.ts';
import type { Place } from '../../lambda-service/place.ts';
import type { FunctionTags } from '../../lambda-service/tags.ts';
import { metaKeys } from '../../lambda-service/service.ts';
import { placeKey } from './key.ts';

/** Where a registrator keeps services. */
export interface Territory {
  /** Where functions belong that name no place. */
  home: Place;
  /** The name of home's datacenter, where it is known. */
  datacenter: string | undefined;
  /** Home's datacenter alone is managed. */
  isRestricted: boolean;
  /** The partitions that are managed; undefined where Consul is Community. */
  partitions: readonly string[] | undefined;
}

/** A territory, and why some of its places could not be looked at, by {@link placeKey}. */
export interface Ground extends Territory {
  closed: ReadonlyMap<string, AppError>;
}

/** Where the tags of a function put it. */
export type Whereabouts =
  | { kind: 'here'; place: Place }
  /** Somebody else's to follow: what it had here goes. */
  | { kind: 'other-datacenter' | 'other-partition' }
  /** Not to be followed now: what is registered for it stays. */
  | { kind: 'unsupported' | 'unknown-home' }
  | { kind: 'closed'; place: Place; error: AppError };

/** Where a function belongs. */
export function whereabouts({ place: named }: Pick<FunctionTags, 'place'>, ground: Ground): Whereabouts {
  const { home, datacenter, isRestricted, partitions } = ground;
  const namesPart = named.partition !== undefined || named.namespace !== undefined;
  if (partitions === undefined && namesPart) return { kind: 'unsupported' };
  if (named.datacenter !== undefined && datacenter === undefined) return { kind: 'unknown-home' };
  const isAway = named.datacenter !== undefined && named.datacenter !== datacenter;
  if (isAway && isRestricted) return { kind: 'other-datacenter' };
  const place = {
    ...home,
    ...(isAway ? { datacenter: named.datacenter } : {}),
    ...(partitions && { partition: named.partition ?? 'default', namespace: named.namespace ?? 'default' }),
  };
  if (partitions && !partitions.includes(place.partition ?? '')) return { kind: 'other-partition' };
  const error = ground.closed.get(placeKey(place));
  return error === undefined ? { kind: 'here', place } : { kind: 'closed', place, error };
}

/** Whether a place is in another datacenter than home. */
export function isAbroad({ home }: Pick<Territory, 'home'>, place: Place): boolean {
  return place.datacenter !== home.datacenter;
}

/**
 * Whether another registrator of the same owner looks after a service: abroad what does not carry our home, at home what
 * carries another's.
 */
export function isOfOtherHome(
  territory: Pick<Territory, 'home' | 'datacenter'>,
  place: Place,
  meta: Readonly<Record<string, string>> | null | undefined,
): boolean {
  const home = meta?.[metaKeys.home];
  return home === undefined ? isAbroad(territory, place) : home !== territory.datacenter;
}

/** The same partition and namespace in home's datacenter. */
export function atHome({ home }: Pick<Territory, 'home'>, { datacenter: _other, ...place }: Place): Place {
  return home.datacenter === undefined ? place : { ...place, datacenter: home.datacenter };
}
