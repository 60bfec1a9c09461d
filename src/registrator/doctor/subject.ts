import type { CallerIdentity, Functions, Listing, Parameters, TaggedArn } from '../../aws/api.ts';
import type { EventWays } from '../../aws/inspection/api.ts';
import type { ServerDate } from '../../aws/inspection/server-date.ts';
import type { CatalogService, NodeServices } from '../../consul/api.ts';
import type { Catalog } from '../../consul/catalog.ts';
import type { ConfigEntries } from '../../consul/config-entries.ts';
import type { Inspection } from '../../consul/inspection.ts';
import type { Places } from '../../consul/places.ts';
import type { ServerInfo } from '../../consul/server-info.ts';
import { mapConcurrent } from '../../core/concurrency.ts';
import type { Clock } from '../../core/clock.ts';
import type { Deadline } from '../../core/deadline.ts';
import { isAppError } from '../../core/errors.ts';
import type { Place } from '../../lambda-service/place.ts';
import { metaKeys } from '../../lambda-service/service.ts';
import { enabledTag } from '../../lambda-service/tags.ts';
import type { RegistratorConfig } from '../config.ts';
import { placeKey } from '../model/key.ts';
import { type Scope, scopeOf } from '../model/ownership.ts';
import type { Report } from '../model/report.ts';
import { homePlaces, inDatacenters, rememberedDatacenters } from '../read/places.ts';

const readsInFlight = 8;

/** What `doctor` looks with; the composition root supplies it. */
export interface Instruments {
  config: RegistratorConfig;
  home: Place;
  consul: Pick<Catalog, 'nodeServices' | 'nodeHasCheck'> &
    Pick<ConfigEntries, 'configEntries' | 'acceptsEnvoyExtensions'> &
    Inspection &
    Places &
    ServerInfo;
  functions: Functions;
  parameters: Parameters;
  caller: CallerIdentity;
  serverDate: ServerDate;
  eventWays: (region: string) => EventWays;
  /** What a full sync would do. */
  plan: (scope: Scope, deadline: Deadline) => Promise<Report>;
  clock: Clock;
  /** Milliseconds since 1970. */
  now: () => number;
}

/** All that examinations share; what several of them need is read once. */
export interface Subject extends Instruments {
  scope: (deadline: Deadline) => Promise<Scope>;
  ways: (deadline: Deadline) => Promise<EventWays>;
  /** Functions in the tagging index. */
  listing: (deadline: Deadline) => Promise<Listing<TaggedArn>>;
  /** Our node at home. */
  node: (deadline: Deadline) => Promise<NodeServices>;
  /** Home, and wherever else services of ours may be. */
  places: (deadline: Deadline) => Promise<Place[]>;
  /** The services on our nodes that carry our mark; places that cannot be seen are left to the line of the functions. */
  services: (deadline: Deadline) => Promise<CatalogService[]>;
  report: (deadline: Deadline) => Promise<Report>;
}

export function subjectOf(instruments: Instruments): Subject {
  const { config, caller, consul, home } = instruments;
  const scope = once(async (deadline) => scopeOf(await caller.identity(deadline), config));
  const node = once((deadline) => consul.nodeServices(home, config.nodeName, deadline));
  const places = once(async (deadline) => {
    const { places: here } = await homePlaces({ home, config, consul, deadline });
    const ours = await seen(node(deadline));
    const further = here.filter((place) => placeKey(place) !== placeKey(home));
    const nodes = new Map([[placeKey(home), { node: ours?.node }]]);
    const datacenters = rememberedDatacenters({ home, config }, nodes);
    return [home, ...further, ...inDatacenters(here, datacenters)];
  });
  return {
    ...instruments,
    scope,
    node,
    ways: once(async (deadline) => instruments.eventWays((await scope(deadline)).region)),
    listing: once((deadline) => instruments.functions.listTagged(enabledTag, config.pageSize, deadline)),
    places,
    services: once(async (deadline) => {
      const { ownerId } = await scope(deadline);
      const answers = await mapConcurrent(await places(deadline), readsInFlight, (place) =>
        place === home ? node(deadline) : seen(consul.nodeServices(place, config.nodeName, deadline)),
      );
      const all = answers.flatMap((answer) => answer?.services ?? []);
      return all.filter(({ Meta }) => Meta?.[metaKeys.owner] === ownerId);
    }),
    report: once(async (deadline) => instruments.plan(await scope(deadline), deadline)),
  };
}

/** Undefined where it cannot be seen. */
async function seen<Value>(reading: Promise<Value>): Promise<Value | undefined> {
  try {
    return await reading;
  } catch (error) {
    if (!isAppError(error)) throw error;
    return undefined;
  }
}

/** Reads at the first question, and gives what came of it at every other. */
function once<Value>(read: (deadline: Deadline) => Promise<Value>): (deadline: Deadline) => Promise<Value> {
  let value: Promise<Value> | undefined;
  return (deadline) => (value ??= read(deadline));
}
