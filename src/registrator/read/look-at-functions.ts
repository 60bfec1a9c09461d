import { parseFunctionArn } from '../../lambda-service/arn.ts';
import { nameKey, type Place } from '../../lambda-service/place.ts';
import { metaKeys } from '../../lambda-service/service.ts';
import { defaultsArn } from '../../lambda-service/service-defaults.ts';
import { type Key, keyOf, placeKey } from '../model/key.ts';
import { functionOf } from '../model/ownership.ts';
import {
  asHints,
  type Observed,
  type Snapshot,
  together,
  wantedServices,
  type Wanted,
  withPairs,
} from '../model/snapshot.ts';
import { atHome, type Territory } from '../model/territory.ts';
import type { Run } from '../run.ts';
import { withFormerServices } from './former-services.ts';
import type { FirstLook } from './look.ts';
import { observeNames } from './observe.ts';
import {
  type HomePlaces,
  homePlaces,
  inDatacenters,
  lookAt,
  namedPlaces,
  rememberedDatacenters,
  rememberedPlaces,
  unknownNamespaces,
} from './places.ts';
import { readFunctions } from './read-functions.ts';
import { territoryOf } from './territory.ts';

/**
 * The tags of a few functions, what Consul holds for them, and the names that concern them. Consul is asked at the same
 * time for what names the functions and for the names that they would have; whatever their tags name besides, after. Tags
 * that were not read after Consul say where to look, and what to create where nothing is; whatever would be overwritten
 * or deleted, they are read again for.
 * @throws AppError when Consul cannot be read
 */
export async function lookAtFunctions(run: Run, arns: readonly string[]): Promise<FirstLook> {
  const likely = arns.map((arn) => run.config.servicePrefix + (parseFunctionArn(arn)?.functionName ?? ''));
  const { namespaces } = await homePlaces(run);
  const look = (place: Place) => observeNames(run, place, likely, arns);
  const [functions, first] = await Promise.all([
    readFunctions(run, arns),
    lookAt(run, mainPlaces(run), look),
  ]);
  const territory = await territoryOf(run, first, functions);
  const seen = await lookedElsewhere(
    run,
    { functions, observed: first, isListed: true },
    territory,
    namespaces,
    look,
  );
  const ground = { ...territory, closed: seen.observed.closed };
  const wanted = arns.flatMap((arn) => wantedServices(functions.get(arn), ground));
  const looked = await lookedFurther(run, seen, territory, likely, wanted);
  const observed = await withFormerServices(run, looked.observed, territory);
  const snapshot = { ...looked, observed };
  const asked = new Set(arns.filter((arn) => wantedServices(functions.get(arn), ground).length === 0));
  const names = [
    ...wanted.map(({ place, service }) => keyOf(place, service.name)),
    ...likely.filter((_name, index) => asked.has(arns[index] ?? '')).map((name) => keyOf(run.home, name)),
  ];
  const keys = new Set([...names, ...heldBy(snapshot.observed, arns)]);
  const isHeld = [...keys].some((key) => snapshot.observed.pairs.has(key));
  return {
    snapshot: isHeld ? { ...snapshot, functions: asHints(functions) } : snapshot,
    territory,
    keys,
    failure: undefined,
    warnings: [],
  };
}

/** Home, under Enterprise of every partition: their nodes remember the namespaces where services of ours may be. */
function mainPlaces({ home, config }: Run): Place[] {
  if (!config.enterprise) return [home];
  return config.partitions.map((partition) => ({ ...home, partition, namespace: 'default' }));
}

/** The snapshot with the places that are remembered, and those that tags name. */
async function lookedElsewhere(
  run: Run,
  snapshot: Snapshot,
  territory: Territory,
  namespaces: HomePlaces['namespaces'],
  look: (place: Place) => Promise<Observed>,
): Promise<Snapshot> {
  const main = mainPlaces(run);
  const further = rememberedPlaces(main, namespaces, snapshot.observed);
  const datacenters = rememberedDatacenters(run, snapshot.observed.nodes);
  const places = [...further, ...inDatacenters([...main, ...further], datacenters)];
  const seen = new Set(places.map(placeKey));
  const named = namedPlaces(snapshot.functions, territory, snapshot.observed).filter(
    (place) => !seen.has(placeKey(place)),
  );
  const unknown = unknownNamespaces(named, namespaces);
  const open = [...places, ...named].filter((place) => !unknown.closed.has(placeKey(place)));
  if (open.length === 0 && unknown.closed.size === 0) return snapshot;
  const observed = together([snapshot.observed, unknown, await lookAt(run, open, look, datacenters)]);
  return { ...snapshot, observed };
}

/** The snapshot with what Consul holds under names that tags ask for, there and, for the service-defaults, at home. */
async function lookedFurther(
  run: Run,
  snapshot: Snapshot,
  territory: Territory,
  likely: readonly string[],
  wanted: readonly Wanted[],
): Promise<Snapshot> {
  const asked = new Map<string, { place: Place; names: Set<string> }>();
  for (const { place, service } of wanted) {
    for (const at of [place, atHome(territory, place)]) {
      const key = keyOf(at, service.name);
      const isLikely = likely.some((name) => nameKey(name) === nameKey(service.name));
      const isSeen =
        snapshot.observed.pairs.has(key) || (isLikely && snapshot.observed.nodes.has(placeKey(at)));
      if (isSeen) continue;
      const group = asked.get(placeKey(at)) ?? { place: at, names: new Set() };
      group.names.add(service.name);
      asked.set(placeKey(at), group);
    }
  }
  let looked = snapshot;
  for (const { place, names } of asked.values()) {
    const observed = await lookAt(run, [place], () => observeNames(run, place, [...names], []));
    looked = withPairs(
      looked,
      [...names].map((name) => keyOf(place, name)),
      observed,
    );
  }
  return looked;
}

/** Names under which Consul holds any of these functions. */
function heldBy({ pairs }: Observed, arns: readonly string[]): Key[] {
  const wanted = new Set(arns);
  return [...pairs].flatMap(([key, pair]) => {
    const named = [pair.service?.Meta?.[metaKeys.arn], pair.defaults && defaultsArn(pair.defaults)];
    return named.some((arn) => arn !== undefined && wanted.has(functionOf(arn))) ? [key] : [];
  });
}
