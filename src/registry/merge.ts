import { compareAddresses } from '../core/network/addresses.ts';
import { sameJson } from '../core/objects.ts';
import { type Instance, type Payload, type Reported, definitionsOf } from './payload.ts';
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
 * - the reporter's instances are those that the payload lists, those of other hosts stay;
 * - a candidate creates its service or replaces its definition;
 * - a service without instances anywhere is remembered for the grace time, then gone.
 * Members that need no write are the very objects of `stored`.
 */
export function merge(stored: TableState, payload: Payload, retention: Retention): TableState {
  const reporter = reporterOf(payload);
  const live = withoutExpired(stored, retention);
  const running = instancesAfter(listedBy(reporter, live), payload.reported);
  const own = hostAfter(stored.hosts.get(reporter), running, retention);
  const hosts = new Map(live.hosts).set(reporter, own);
  const services = new Map(live.services);
  for (const [serviceName, definition] of definitionsOf(payload.candidates)) {
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
  const inUse = runningIn(hosts);
  const idle = idleTimes(new Map(stored.hosts).set(reporter, own), retention);
  for (const [name, service] of services) {
    const expires = inUse.has(name) ? undefined : idle(name, service);
    if (expires !== service.expires) services.set(name, { ...service, expires });
  }
  return withoutExpired({ hosts, services }, retention);
}

/** Names of services that have an instance of a reporter after its report and had not before. */
export function gained(reporter: string, before: TableState, after: TableState): Set<string> {
  const known = new Set(listedBy(reporter, before).map(keyOf));
  const news = listedBy(reporter, after).filter((one) => !known.has(keyOf(one)));
  return new Set(news.map(({ serviceName }) => serviceName));
}

function listedBy(reporter: string, { hosts }: TableState): readonly Instance[] {
  return hosts.get(reporter)?.running ?? [];
}

/** The instances of a host after its report: each id once a service, in the order of names and ids. */
function instancesAfter(before: readonly Instance[], reported: readonly Reported[]): Instance[] {
  const held = new Map(before.map((one) => [keyOf(one), one.ip]));
  const chosen = new Map<string, Reported>();
  for (const row of reported) {
    const key = keyOf(row);
    const other = chosen.get(key);
    if (other === undefined || isBetter(row, other, held.get(key))) chosen.set(key, row);
  }
  return [...chosen]
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([, { serviceName, id, ip }]) => ({ serviceName, id, ip }));
}

/**
 * Which of two rows of one container is believed, so that their order never matters: a candidate's; else the one with the
 * address that the host has for it; else the one whose address comes first.
 */
function isBetter(row: Reported, other: Reported, held: string | undefined): boolean {
  const order =
    Number(other.candidate !== undefined) - Number(row.candidate !== undefined) ||
    Number(other.ip === held) - Number(row.ip === held) ||
    compareAddresses(row.ip, other.ip);
  return order < 0;
}

function keyOf({ serviceName, id }: Instance): string {
  return `${serviceName} ${id}`;
}

function hostAfter(
  before: HostState | undefined,
  running: readonly Instance[],
  retention: Retention,
): HostState {
  const { now, hostTtl } = retention;
  if (before && sameJson(before.running, running) && !needsRenewal(before, retention)) return before;
  const expires = hostTtl === 0 ? undefined : Math.ceil(now / 1000) + hostTtl;
  return { running: [...running], written: now, expires, revision: before?.revision };
}

/** A heartbeat is rewritten after a third of its life, so that most reports without news write nothing. */
function needsRenewal({ expires = Infinity }: HostState, { now, hostTtl }: Retention): boolean {
  const whole = hostTtl === 0 ? Infinity : hostTtl;
  const left = expires - now / 1000;
  return left < (whole * 2) / 3 || left > whole + 1;
}
