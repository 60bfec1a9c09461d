import type { Definition, Running } from '../payload.ts';

/** The host that payloads without `host` report for. */
export const anonymousHost = '*';

export interface ServiceState {
  readonly definition: Definition;
  /** Epoch milliseconds; of two services that claim one route the earlier keeps it. */
  readonly created: number;
  /** Epoch seconds after which a service without instances is forgotten. */
  readonly expires?: number | undefined;
  /** The revision that was read; absent: not stored yet. */
  readonly revision?: string | undefined;
}

/** What one host last reported. */
export interface HostState {
  readonly running: readonly Running[];
  /** Epoch milliseconds of the report, or of its last renewal. */
  readonly written: number;
  /** Epoch seconds after which a silent host's instances count no more. */
  readonly expires?: number | undefined;
  /** The revision that was read; absent: not stored yet. */
  readonly revision?: string | undefined;
}

/** All of one logical table. */
export interface TableState {
  readonly services: ReadonlyMap<string, ServiceState>;
  readonly hosts: ReadonlyMap<string, HostState>;
}

/** How long things are remembered, and the time that this is measured by. */
export interface Memory {
  /** Epoch milliseconds. */
  readonly now: number;
  /** Seconds. */
  readonly serviceGrace: number;
  /** Seconds; 0: for ever. */
  readonly hostTtl: number;
}

/** Addresses of a service's instances by id. */
export type Instances = ReadonlyMap<string, string>;

/** The state without what has expired: DynamoDB removes such items days later. */
export function withoutExpired(state: TableState, memory: Memory): TableState {
  const seconds = memory.now / 1000;
  const hosts = new Map(
    [...state.hosts].filter(([, { expires }]) => expires === undefined || expires > seconds),
  );
  const running = runningIn(hosts);
  const idle = idleTimes(state.hosts, memory);
  const services = [...state.services].filter(
    ([name, service]) => running.has(name) || idle(name, service) > seconds,
  );
  return { hosts, services: new Map(services) };
}

/** Names of the services that have an instance on one of the hosts. */
export function runningIn(hosts: TableState['hosts']): Set<string> {
  return new Set([...hosts.values()].flatMap(({ running }) => running.map((one) => one.serviceName)));
}

/**
 * Tells until when a service without instances is remembered, in epoch seconds. Where nothing is stored of that, it
 * counts from the end of the last silent host that listed the service; without such a host, from the last report of any.
 * @param hosts with those that have expired
 */
export function idleTimes(
  hosts: TableState['hosts'],
  { serviceGrace }: Memory,
): (name: string, service: ServiceState) => number {
  const listedUntil = new Map<string, number>();
  let reported = 0;
  for (const { running, written, expires } of hosts.values()) {
    reported = Math.max(reported, written);
    if (expires === undefined) continue;
    for (const { serviceName } of running) {
      listedUntil.set(serviceName, Math.max(expires, listedUntil.get(serviceName) ?? 0));
    }
  }
  return (name, { expires, created }) =>
    expires ?? (listedUntil.get(name) ?? Math.floor(Math.max(reported, created) / 1000)) + serviceGrace;
}

/**
 * The instances of every service that has any, defined or not. Where hosts disagree on the address of an id, `first`
 * is believed, then the host that was written last.
 */
export function instancesOf({ hosts }: TableState, first?: string): Map<string, Map<string, string>> {
  const byTrust = [...hosts].sort(
    ([leftName, left], [rightName, right]) =>
      Number(rightName === first) - Number(leftName === first) ||
      right.written - left.written ||
      (leftName < rightName ? -1 : 1),
  );
  const services = new Map<string, Map<string, string>>();
  for (const { serviceName, id, ip } of byTrust.flatMap(([, { running }]) => running)) {
    const instances = services.get(serviceName) ?? new Map<string, string>();
    if (!instances.has(id)) instances.set(id, ip);
    services.set(serviceName, instances);
  }
  return services;
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
