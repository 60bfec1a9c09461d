import type { ServiceHealth } from '../../../consul/api.ts';
import type { Clock } from '../../../core/clock.ts';
import { messageOf } from '../../../core/errors.ts';
import { sameJson } from '../../../core/objects.ts';
import type { Problem, Reading, Sighting } from '../../model/sighting.ts';
import { readSighting, type SightingRules } from './sighting.ts';

/** What is known of one service. */
interface Known {
  /** As the catalog writes it. */
  name: string;
  /** False where ACLs hide part of the catalog, so that it may be there unseen. */
  isListed: boolean;
  /** Absent before the first read. */
  outcome: Outcome | undefined;
  /** How often it was heard of. */
  heard: number;
}

/** What the last read of a service came to: unread, gone for good, or seen. */
interface Outcome {
  readonly kind: 'seen' | 'gone' | 'unread';
  readonly sighting?: Sighting | undefined;
  readonly problems: readonly Problem[];
}

/** What is known of the services that are followed, and handed on as it changes. Services go by their names in lower case. */
export interface Readings {
  /**
   * Takes the services that the catalog lists; unless that is `whole`, those that are not listed may be there. What is listed
   * as before is not handed on: what was read of it may be old.
   * @returns services that were not read since they are listed, and those that are listed no more and not known to be gone
   */
  list(names: ReadonlyMap<string, string>, whole: boolean): { appeared: string[]; doubtful: string[] };
  services(): string[];
  /** The name of a service as the catalog writes it; undefined when it is not followed. */
  nameOf(service: string): string | undefined;
  /** A number that is another one once something new was heard of the service. */
  heard(service: string): number;
  answered(service: string, answer: ServiceHealth): void;
  /** Nothing is handed on for this alone. */
  failed(service: string, error: unknown): void;
  /** Hands on what is known, as after an answer in which nothing was new. */
  tell(): void;
  close(): void;
}

/** How long the first reading waits for services, since the last of them was read. */
const firstMs = 2_000;

/** How many services are handed on in a millisecond at most: less than a tick for a hundred, a tenth of a second for 5,000. */
const perMs = 50;

const source = 'consul';

/**
 * Collects what is read and hands it on, all that comes in one turn of the event loop at once. The first reading waits
 * until every service was read, or none was for 2 s.
 */
export function createReadings(
  onReading: (reading: Reading) => void,
  rules: SightingRules,
  clock: Clock,
): Readings {
  const known = new Map<string, Known>();
  let isWhole = false;
  let isFirst = true;
  let endOfFirst: (() => void) | undefined;
  const { soon: tell, close } = onceInATurn(clock, () => {
    if (isFirst && [...known.values()].some(({ outcome }) => outcome === undefined)) return 0;
    isFirst = false;
    endOfFirst?.();
    onReading(readingOf(known, isWhole));
    return Math.floor(known.size / perMs);
  });

  function waitForFirst(): void {
    endOfFirst?.();
    endOfFirst = clock.after(firstMs, () => {
      isFirst = false;
      tell();
    });
  }

  function note(service: string, outcomeOf: (known: Known) => Outcome, isNews: boolean): void {
    const one = known.get(service);
    if (one === undefined) return;
    const outcome = outcomeOf(one);
    const isOther = !sameJson(outcome, one.outcome);
    if (isFirst && one.outcome === undefined) waitForFirst();
    one.outcome = outcome;
    one.heard += 1;
    if (isNews && isOther) tell();
  }

  return {
    list(names, whole) {
      if (endOfFirst === undefined) waitForFirst();
      const { missing, isOther } = takeListed(known, names, whole);
      if (isOther || isWhole !== whole) tell();
      isWhole = whole;
      const withOutcome = (services: Iterable<string>, ...kinds: (Outcome['kind'] | undefined)[]) =>
        [...services].filter((service) => kinds.includes(known.get(service)?.outcome?.kind));
      return {
        appeared: withOutcome(names.keys(), undefined),
        doubtful: whole ? [] : withOutcome(missing, undefined, 'seen', 'unread'),
      };
    },
    services: () => [...known.keys()],
    nameOf: (service) => known.get(service)?.name,
    heard: (service) => known.get(service)?.heard ?? 0,
    answered: (service, answer) => note(service, (one) => outcomeOf(service, one, answer, rules), true),
    failed: (service, error) => note(service, () => unread(service, messageOf(error)), false),
    tell,
    close: () => {
      close();
      endOfFirst?.();
    },
  };
}

