import { messageOf } from '../../../core/errors.ts';
import { sorted } from '../../../haproxy/sections/section.ts';
import type { Problem, Reading, RouteClaim, SeenInstance, Sighting } from '../../model/sighting.ts';
import { seenInstances, type SeenInstances } from './instances.ts';
import type { ListedService, Listing } from './listing.ts';
import { defaultPortOf, routesByName, serviceKey, type WantedNamespace } from './namespaces.ts';
import type { ReadService } from './service-reader.ts';
import { sourceName } from './settings.ts';

/** What is known of a service: what was read last, and why the last attempt failed, if it did. */
export interface Standing {
  readonly read: ReadService | undefined;
  readonly failure: unknown;
}

/** What is known of Cloud Map. */
export interface Known {
  readonly wanted: readonly WantedNamespace[];
  readonly listing: Listing;
  /** By the service's ARN. */
  readonly standings: ReadonlyMap<string, Standing>;
  /** What is not granted. */
  readonly denials: readonly string[];
}

/** What Cloud Map knows as one service: `_web._tcp` and `web` have one name. */
interface KeyedService {
  readonly parts: { readonly listed: ListedService; readonly standing: Standing | undefined }[];
}

/**
 * What is known, as others want to hear it. Of a service whose last read failed nothing is told but that, whatever was
 * known of it before.
 */
export function readingOf({ wanted, listing, standings, denials }: Known): Reading {
  const sightings = new Map<string, Sighting>();
  const unread = new Set<string>();
  const problems: Problem[] = [...listing.problems, ...denials].map((message) => problem(message));
  for (const [service, { parts }] of keyedServices(listing.services, standings)) {
    const failed = parts.find(({ standing }) => standing?.failure !== undefined);
    if (failed) {
      unread.add(service);
      problems.push(problem(`The service stays as it is: ${messageOf(failed.standing?.failure)}`, service));
      continue;
    }
    const seen = parts.map(({ listed, standing }) =>
      seenInstances(standing?.read?.instances ?? [], defaultPortOf(listed.wanted)),
    );
    sightings.set(service, {
      service,
      instances: uniqueById(seen),
      fallback: fallbackOf(parts.map(({ listed }) => listed)),
      isFunction: false,
    });
    for (const { message, instance } of seen.flatMap((each) => each.problems))
      problems.push(problem(message, service, instance));
  }
  return { sightings, unread, isWhole: wanted.every((each) => listing.known.has(each)), problems };
}

function keyedServices(
  services: readonly ListedService[],
  standings: Known['standings'],
): Map<string, KeyedService> {
  const byKey = new Map<string, KeyedService>();
  for (const listed of sorted(services, ({ service }) => service.name)) {
    const key = serviceKey(listed.wanted, listed.service.name);
    const part = { listed, standing: standings.get(listed.service.arn) };
    const keyed = byKey.get(key);
    if (keyed) keyed.parts.push(part);
    else byKey.set(key, { parts: [part] });
  }
  return byKey;
}

/** The routes of one name are the same wherever it stands. */
function fallbackOf([first]: readonly ListedService[]): RouteClaim[] {
  return first === undefined ? [] : routesByName(first.wanted, first.service.name);
}

/** Instances of services that are one here, by id, since answers have them in any order; an id that an earlier one has is made another. */
function uniqueById(seen: readonly SeenInstances[]): SeenInstance[] {
  const byId = new Map<string, SeenInstance>();
  for (const [at, { instances }] of seen.entries()) {
    for (const instance of instances) {
      const id = byId.has(instance.id) ? `${instance.id}/${at}` : instance.id;
      byId.set(id, { ...instance, id });
    }
  }
  return sorted([...byId.values()], ({ id }) => id);
}

function problem(message: string, service?: string, instance?: string): Problem {
  return { source: sourceName, service, instance, message };
}
