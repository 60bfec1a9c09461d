import * as fc from 'fast-check';
import { AppError } from '../../../src/core/errors.ts';
import { metaKeys } from '../../../src/lambda-service/service.ts';
import type { Place } from '../../../src/lambda-service/place.ts';
import { type Key, keyOf, placeKey } from '../../../src/registrator/model/key.ts';
import type { Pair } from '../../../src/registrator/model/ownership.ts';
import { type Snapshot, together, type UseByOthers } from '../../../src/registrator/model/snapshot.ts';
import type { PlanSettings } from '../../../src/registrator/plan/case.ts';
import { registeredPair } from './consul-model.ts';
import { functionStates, planSettings, scope } from './fixtures.ts';

/** The mark of an owner whose services are taken over. */
export const formerOwner = 'owner-of-old';

/** A world of several places, and how it is planned. */
export interface TerritoryWorld {
  snapshot: Snapshot;
  settings: PlanSettings;
}

const names = ['a', 'A', 'b', 'c'];
const parts: Place[] = [
  { partition: 'default', namespace: 'default' },
  { partition: 'default', namespace: 'team' },
  { partition: 'eu', namespace: 'default' },
  { partition: 'eu', namespace: 'team' },
];

const tags = fc
  .record({
    enabled: fc.constantFrom('true', 'true', 'true', 'true', 'false'),
    datacenter: fc.constantFrom(undefined, undefined, 'DC1', 'dc2', 'dc2', 'dc3'),
    partition: fc.constantFrom(undefined, undefined, undefined, 'eu', 'us'),
    namespace: fc.constantFrom(undefined, undefined, undefined, 'team'),
    'service-name': fc.constantFrom(undefined, undefined, undefined, 'a', 'b'),
    aliases: fc.constantFrom(undefined, undefined, 'x', 'b@d'),
  })
  .map((all) =>
    Object.fromEntries(
      Object.entries(all).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])),
    ),
  );

const functions = fc.dictionary(
  fc.constantFrom('a', 'b', 'c', 'A'),
  fc.oneof(
    { weight: 7, arbitrary: fc.record({ tags, fresh: fc.boolean() }) },
    { weight: 1, arbitrary: fc.constantFrom('gone' as const, 'unreadable' as const) },
  ),
);

/** What stands under one name at one place: of us, a visitor's of the same owner, a previous or another owner's. */
interface Standing {
  name: string;
  part: number;
  isAbroad: boolean;
  arn: string;
  owner: string;
  home: string | undefined;
  isWhole: boolean;
}

const standing: fc.Arbitrary<Standing> = fc.record({
  name: fc.constantFrom(...names, 'b-x', 'stray'),
  part: fc.nat({ max: parts.length - 1 }),
  isAbroad: fc.boolean(),
  arn: fc.constantFrom('a', 'b', 'c', 'b:x', 'A', 'long-gone'),
  owner: fc.constantFrom(scope.ownerId, scope.ownerId, scope.ownerId, formerOwner, 'team-b'),
  home: fc.constantFrom(undefined, 'dc1', 'dc1', 'dc2'),
  isWhole: fc.constantFrom(true, true, false),
});

/** Two datacenters, `dc1` being home, under Community or Enterprise, restricted or not, with what was seen of them. */
export const territoryWorlds: fc.Arbitrary<TerritoryWorld> = fc
  .record({
    functions,
    standings: fc.array(standing, { maxLength: 6 }),
    isEnterprise: fc.boolean(),
    isRestricted: fc.constantFrom(false, false, false, true),
    isClosed: fc.constantFrom(false, false, false, true),
    isListed: fc.constantFrom(true, true, true, false),
    partitions: fc.constantFrom(['default'], ['default', 'eu']),
    adoptUnowned: fc.boolean(),
    policy: fc.constantFrom('sync' as const, 'sync' as const, 'upsert-only' as const),
    others: fc.dictionary(
      fc.constantFrom('a', 'b', 'c'),
      fc.constantFrom('free' as const, 'ours' as const, 'foreign' as const, 'silent' as const),
      { maxKeys: 2 },
    ),
  })
  .map((world) => ({ snapshot: snapshotOf(world), settings: settingsOf(world) }));

