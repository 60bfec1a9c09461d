import type { FieldFault } from '../../core/errors.ts';
import { isLoopback } from '../../haproxy/addresses.ts';
import type { Route } from '../../haproxy/model.ts';
import { backendName, routeText } from '../../haproxy/routes.ts';
import { type ProxyConfig, ownBinds } from '../config.ts';
import type { Definition, Payload } from '../payload.ts';
import { type TableState, runningIn } from '../store/state.ts';

/** A stored service that is left out of a route, since an earlier one has it. */
export interface Conflict {
  readonly serviceName: string;
  readonly route: string;
  readonly heldBy: string;
}

/**
 * The routes of a service: its hosts, each with all of its paths, or its paths on any host. The predicate is one of the
 * hosts or paths. A host and a path stand in one backend name, so that two spellings of one route are one.
 */
export function routesOf(definition: Definition): Route[] {
  const { strip = false, tls = false } = definition;
  const { hosts, paths } = placesOf(definition);
  const unique = new Map<string, Route>();
  for (const host of hosts) {
    for (const path of paths) {
      const place = { ...(host === undefined ? {} : { host }), ...(path === undefined ? {} : { path }) };
      unique.set(backendName(place), { ...place, strip: strip && path !== undefined, tls });
    }
  }
  return [...unique.values()];
}

/** How many routes a service has at most, without making them. */
export function routeCount(definition: Definition): number {
  const { hosts, paths } = placesOf(definition);
  return hosts.length * paths.length;
}

/** Every host goes with every path; undefined stands for any. */
function placesOf({ configMode, predicate, hosts = [], paths = [] }: Definition) {
  const allHosts = configMode === 'host' ? [predicate, ...hosts] : hosts;
  const allPaths = configMode === 'path' ? [predicate, ...paths] : paths;
  return {
    hosts: allHosts.length > 0 ? allHosts : [undefined],
    paths: allPaths.length > 0 ? allPaths : [undefined],
  };
}

/**
 * Which routes each service has, and which it does not get: those that a service stored earlier claims too. Services
 * that are only remembered come after those that run.
 */
export function shareRoutes({ services, hosts }: TableState): {
  routes: Map<string, Route[]>;
  conflicts: Conflict[];
} {
  const holders = new Map<string, string>();
  const routes = new Map<string, Route[]>();
  const conflicts: Conflict[] = [];
  const running = runningIn(hosts);
  const byClaim = [...services].sort(
    ([leftName, left], [rightName, right]) =>
      Number(running.has(rightName)) - Number(running.has(leftName)) ||
      left.created - right.created ||
      (leftName < rightName ? -1 : 1),
  );
  for (const [serviceName, { definition }] of byClaim) {
    const won = routesOf(definition).filter((route) => {
      const heldBy = holders.get(backendName(route));
      if (heldBy === undefined) holders.set(backendName(route), serviceName);
      else conflicts.push({ serviceName, route: routeText(route), heldBy });
      return heldBy === undefined;
    });
    routes.set(serviceName, won);
  }
  return { routes, conflicts };
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

/** Whether a server is HAProxy itself, so that requests would run in circles. */
export function leadsBack(ip: string, port: number, config: ProxyConfig): boolean {
  return isLoopback(ip) && ownBinds(config).some((bind) => bind.port === port);
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