/**
 * Does the work when it is asked for, once for all that ask in one turn of the event loop.
 * @param work gives the milliseconds in which it is not done again
 */
function onceInATurn(clock: Clock, work: () => number): { soon: () => void; close: () => void } {
  let callOff: (() => void) | undefined;
  let next = clock.now();
  function run(): void {
    callOff = undefined;
    next = clock.now() + work();
  }
  function inThisTurn(): () => void {
    const turn = setImmediate(run);
    return () => clearImmediate(turn);
  }
  return {
    soon: () => {
      const wait = next - clock.now();
      callOff ??= wait > 0 ? clock.after(wait, run) : inThisTurn();
    },
    close: () => callOff?.(),
  };
}

/**
 * Takes what is listed: what was not before is a service of which nothing is known.
 * @returns services that are known and not listed, and whether anything else is listed than before
 */
function takeListed(known: Map<string, Known>, names: ReadonlyMap<string, string>, whole: boolean) {
  let isNew = false;
  for (const [service, name] of names) {
    const one = known.get(service);
    isNew ||= one?.isListed !== true;
    if (one?.isListed) one.name = name;
    else known.set(service, { name, isListed: true, outcome: undefined, heard: (one?.heard ?? 0) + 1 });
  }
  const missing = [...known.keys()].filter((service) => !names.has(service));
  for (const [service, one] of known) if (!names.has(service)) one.isListed = false;
  if (whole) for (const service of missing) known.delete(service);
  return { missing, isOther: isNew || missing.length > 0 };
}

/** An answer from which ACLs hide something tells nothing of the service, and one without instances only that it is gone. */
function outcomeOf(
  service: string,
  { isListed }: Known,
  { instances, filtered }: ServiceHealth,
  rules: SightingRules,
): Outcome {
  const hidden = 'the token must have service:read on it and node:read on its nodes';
  if (filtered) return unread(service, `Consul hides instances of it: ${hidden}`);
  if (instances.length === 0) {
    return isListed
      ? unread(service, `Consul lists it but shows no instance: it is just going, or ${hidden}`)
      : { kind: 'gone', problems: [] };
  }
  const { sighting, complaints } = readSighting(service, instances, rules);
  return {
    kind: sighting?.instances.length === 0 ? 'unread' : 'seen',
    sighting,
    problems: complaints.map(({ instance, message }) => ({ source, service, instance, message })),
  };
}

function unread(service: string, reason: string): Outcome {
  const message = `The service could not be read and stays as it was known: ${reason}`;
  return { kind: 'unread', problems: [{ source, service, instance: undefined, message }] };
}

const allHidden: Problem = {
  source,
  service: undefined,
  instance: undefined,
  message:
    'Consul hides services and lists none to follow: the token must have service:read on them and node:read on their nodes',
};

function readingOf(known: ReadonlyMap<string, Known>, isWhole: boolean): Reading {
  const sightings = new Map<string, Sighting>();
  const unreadServices = new Set<string>();
  // Current servers list no service whose nodes the token may not read.
  const problems: Problem[] = known.size === 0 && !isWhole ? [allHidden] : [];
  for (const [service, { outcome }] of known) {
    problems.push(...(outcome?.problems ?? []));
    if (outcome === undefined || outcome.kind === 'unread') unreadServices.add(service);
    else if (outcome.kind === 'gone') sightings.set(service, nothingOf(service));
    else if (outcome.sighting) sightings.set(service, outcome.sighting);
  }
  return { sightings, unread: unreadServices, isWhole, problems };
}

/** A service that is gone, where what is not listed would stay. */
function nothingOf(service: string): Sighting {
  return { service, instances: [], fallback: [], isFunction: false };
}