interface Loose {
  functions: Parameters<typeof functionStates>[0];
  standings: readonly Standing[];
  isEnterprise: boolean;
  isRestricted: boolean;
  isClosed: boolean;
  isListed: boolean;
  partitions: readonly string[];
  adoptUnowned: boolean;
  policy: 'sync' | 'upsert-only';
  others: Record<string, UseByOthers>;
}

function settingsOf({ isEnterprise, isRestricted, partitions, adoptUnowned, policy }: Loose): PlanSettings {
  return {
    ...planSettings,
    scope: { ...scope, previousOwnerIds: [formerOwner] },
    home: homeOf({ isEnterprise, isRestricted }),
    isRestricted,
    partitions: isEnterprise ? partitions : undefined,
    adoptUnowned,
    policy,
  };
}

function homeOf({ isEnterprise, isRestricted }: Pick<Loose, 'isEnterprise' | 'isRestricted'>): Place {
  return {
    ...(isRestricted && { datacenter: 'dc1' }),
    ...(isEnterprise && { partition: 'default', namespace: 'default' }),
  };
}

/** The places that are looked at: all of home's, and the same ones in dc2 unless that is closed or not managed. */
function placesOf(world: Loose): Place[] {
  const home = homeOf(world);
  const local = world.isEnterprise
    ? parts
        .filter(({ partition = '' }) => world.partitions.includes(partition))
        .map((part) => ({ ...home, ...part }))
    : [home];
  return world.isRestricted ? local : [...local, ...local.map((place) => ({ ...place, datacenter: 'dc2' }))];
}

function snapshotOf(world: Loose): Snapshot {
  const places = placesOf(world);
  const isOpen = ({ datacenter }: Place): boolean => !(world.isClosed && datacenter === 'dc2');
  const unknown = world.isRestricted ? [] : places.map((place) => ({ ...place, datacenter: 'dc3' }));
  const error = new AppError('UPSTREAM_UNAVAILABLE', 'Datacenter is away.');
  const closed = [...places.filter((place) => !isOpen(place)), ...unknown];
  return {
    isListed: world.isListed,
    functions: functionStates(world.functions),
    observed: {
      ...together([]),
      nodes: new Map(
        places.filter(isOpen).map((place) => [placeKey(place), { node: undefined, isWhole: true }]),
      ),
      closed: new Map(closed.map((place) => [placeKey(place), error])),
      pairs: pairsAt(world, places.filter(isOpen)),
      others: new Map(
        places.flatMap((place) =>
          Object.entries(world.others).map(([name, use]): [Key, UseByOthers] => [keyOf(place, name), use]),
        ),
      ),
    },
  };
}

/** Services where they stand, and the service-defaults of each name once, at home; the first of each stays. */
function pairsAt({ standings }: Loose, seen: readonly Place[]): Map<Key, Pair> {
  const local = seen.filter(({ datacenter }) => datacenter !== 'dc2');
  const isSeen = new Set(seen.map(placeKey));
  const pairs = new Map<Key, Pair>();
  const put = (place: Place, name: string, halves: Partial<Pick<Pair, 'service' | 'defaults'>>): void => {
    const key = keyOf(place, name);
    pairs.set(key, { ...halves, ...(pairs.get(key) ?? { place, namesakes: [] }) });
  };
  for (const { name, part, isAbroad, arn, owner, home, isWhole } of standings) {
    const at = local[part % local.length] ?? {};
    const place = isAbroad ? { ...at, datacenter: 'dc2' } : at;
    const { service, defaults } = registeredPair(name, arn, owner);
    const Meta = { ...service.Meta, ...(home !== undefined && { [metaKeys.home]: home }) };
    if (isSeen.has(placeKey(place))) put(place, name, { service: { ...service, Meta } });
    if (isWhole) put(at, name, { defaults });
  }
  return pairs;
}
