import { parseFunctionArn } from '../../lambda-service/arn.ts';
import type { Place } from '../../lambda-service/place.ts';
import { type LambdaService, metaKeys } from '../../lambda-service/service.ts';
import { defaultsArn } from '../../lambda-service/service-defaults.ts';
import { entryKey, type Key, keyOf } from '../model/key.ts';
import { type Observed, pairAt, type Snapshot, wantedServices } from '../model/snapshot.ts';
import type { Ground } from '../model/territory.ts';

/** Who claims a name at a place. */
interface Claims {
  place: Place;
  /** In order of precedence. */
  services: LambdaService[];
  /** Those that claim the name in other datacenters of the federation, and do not get it there. */
  rivals: LambdaService[];
}

/** Names that the enabled functions claim. */
export interface ClaimedNames {
  byKey: ReadonlyMap<Key, Claims>;
  /** Where each ARN claims a name. */
  placeOf: ReadonlyMap<string, Key>;
  /** Claims of names that a function in another datacenter got. */
  lost: ReadonlyMap<Key, Lost>;
}

/** Claims that come to nothing. */
interface Lost {
  services: readonly LambdaService[];
  /** ARN of the function that got the name. */
  holder: string;
}

/**
 * Names that the enabled functions claim, contested ones in order of precedence. The datacenters of a federation share the
 * service-defaults of a name, so that one function has it in all of them: the one that holds it, else the first.
 */
export function claimedNames({ functions, observed }: Snapshot, ground: Ground): ClaimedNames {
  const byKey = new Map<Key, Claims>();
  const placeOf = new Map<string, Key>();
  for (const state of functions.values()) {
    for (const { place, service } of wantedServices(state, ground)) {
      const key = keyOf(place, service.name);
      placeOf.set(service.arn, key);
      const claims = byKey.get(key);
      if (claims) claims.services.push(service);
      else byKey.set(key, { place, services: [service], rivals: [] });
    }
  }
  for (const { services } of byKey.values()) if (services.length > 1) services.sort(byPrecedence);
  if (ground.isRestricted) return { byKey, placeOf, lost: new Map() };
  return { ...inOneDatacenter(byKey, observed, ground), placeOf };
}

/** Leaves each name to one datacenter. */
function inOneDatacenter(
  byKey: ReadonlyMap<Key, Claims>,
  observed: Observed,
  ground: Ground,
): Pick<ClaimedNames, 'byKey' | 'lost'> {
  const groups = new Map<Key, [Key, Claims][]>();
  for (const named of byKey) {
    const entry = entryKey(named[0]);
    groups.set(entry, [...(groups.get(entry) ?? []), named]);
  }
  const winners = new Map<Key, Claims>();
  const lost = new Map<Key, Lost>();
  for (const group of groups.values()) {
    const winner = group.length === 1 ? undefined : winnerOf(group, observed, ground);
    for (const [key, claims] of group) {
      const { services } = claims;
      const rivals = group.flatMap(([, other]) => (other === claims ? [] : other.services));
      if (winner === undefined || services.includes(winner)) winners.set(key, { ...claims, rivals });
      else lost.set(key, { services, holder: winner.arn });
    }
  }
  return { byKey: winners, lost };
}

/** The function that gets a name which several datacenters claim. */
function winnerOf(
  group: readonly [Key, Claims][],
  observed: Observed,
  ground: Ground,
): LambdaService | undefined {
  const all = group.flatMap(([, { services }]) => services).toSorted(byPrecedence);
  const held = group.flatMap(([key, { place }]) => holdersOf(observed, ground, key, place));
  const holder = held.flatMap((arn) => all.find((claim) => claim.arn === arn) ?? [])[0];
  return holder ?? all[0];
}

/** ARNs under a name: that of its service-defaults, which all datacenters share, first. */
function holdersOf(observed: Observed, ground: Ground, key: Key, place: Place): string[] {
  const { service, defaults } = pairAt(observed, ground, key, place);
  const arns = [defaults && defaultsArn(defaults), service?.Meta?.[metaKeys.arn]];
  return arns.filter((arn) => arn !== undefined);
}

/** A function before an alias, then the smaller ARN. */
function byPrecedence(left: LambdaService, right: LambdaService): number {
  const isAlias = (service: LambdaService): number =>
    Number(parseFunctionArn(service.arn)?.qualifier !== undefined);
  return isAlias(left) - isAlias(right) || (left.arn < right.arn ? -1 : 1);
}
