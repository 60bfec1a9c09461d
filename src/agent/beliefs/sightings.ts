import { sameJson } from '../../core/objects.ts';
import type { Reading, SeenInstance, Sighting } from '../model/sighting.ts';

/** By service. */
export type Sightings = ReadonlyMap<string, Sighting>;

/** What the source tells, with what is known in the place of what it did not look at, or of what is the same. */
export function toldBy(reading: Reading, known: Sightings): Sightings {
  const { sightings, unread, unreadInstances, isWhole } = reading;
  const untouched = [...known].filter(([service]) => !isWhole || unread.has(service));
  const told = [...sightings].map(
    ([service, sighting]) => [service, knownOr(sighting, known.get(service))] as const,
  );
  const all = new Map([...untouched, ...told]);
  return unreadInstances === undefined ? all : withUnread(all, unreadInstances, known);
}

/** With what is known of instances that could not be read. */
function withUnread(told: Sightings, unread: ReadonlySet<string>, known: Sightings): Sightings {
  const kept = [...known].flatMap(([service, before]) => {
    const now = told.get(service) ?? { ...before, instances: [] };
    const ids = new Set(now.instances.map(({ id }) => id));
    const lost = before.instances.filter(({ id }) => unread.has(id) && !ids.has(id));
    if (lost.length === 0) return [];
    return [[service, knownOr({ ...now, instances: [...now.instances, ...lost] }, before)] as const];
  });
  return new Map([...told, ...kept]);
}

/** What is known, where that is the same: others remember what they made of it. */
function knownOr(sighting: Sighting, known: Sighting | undefined): Sighting {
  return known !== undefined && sameJson(known, sighting) ? known : sighting;
}

/** Whether both have the same objects. */
export function sameEntries(left: Sightings, right: Sightings): boolean {
  return (
    left.size === right.size && [...left].every(([service, sighting]) => right.get(service) === sighting)
  );
}

/** Where servers would become too few. */
export interface Fall {
  readonly services: ReadonlySet<string>;
  readonly ofSource: boolean;
  /** Whether there were servers and now are none. */
  readonly isEmpty: boolean;
}

/** @param percent how much must be left */
export function fallOf(known: Sightings, told: Sightings, percent: number): Fall {
  const isFall = (before: number, after: number): boolean => after * 100 < before * percent;
  const services = [...known].filter(([service, { instances }]) =>
    isFall(instances.length, told.get(service)?.instances.length ?? 0),
  );
  const [before, after] = [countOf(known), countOf(told)];
  return {
    services: new Set(services.map(([service]) => service)),
    ofSource: isFall(before, after),
    isEmpty: before > 0 && after === 0,
  };
}

function countOf(sightings: Sightings): number {
  return [...sightings.values()].reduce((sum, { instances }) => sum + instances.length, 0);
}

/** Everything that is told, and what is known besides. */
export function withNews(known: Sightings, told: Sightings): Sightings {
  const news = [...told].map(([service, sighting]) => {
    const before = known.get(service);
    if (before === undefined || before === sighting) return [service, sighting] as const;
    const ids = new Set(sighting.instances.map(({ id }) => id));
    const kept = before.instances.filter(({ id }) => !ids.has(id));
    const both = { ...sighting, instances: [...sighting.instances, ...kept] };
    return [service, knownOr(both, before)] as const;
  });
  return new Map([...known, ...news]);
}

/** Without what is told no more and may go. */
export function without(
  seen: Sightings,
  told: Sightings,
  mayGo: (service: string, key: string) => boolean,
): Sightings {
  const left = [...seen].flatMap(([service, sighting]) => {
    const missing = new Set(missingOf(sighting, told.get(service)));
    const goes = (key: string): boolean => missing.has(key) && mayGo(service, key);
    if (![...missing].some(goes)) return [[service, sighting] as const];
    const instances = sighting.instances.filter((instance) => !goes(instanceKey(service, instance)));
    const isGone = goes(serviceKey(service)) && instances.length === 0;
    return isGone ? [] : [[service, { ...sighting, instances }] as const];
  });
  return new Map(left);
}

/** What of a sighting is not in what is told. */
export function missingOf(sighting: Sighting, told: Sighting | undefined): string[] {
  if (told === sighting) return [];
  const ids = new Set(told?.instances.map(({ id }) => id));
  const instances = sighting.instances.filter(({ id }) => !ids.has(id));
  return [
    ...(told === undefined ? [serviceKey(sighting.service)] : []),
    ...instances.map((instance) => instanceKey(sighting.service, instance)),
  ];
}

/** What absences are counted of: a service, and each of its instances. */
export function keysOf({ service, instances }: Sighting): string[] {
  return [serviceKey(service), ...instances.map((instance) => instanceKey(service, instance))];
}

function serviceKey(service: string): string {
  return JSON.stringify([service]);
}

function instanceKey(service: string, { id }: Pick<SeenInstance, 'id'>): string {
  return JSON.stringify([service, id]);
}
