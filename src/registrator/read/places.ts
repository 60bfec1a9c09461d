import { mapConcurrent } from '../../core/concurrency.ts';
import { wordsOf } from '../../consul/transport/errors.ts';
import { AppError, isAppError } from '../../core/errors.ts';
import { sentence } from '../../core/wording.ts';
import { inPlace, nameKey, type Place } from '../../lambda-service/place.ts';
import { nodeMetaKeys } from '../../lambda-service/service.ts';
import { namesIn } from '../model/node-lists.ts';
import { nodeKey, placeKey } from '../model/key.ts';
import type { WarningEntry } from '../model/report.ts';
import {
  type FunctionStates,
  type NodeView,
  type Observed,
  together,
  wantedServices,
} from '../model/snapshot.ts';
import { isAbroad, type Territory } from '../model/territory.ts';
import { separation } from '../federation.ts';
import { knownDatacenters } from '../primary.ts';
import type { Run } from '../run.ts';
import { inNamespaces, listedNamespaces, partitionsIn } from './partitions.ts';

const readsInFlight = 8;

/** How one place is looked at. */
export type Look = (place: Place) => Promise<Observed>;

/** The places of home's datacenter that are managed, as far as Consul tells which there are. */
export interface HomePlaces {
  places: Place[];
  /** The namespaces of partitions, where they could be listed; where not, their nodes remember some. */
  namespaces: ReadonlyMap<string, ReadonlySet<string>>;
  /** Of partitions where the token may not list them. */
  warnings: WarningEntry[];
  /** What kept those of a partition from being listed. */
  failure: AppError | undefined;
}

/**
 * The places of home's datacenter: under Enterprise every namespace of the managed partitions, and proof that the server is
 * Enterprise, since Community's `/v1/txn` takes partitions and namespaces and drops them.
 * @throws AppError CONFIG_INVALID naming ENTERPRISE where the server is Community, or what keeps the namespaces of home's
 *   partition from being listed
 */
export async function homePlaces(
  run: Pick<Run, 'home' | 'config' | 'deadline'> & { consul: Pick<Run['consul'], 'namespaces'> },
): Promise<HomePlaces> {
  const { home, config } = run;
  if (!config.enterprise) return { places: [home], namespaces: new Map(), warnings: [], failure: undefined };
  const listed = await mapConcurrent(partitionsIn(run, home), readsInFlight, async (place) => {
    const { partition = '' } = place;
    return { place, partition, namespaces: await namespacesOf(run, partition) };
  });
  const namespaces = new Map(
    listed.flatMap(({ partition, namespaces: answer }) =>
      answer.kind === 'listed' ? [[partition, new Set(answer.names.map(nameKey))] as const] : [],
    ),
  );
  const places = listed.flatMap(({ place, partition }) =>
    inNamespaces(place, namespaces.get(partition) ?? []),
  );
  const denied = listed.filter(({ namespaces: { kind } }) => kind === 'denied');
  const [failure] = listed.flatMap(({ namespaces: answer }) =>
    answer.kind === 'failed' ? answer.error : [],
  );
  return { places, namespaces, warnings: denied.map(({ partition }) => unlistedWarning(partition)), failure };
}

/** Of other partitions than home's, what keeps them from being listed holds up nothing else. */
async function namespacesOf(
  run: Parameters<typeof homePlaces>[0],
  partition: string,
): Promise<Awaited<ReturnType<typeof listedNamespaces>> | { kind: 'failed'; error: AppError }> {
  try {
    return await listedNamespaces(run, partition);
  } catch (error) {
    const isFinal = !isAppError(error) || error.code === 'CONFIG_INVALID';
    if (isFinal || partition === run.home.partition) throw error;
    const message = `The namespaces of partition ${partition} could not be listed: ${error.message}`;
    return { kind: 'failed', error: new AppError(error.code, message, { cause: error }) };
  }
}

/** Places that enabled functions name and that have not been looked at. */
export function namedPlaces(functions: FunctionStates, territory: Territory, seen: Observed): Place[] {
  const ground = { ...territory, closed: seen.closed };
  const named = new Map<string, Place>();
  for (const state of functions.values()) {
    for (const { place } of wantedServices(state, ground)) named.set(placeKey(place), place);
  }
  return [...named].filter(([key]) => !seen.nodes.has(key)).map(([, place]) => place);
}

/** The same partitions and namespaces in other datacenters. */
export function inDatacenters(places: readonly Place[], datacenters: readonly string[]): Place[] {
  return datacenters.flatMap((datacenter) => places.map((place) => ({ ...place, datacenter })));
}

/** Those of the places whose namespace does not exist, as closed ones. */
export function unknownNamespaces(places: readonly Place[], namespaces: HomePlaces['namespaces']): Observed {
  const unknown = places.flatMap(({ partition = '', namespace = '', ...place }) => {
    const known = namespaces.get(partition);
    if (known === undefined || known.has(namespace)) return [];
    const message = `Partition ${partition} has no namespace ${namespace}. Create it, or correct the namespace tag; what is registered stays as it is.`;
    return [[placeKey({ ...place, partition, namespace }), new AppError('TAG_INVALID', message)] as const];
  });
  return { ...together([]), closed: new Map(unknown) };
}

