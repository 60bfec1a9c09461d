import type { Container, Definition, Instance } from '../payload.ts';

/** The host that payloads without `host` report for. */
export const anonymousHost = '*';

export interface ServiceState {
  definition: Definition;
  /** Epoch milliseconds; of two services that claim one route the earlier keeps it. */
  created: number;
  /** Epoch seconds after which a service without instances is forgotten. */
  expires?: number | undefined;
  /** The revision that was read; absent: not stored yet. */
  revision?: string | undefined;
}

/** What one host last reported. */
export interface HostState {
  running: Instance[];
  /** Epoch milliseconds of the report, or of its last renewal. */
  written: number;
  /** Epoch seconds after which a silent host's instances count no more. */
  expires?: number | undefined;
  /** The revision that was read; absent: not stored yet. */
  revision?: string | undefined;
}

/** All of one logical table. */
export interface TableState {
  services: ReadonlyMap<string, ServiceState>;
  hosts: ReadonlyMap<string, HostState>;
}

/** How long things are remembered, and the time that this is measured by. */
export interface Retention {
  /** Epoch milliseconds. */
  now: number;
  /** Seconds. */
  serviceGrace: number;
  /** Seconds; 0: for ever. */
  hostTtl: number;
}

/** The state without what has expired: DynamoDB removes such items days later. */
export function withoutExpired(state: TableState, retention: Retention): TableState {
  const hosts = liveHosts(state, retention);
  const running = runningIn(hosts);
  const idle = idleTimes(state.hosts, retention);
  const services = [...withoutEnded(state, retention).services].filter(
    ([name, service]) => running.has(name) || idle(name, service) > retention.now / 1000,
  );
  return { hosts, services: new Map(services) };
}

/**
 * The state without services whose known end has passed. Nothing brings them back but a candidate: a report counts for such
 * a service only when it was written before that end. Services that nothing is known of, since a host is dropping them at
 * this moment, stay.
 */
export function withoutEnded(state: TableState, retention: Retention): TableState {
  const listed = firstReports(liveHosts(state, retention));
  const end = knownEnds(state.hosts, retention);
  const services = [...state.services].filter(([name, service]) => {
    const report = listed.get(name);
    const ends = (report === undefined ? end(name, service) : service.expires) ?? Infinity;
    return ends > retention.now / 1000 || (report !== undefined && report / 1000 < ends);
  });
  return { ...state, services: new Map(services) };
}

/** Names of the services that have an instance on one of the hosts. */
export function runningIn(hosts: TableState['hosts']): Set<string> {
  return new Set([...hosts.values()].flatMap(({ running }) => running.map((one) => one.serviceName)));
}

/**
 * Tells until when a service without instances is remembered, in epoch seconds. Where its end is not known, it counts from
 * the last report of any host.
 * @param hosts with those that have expired
 */
export function idleTimes(
  hosts: TableState['hosts'],
  retention: Retention,
): (name: string, service: ServiceState) => number {
  const end = knownEnds(hosts, retention);
  const reported = Math.max(0, ...[...hosts.values()].map(({ written }) => written));
  return (name, service) =>
    end(name, service) ?? Math.floor(Math.max(reported, service.created) / 1000) + retention.serviceGrace;
}

/**
 * Tells when a service without instances ends, in epoch seconds: what is stored of that, else the grace time after the last
 * silent host that listed it; undefined without such a host.
 */
function knownEnds(
  hosts: TableState['hosts'],
  { serviceGrace }: Retention,
): (name: string, service: ServiceState) => number | undefined {
  const listedUntil = new Map<string, number>();
  for (const { running, expires } of hosts.values()) {
    if (expires === undefined) continue;
    for (const { serviceName } of running) {
      listedUntil.set(serviceName, Math.max(expires, listedUntil.get(serviceName) ?? 0));
    }
  }
  return (name, { expires }) => {
    const silence = listedUntil.get(name);
    return expires ?? (silence === undefined ? undefined : silence + serviceGrace);
  };
}

function liveHosts({ hosts }: TableState, { now }: Retention): Map<string, HostState> {
  return new Map([...hosts].filter(([, { expires = Infinity }]) => expires > now / 1000));
}

/** When the oldest of the reports that list a service was written, in epoch milliseconds by the service's name. */
function firstReports(hosts: TableState['hosts']): Map<string, number> {
  const reports = new Map<string, number>();
  for (const { running, written } of hosts.values()) {
    for (const { serviceName } of running) {
      reports.set(serviceName, Math.min(written, reports.get(serviceName) ?? Infinity));
    }
  }
  return reports;
}

/**
 * The containers of every service that has any, defined or not, by id. Where hosts disagree on the address of an id,
 * `first` is believed, then the host that was written last.
 */
export function containersOf({ hosts }: TableState, first?: string): Map<string, Container[]> {
  const byTrust = [...hosts].sort(
    ([leftName, left], [rightName, right]) =>
      Number(rightName === first) - Number(leftName === first) ||
      right.written - left.written ||
      (leftName < rightName ? -1 : 1),
  );
  const addresses = new Map<string, Map<string, string>>();
  for (const { serviceName, id, ip } of byTrust.flatMap(([, { running }]) => running)) {
    const known = addresses.get(serviceName) ?? new Map<string, string>();
    if (!known.has(id)) known.set(id, ip);
    addresses.set(serviceName, known);
  }
  return new Map([...addresses].map(([serviceName, ids]) => [serviceName, inOrder(ids)]));
}

function inOrder(addresses: ReadonlyMap<string, string>): Container[] {
  return [...addresses].map(([id, ip]) => ({ id, ip })).sort((left, right) => (left.id < right.id ? -1 : 1));
}

/** Whether two states come to one configuration, whatever the revisions and ends of their items are. */
export function sameContent(left: TableState, right: TableState): boolean {
  const definition = ({ definition, created }: ServiceState): unknown => [created, definition];
  const report = ({ running, written }: HostState): unknown => [written, running];
  return (
    sameMembers(left.services, right.services, definition) && sameMembers(left.hosts, right.hosts, report)
  );
}

function sameMembers<Member>(
  left: ReadonlyMap<string, Member>,
  right: ReadonlyMap<string, Member>,
  content: (member: Member) => unknown,
): boolean {
  const text = (member: Member): string => JSON.stringify(content(member));
  return (
    left.size === right.size &&
    [...left].every(([name, one]) => {
      const other = right.get(name);
      return other !== undefined && (other === one || text(other) === text(one));
    })
  );
}
