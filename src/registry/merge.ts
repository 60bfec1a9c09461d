import { sameJson } from '../core/same-json.ts';
import type { Payload, Running } from './payload.ts';
import {
  type HostState,
  type Retention,
  type TableState,
  anonymousHost,
  idleTimes,
  runningIn,
  withoutExpired,
} from './store/state.ts';

/** Whom a payload speaks for. */
export function reporterOf({ host }: Payload): string {
  return host ?? anonymousHost;
}

/**
 * What the table holds once the payload counts:
 * - the reporter's instances are those of `running` and of `candidates`, those of other hosts stay;
 * - a candidate creates its service or replaces its definition;
 * - a service without instances anywhere is remembered for the grace time, then gone.
 * Members that need no write are the very objects of `stored`.
 */
export function merge(stored: TableState, payload: Payload, retention: Retention): TableState {
  const reporter = reporterOf(payload);
  const live = withoutExpired(stored, retention);
  const own = hostAfter(stored.hosts.get(reporter), reported(payload), retention);
  const hosts = new Map(live.hosts).set(reporter, own);
  const services = new Map(live.services);
  for (const { serviceName, definition } of payload.candidates) {
    const known = stored.services.get(serviceName);
    const remembered = live.services.get(serviceName);
    if (remembered && sameJson(remembered.definition, definition)) continue;
    const created = remembered?.created ?? retention.now;
    services.set(serviceName, {
      definition,
      created,
      expires: remembered?.expires,
      revision: known?.revision,
    });
  }
  const running = runningIn(hosts);
  const idle = idleTimes(new Map(stored.hosts).set(reporter, own), retention);
  for (const [name, service] of services) {
    const expires = running.has(name) ? undefined : idle(name, service);
    if (expires !== service.expires) services.set(name, { ...service, expires });
  }
  return withoutExpired({ hosts, services }, retention);
}

/** Names of services that have an instance of this host now and had not before. */
export function gained(before: HostState | undefined, after: HostState | undefined): Set<string> {
  const known = new Set(before?.running.map(({ serviceName, id }) => `${serviceName} ${id}`));
  const news = (after?.running ?? []).filter(({ serviceName, id }) => !known.has(`${serviceName} ${id}`));
  return new Set(news.map(({ serviceName }) => serviceName));
}

/** The reporter's instances: each id once a service, with the address of a candidate before that of `running`. */
function reported({ running, candidates }: Payload): Running[] {
  const byKey = new Map<string, Running>();
  for (const { serviceName, id, ip } of running) byKey.set(`${serviceName} ${id}`, { serviceName, id, ip });
  for (const { serviceName, containers } of candidates) {
    for (const { id, ip } of containers) byKey.set(`${serviceName} ${id}`, { serviceName, id, ip });
  }
  return [...byKey.entries()]
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([, instance]) => instance);
}

function hostAfter(
  before: HostState | undefined,
  running: readonly Running[],
  retention: Retention,
): HostState {
  const { now, hostTtl } = retention;
  if (before && sameJson(before.running, running) && !needsRenewal(before, retention)) return before;
  const expires = hostTtl === 0 ? undefined : Math.ceil(now / 1000) + hostTtl;
  return { running, written: now, expires, revision: before?.revision };
}

/** A heartbeat is rewritten after a third of its life, so that most reports without news write nothing. */
function needsRenewal({ expires }: HostState, { now, hostTtl }: Retention): boolean {
  if (expires === undefined || hostTtl === 0) return expires !== undefined || hostTtl !== 0;
  const left = expires - now / 1000;
  return left < (hostTtl * 2) / 3 || left > hostTtl + 1;
}
