import { ownMember } from '../../core/objects.ts';
import type { SeenInstance, Sighting } from '../model/sighting.ts';

/** What is posted to a registry: its payload (see the README), as far as it is known here. */
export interface ReportPayload {
  readonly table: string;
  readonly host?: string;
  readonly running: readonly Row[];
  readonly candidates: readonly Candidate[];
}

interface Container {
  readonly id: string;
  readonly ip: string;
}

interface Row extends Container {
  readonly serviceName: string;
}

export interface Candidate extends Readonly<Record<string, unknown>> {
  readonly serviceName: string;
  readonly containers: readonly Container[];
}

/** Whose report it is. */
export interface Reporter {
  /** The registry's table. */
  readonly table: string;
  /** This host, for which alone the report speaks; empty: for everybody who names none. */
  readonly host: string;
}

/** Something about a service that the registry is not told. */
export interface Omission {
  readonly service: string;
  readonly instance: string | undefined;
  readonly message: string;
}

/** Keys of attributes by the field of a candidate that they are, and how its values are written. */
const fields: Readonly<Record<string, readonly [field: string, read: (text: string) => unknown]>> = {
  cookie: ['cookie', (text) => text],
  balance: ['balance', (text) => text],
  check: ['check', (text) => (text === 'tcp' ? undefined : text)],
  weight: ['weight', wholeNumber],
  maxconn: ['maxconn', wholeNumber],
  'route-strip': ['strip', truth],
  'route-tls': ['tls', truth],
};
const routeKeys: ReadonlySet<string> = new Set(['route-host', 'route-path']);

/** Fields of a candidate without which it is still one. */
export const optionalFields: ReadonlySet<string> = new Set(Object.values(fields).map(([field]) => field));

/**
 * Everything that runs, as a registry takes it. Instances that are ready are reported, and where a service has none, those
 * that it has. Values are passed on as they were written: the registry judges them, and what it refuses is taken out.
 */
export function payloadOf(
  sightings: Iterable<Sighting>,
  { table, host }: Reporter,
): { payload: ReportPayload; omissions: readonly Omission[] } {
  const services = [...sightings].sort((left, right) => (left.service < right.service ? -1 : 1));
  const reports = services.map(reportOf);
  const payload = {
    table,
    ...(host !== '' && { host }),
    running: reports.flatMap(({ rows }) => rows),
    candidates: reports.flatMap(({ candidate }) => candidate ?? []),
  };
  return { payload, omissions: reports.flatMap(({ omissions }) => omissions) };
}

interface ServiceReport {
  readonly rows: readonly Row[];
  readonly candidate?: Candidate;
  readonly omissions: readonly Omission[];
}

function reportOf(sighting: Sighting): ServiceReport {
  const { service } = sighting;
  const ready = sighting.instances.filter(({ state }) => state === 'ready');
  const instances = ready.length > 0 ? ready : sighting.instances;
  // The registry knows one port a service.
  const port = instances.find((instance) => instance.port !== undefined)?.port;
  const isTold = (instance: SeenInstance): boolean => port !== undefined && instance.port === port;
  const misfits = instances
    .filter((instance) => !isTold(instance))
    .map((instance) => ({ service, instance: instance.id, message: misfit(instance, port) }));
  const told = instances.filter(isTold);
  const [first] = told;
  if (first === undefined) return { rows: [], omissions: misfits };
  const containers = told.map(({ id, address }) => ({ id, ip: address }));
  const options = optionsOf(first);
  const candidate = { serviceName: service, ...placesOf(first, sighting), ...options, port, containers };
  return {
    rows: containers.map((container) => ({ serviceName: service, ...container })),
    candidate,
    omissions: [
      ...misfits,
      ...unknownIn(first).map((message) => ({ service, instance: undefined, message })),
    ],
  };
}

function misfit({ port: own }: SeenInstance, port: number | undefined): string {
  return own === undefined
    ? 'has no port'
    : `has port ${own}, where others of the service have ${String(port)}`;
}

function unknownIn({ attributes }: SeenInstance): string[] {
  const isKnown = (key: string): boolean => routeKeys.has(key) || ownMember(fields, key) !== undefined;
  return Object.keys(attributes)
    .filter((key) => !isKnown(key))
    .map((key) => `${key} is nothing that a registry knows`);
}

/** Hosts, each with all paths, or paths on any host; the first is the predicate. */
function placesOf({ attributes, routes }: SeenInstance, { fallback }: Sighting): object {
  const asked = {
    hosts: [...wordsIn(attributes['route-host']), ...routes.flatMap(({ host }) => host ?? [])],
    paths: [...wordsIn(attributes['route-path']), ...routes.flatMap(({ path }) => path ?? [])],
  };
  const isAsked = asked.hosts.length + asked.paths.length > 0;
  const { hosts, paths } = isAsked ? asked : { hosts: fallback.flatMap(({ host }) => host ?? []), paths: [] };
  const [host, ...moreHosts] = hosts;
  const [path, ...morePaths] = paths;
  if (host === undefined) return { configMode: 'path', predicate: path, ...listed('paths', morePaths) };
  return { configMode: 'host', predicate: host, ...listed('hosts', moreHosts), ...listed('paths', paths) };
}

function listed(field: string, values: readonly string[]): object {
  return values.length === 0 ? {} : { [field]: values };
}

function optionsOf({ attributes }: SeenInstance): object {
  return Object.fromEntries(
    Object.entries(fields).flatMap(([key, [field, read]]) => {
      const text = attributes[key];
      const value = text === undefined || text === '' ? undefined : read(text);
      return value === undefined ? [] : [[field, value]];
    }),
  );
}

function wordsIn(list = ''): string[] {
  return list
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '');
}

function wholeNumber(text: string): unknown {
  return /^[0-9]{1,9}$/.test(text) ? Number(text) : text;
}

function truth(text: string): unknown {
  return text === 'true' || text === 'false' ? text === 'true' : text;
}
