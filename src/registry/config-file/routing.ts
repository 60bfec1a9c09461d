import type { FieldFault } from '../../core/errors.ts';
import { type ProxyConfig, leadsBack } from '../../haproxy/assembly.ts';
import type { Route } from '../../haproxy/model.ts';
import { type Places, backendName, routeText, routesAt } from '../../haproxy/routes.ts';
import type { Claim, RouteConflict } from '../../haproxy/sharing.ts';
import type { Definition, Payload } from '../payload.ts';
import { type TableState, runningIn } from '../store/state.ts';

/** A stored service that is left out of a route, since an earlier one has it. */
export interface Conflict {
  readonly serviceName: string;
  readonly route: string;
  readonly heldBy: string;
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

/**
 * Candidates that newly claim a route that another service has in the outcome. A service whose last instance this very
 * payload takes away has none: a service that is renamed keeps its place.
 */
export function contested(before: TableState, payload: Payload, outcome: TableState): FieldFault[] {
  const news = payload.candidates.flatMap(({ serviceName }, at) => {
    const definition = outcome.services.get(serviceName)?.definition;
    const old = before.services.get(serviceName)?.definition;
    if (definition === undefined || definition === old) return [];
    const had = new Set(old ? routesOf(old).map(backendName) : []);
    return routesOf(definition)
      .filter((route) => !had.has(backendName(route)))
      .map((route) => ({ serviceName, route, field: `candidates[${at}]` }));
  });
  if (news.length === 0) return [];
  const claimants = claimantsIn(outcome, endedBetween(before, outcome));
  return news.flatMap(({ serviceName, route, field }) => {
    const other = claimants.get(backendName(route))?.find((name) => name !== serviceName);
    if (other === undefined) return [];
    const message = `claims ${routeText(route)} for the service ${serviceName}, which the service ${other} has`;
    return [{ field, message }];
  });
}

/** Names of services that ran before and do not run any more. */
function endedBetween(before: TableState, outcome: TableState): Set<string> {
  const running = runningIn(outcome.hosts);
  return new Set([...runningIn(before.hosts)].filter((name) => !running.has(name)));
}

/** Names of the services that ask for each route, without those that have ended. */
function claimantsIn({ services }: TableState, ended: ReadonlySet<string>): Map<string, string[]> {
  const claimants = new Map<string, string[]>();
  for (const [serviceName, { definition }] of services) {
    if (ended.has(serviceName)) continue;
    for (const name of routesOf(definition).map(backendName)) {
      const others = claimants.get(name);
      if (others) others.push(serviceName);
      else claimants.set(name, [serviceName]);
    }
  }
  return claimants;
}

/** Instances of the payload that are HAProxy itself. */
export function loops(payload: Payload, outcome: TableState, config: ProxyConfig): FieldFault[] {
  const refuse = (field: string, serviceName: string, ip: string): FieldFault[] => {
    const port = outcome.services.get(serviceName)?.definition.port;
    if (port === undefined || !leadsBack(ip, port, config)) return [];
    return [{ field, message: `is ${ip}, where HAProxy itself listens on port ${port}` }];
  };
  return [
    ...payload.running.flatMap(({ serviceName, ip }, at) => refuse(`running[${at}].ip`, serviceName, ip)),
    ...payload.candidates.flatMap(({ serviceName, containers }, at) =>
      containers.flatMap(({ ip }, index) =>
        refuse(`candidates[${at}].containers[${index}].ip`, serviceName, ip),
      ),
    ),
  ];
}