/** What is to be said of a partition whose namespaces may not be listed. */
function unlistedWarning(partition: string): WarningEntry {
  return {
    service: '',
    arn: '',
    tag: '',
    message: `The namespaces of partition ${partition} may not be listed: those that tags name, those that services of ours were put into, and default are looked at.`,
    hint: `Allow operator = "read" in partition ${partition}, so that nothing is overlooked.`,
  };
}

/**
 * Looks at places. What keeps one from being seen is told of it; only home must be seen.
 * @param remembered datacenters where services of ours may be: what is missed there is worth another try
 * @throws AppError what keeps home from being seen
 */
export async function lookAt(
  run: Run,
  places: readonly Place[],
  look: Look,
  remembered: readonly string[] = [],
): Promise<Observed> {
  const looks = await mapConcurrent(places, readsInFlight, async (place) => {
    const known = isAbroad(run, place) ? separation(run, place.datacenter ?? '') : undefined;
    if (known) return closedAt(place, known);
    try {
      return await look(place);
    } catch (error) {
      if (!isAppError(error)) throw error;
      if (placeKey(place) === placeKey(run.home)) throw await judgedHome(run, error);
      return closedAt(place, await judged(run, place, error, remembered));
    }
  });
  return together(looks);
}

function closedAt(place: Place, error: AppError): Observed {
  return { ...together([]), closed: new Map([[placeKey(place), error]]) };
}

/** Datacenters that our nodes at home remember to carry services of ours. */
export function rememberedDatacenters(
  run: Pick<Run, 'home' | 'config'>,
  nodes: ReadonlyMap<string, Pick<NodeView, 'node'>>,
): string[] {
  if (run.config.datacenter !== undefined) return [];
  const node = nodes.get(placeKey(run.home))?.node;
  const own = node?.Datacenter?.toLowerCase();
  return namesIn(node, nodeMetaKeys.datacenters).filter((name) => name !== own);
}

/**
 * Places that have not been looked at, in namespaces that our nodes remember to carry services of ours; none that are known
 * to exist no longer.
 * @param places of the same partitions
 */
export function rememberedPlaces(
  places: readonly Place[],
  namespaces: HomePlaces['namespaces'],
  { nodes }: Observed,
): Place[] {
  const perNode = new Map(places.map((place) => [nodeKey(place), place]));
  return [...perNode.values()].flatMap((place) =>
    namesIn(nodes.get(placeKey(place))?.node, nodeMetaKeys.namespaces)
      .filter((namespace) => namespaces.get(place.partition ?? '')?.has(namespace) !== false)
      .map((namespace) => ({ ...place, namespace }))
      .filter((remembered) => !nodes.has(placeKey(remembered))),
  );
}

/** Why home cannot be seen: a datacenter that Consul does not know is a mistake of the configuration. */
async function judgedHome(run: Run, error: AppError): Promise<AppError> {
  const { datacenter } = run.config;
  if (datacenter === undefined || !isNoPath(error)) return error;
  const known = await knownDatacenters(run);
  const isKnown = known.some((name) => name.toLowerCase() === datacenter.toLowerCase());
  const message = isKnown
    ? `Datacenter ${datacenter} is away. Nothing was changed; the next run tries again.`
    : `DATACENTER is ${datacenter}, which this Consul does not know; it knows ${known.join(', ')}. Nothing was changed.`;
  return new AppError(isKnown ? 'UPSTREAM_UNAVAILABLE' : 'CONFIG_INVALID', message, { cause: error });
}

async function judged(
  run: Run,
  place: Place,
  error: AppError,
  remembered: readonly string[],
): Promise<AppError> {
  const { datacenter = '' } = place;
  if (!isAbroad(run, place) || !(isNoPath(error) || error.retryable)) {
    const message = `What is registered${inPlace(place)} could not be read: ${error.message}`;
    return new AppError(error.code, message, { cause: error });
  }
  const known = await knownDatacenters(run);
  const message = known.some((name) => name.toLowerCase() === datacenter)
    ? `Datacenter ${datacenter} is away: ${sentence(wordsOf(error))} What is registered there stays as it is.`
    : `Consul knows no datacenter ${datacenter}: ${sentence(wordsOf(error))} It knows ${known.join(', ')}; check the datacenter tag, or join that datacenter to these.`;
  const final = !remembered.includes(datacenter);
  return new AppError('UPSTREAM_UNAVAILABLE', message, { cause: error, final });
}

/** Consul's answer for a datacenter that it does not know, or cannot reach. */
function isNoPath(error: AppError): boolean {
  return String(error.details['said']).includes('No path to datacenter');
}
