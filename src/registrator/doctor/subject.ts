import type { CallerIdentity, Functions, Listing, Parameters, TaggedArn } from '../../aws/api.ts';
import type { EventWays } from '../../aws/inspection/api.ts';
import type { ServerDate } from '../../aws/inspection/server-date.ts';
import type { CatalogService, NodeServices } from '../../consul/api.ts';
import type { Catalog } from '../../consul/catalog.ts';
import type { ConfigEntries } from '../../consul/config-entries.ts';
import type { Inspection } from '../../consul/inspection.ts';
import type { Places } from '../../consul/places.ts';
import type { ServerInfo } from '../../consul/server-info.ts';
import type { Clock } from '../../core/clock.ts';
import type { Deadline } from '../../core/deadline.ts';
import type { Place } from '../../lambda-service/place.ts';
import { metaKeys } from '../../lambda-service/service.ts';
import { enabledTag } from '../../lambda-service/tags.ts';
import type { RegistratorConfig } from '../config.ts';
import { type Scope, scopeOf } from '../model/ownership.ts';
import type { Report } from '../model/report.ts';

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
  /** The services on it that carry our mark. */
  services: (deadline: Deadline) => Promise<CatalogService[]>;
  report: (deadline: Deadline) => Promise<Report>;
}

export function subjectOf(instruments: Instruments): Subject {
  const { config, caller, consul, home } = instruments;
  const scope = once(async (deadline) => scopeOf(await caller.identity(deadline), config));
  const node = once((deadline) => consul.nodeServices(home, config.nodeName, deadline));
  return {
    ...instruments,
    scope,
    node,
    ways: once(async (deadline) => instruments.eventWays((await scope(deadline)).region)),
    listing: once((deadline) => instruments.functions.listTagged(enabledTag, config.pageSize, deadline)),
    services: async (deadline) => {
      const { ownerId } = await scope(deadline);
      return (await node(deadline)).services.filter(({ Meta }) => Meta?.[metaKeys.owner] === ownerId);
    },
    report: once(async (deadline) => instruments.plan(await scope(deadline), deadline)),
  };
}

/** Reads at the first question, and gives what came of it at every other. */
function once<Value>(read: (deadline: Deadline) => Promise<Value>): (deadline: Deadline) => Promise<Value> {
  let value: Promise<Value> | undefined;
  return (deadline) => (value ??= read(deadline));
}
