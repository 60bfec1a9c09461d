import { sameJson } from '../../core/objects.ts';
import { type ProxyConfig, leadsBack } from '../../haproxy/assembly.ts';
import type { Route } from '../../haproxy/model.ts';
import { type Places, backendName, routeText, routesAt } from '../../haproxy/routes.ts';
import type { Claim, RouteConflict } from '../../haproxy/sharing.ts';
import type { Candidate, Definition, PartFault, Payload } from '../payload.ts';
import { type TableState, runningIn } from '../store/state.ts';

/** A stored service that is left out of a route, since an earlier one has it. */
export interface Conflict {
  serviceName: string;
  route: string;
  heldBy: string;
}

/** The routes of a service: its hosts, each with all of its paths, or its paths on any host. */
export function routesOf(definition: Definition): Route[] {
  const { strip = false, tls = false } = definition;
  return routesAt(placesOf(definition), { strip, tls });
}

/** How many routes a service has at most, without making them. */
export function routeCount(definition: Definition): number {
  const { hosts, paths } = placesOf(definition);
  return Math.max(hosts.length, 1) * Math.max(paths.length, 1);
}

/** The predicate is one of the hosts or paths. */
function placesOf({ configMode, predicate, hosts = [], paths = [] }: Definition): Places {
  return configMode === 'host'
    ? { hosts: [predicate, ...hosts], paths }
    : { hosts, paths: [predicate, ...paths] };
}

/** Services in the order in which routes are given away: those that run before those only remembered, earlier ones first. */
export function claimsIn({ services, hosts }: TableState): Claim[] {
  const running = runningIn(hosts);
  const byClaim = [...services].sort(
    ([leftName, left], [rightName, right]) =>
      Number(running.has(rightName)) - Number(running.has(leftName)) ||
      left.created - right.created ||
      (leftName < rightName ? -1 : 1),
  );
  return byClaim.map(([service, { definition }]) => ({ service, routes: routesOf(definition) }));
}

/** A conflict as callers see it. */
export function conflictView({ service, route, heldBy }: RouteConflict): Conflict {
  return { serviceName: service, route: routeText(route), heldBy };
}

/** Routes that a candidate asks for and that its service had not before. */
interface NewClaim {
  candidate: Candidate;
  routes: Route[];
}

/** Names of the services that ask for a route, by its backend name. */
type Claimants = Map<string, Set<string>>;

/**
 * Candidates that newly claim a route that another service has in the outcome. A service whose last instance this very
 * payload takes away has none: a service that is renamed keeps its place.
 * @param earlierWins whether the first of several candidates that newly claim a route gets it, rather than none of them
 */
export function contested(
  before: TableState,
  payload: Payload,
  outcome: TableState,
  earlierWins: boolean,
): PartFault[] {
  const claims = newClaims(before, payload, outcome);
  if (claims.length === 0) return [];
  const claimants = claimantsIn(outcome, endedBetween(before, outcome));
  if (earlierWins) for (const claim of claims) withdraw(claimants, claim);
  return claims.flatMap((claim) => {
    const lost = claim.routes.flatMap((route) => lossOf(claim.candidate, route, claimants));
    if (earlierWins && lost.length === 0) enter(claimants, claim.candidate.serviceName, claim.routes);
    return lost;
  });
}

function newClaims(before: TableState, { candidates }: Payload, outcome: TableState): NewClaim[] {
  return candidates.flatMap((candidate) => {
    const definition = outcome.services.get(candidate.serviceName)?.definition;
    const old = before.services.get(candidate.serviceName)?.definition;
    if (definition === undefined || definition === old) return [];
    if (!sameJson(definition, candidate.definition)) return [];
    const had = new Set(old ? routesOf(old).map(backendName) : []);
    return [{ candidate, routes: routesOf(definition).filter((route) => !had.has(backendName(route))) }];
  });
}

/** Why a candidate does not get a route; none when nobody else asks for it. */
function lossOf({ serviceName, field }: Candidate, route: Route, claimants: Claimants): PartFault[] {
  const other = [...(claimants.get(backendName(route)) ?? [])].find((name) => name !== serviceName);
  if (other === undefined) return [];
  const claim = `claims ${routeText(route)} for the service ${serviceName}, which the service ${other} has`;
  const hint = route.host === undefined ? '' : '; ports do not count';
  return [{ part: field, field, message: claim + hint }];
}

/** Names of services that ran before and do not run any more. */
function endedBetween(before: TableState, outcome: TableState): Set<string> {
  const running = runningIn(outcome.hosts);
  return new Set([...runningIn(before.hosts)].filter((name) => !running.has(name)));
}

/** Who asks for each route, without services that have ended. */
function claimantsIn({ services }: TableState, ended: ReadonlySet<string>): Claimants {
  const claimants: Claimants = new Map();
  for (const [serviceName, { definition }] of services) {
    if (!ended.has(serviceName)) enter(claimants, serviceName, routesOf(definition));
  }
  return claimants;
}

function enter(claimants: Claimants, serviceName: string, routes: readonly Route[]): void {
  for (const name of routes.map(backendName)) {
    const others = claimants.get(name);
    if (others) others.add(serviceName);
    else claimants.set(name, new Set([serviceName]));
  }
}

function withdraw(claimants: Claimants, { candidate, routes }: NewClaim): void {
  for (const route of routes) claimants.get(backendName(route))?.delete(candidate.serviceName);
}

/** Containers of the payload that are HAProxy itself; the fault of the candidate that brings them, if one does. */
export function loops({ reported }: Payload, outcome: TableState, config: ProxyConfig): PartFault[] {
  return reported.flatMap(({ serviceName, ip, field, candidate }) => {
    const port = outcome.services.get(serviceName)?.definition.port;
    if (port === undefined || !leadsBack(ip, port, config)) return [];
    const message = `is ${ip}, where HAProxy itself listens on port ${port}`;
    return [{ part: candidate ?? field, field: `${field}.ip`, message }];
  });
}
