import { backendName as routeKey } from '../../haproxy/routes.ts';
import { sorted } from '../../haproxy/sections/section.ts';
import { type AgentModel, type AgentService, type SourceName, sourceNames } from './agent-model.ts';
import { type DirectedRoute, directRoutes, type Served } from './backends.ts';
import { type FunctionsProxy, servedByProxy, uniteFunction } from './functions.ts';
import { backendName } from './names.ts';
import { type Part, type ServiceRules, type UnitedService, uniteService } from './service.ts';
import { giveRoutes, placeOf } from './shares.ts';
import type { Problem, Sighting } from './sighting.ts';

/** What is believed of a source. */
export interface SourceView {
  readonly source: SourceName;
  readonly sightings: Iterable<Sighting>;
  readonly problems: readonly Problem[];
}

/** What the configuration says of the model. */
export interface ModelRules extends ServiceRules {
  /** Undefined: functions are left out. */
  readonly lambda: FunctionsProxy | undefined;
  /** Whether HAProxy serves TLS. */
  readonly knowsTls: boolean;
  /** Paths on any host that HAProxy itself answers. */
  readonly ownPaths: readonly string[];
}

/**
 * What HAProxy is to serve, of what is believed of all sources: one service for each name, each route in one service, and
 * everything that is wrong. Equal views in any order give equal models.
 */
export function mergeSources(views: readonly SourceView[], rules: ModelRules): AgentModel {
  const { services, problems } = unite(views, rules);
  const functions = rules.lambda && servedByProxy(rules.lambda, rules);
  const served = new Map(services.map((service) => [service.name, servedOf(service, functions)]));
  const claimants = services
    .toSorted((left, right) => precedence(left) - precedence(right))
    .map(({ name, claims }) => ({ service: name, routes: claims, backend: served.get(name)?.backend ?? '' }));
  const { held, conflicts } = giveRoutes(claimants, rules.ownPaths);
  const { routes, backends } = directRoutes(held, served);
  const given = viewsOf(routes);
  return {
    services: services.map(({ name, parts }) => ({
      name,
      backend: served.get(name)?.backend ?? '',
      sources: [...new Set(parts.map(({ source }) => source))],
      routes: given.get(name)?.routes ?? [],
      shares: given.get(name)?.shares ?? [],
    })),
    backends,
    conflicts,
    problems: inOrder(problems),
  };
}

/** The services that ask for routes, by name, and all problems. */
function unite(
  views: readonly SourceView[],
  rules: ModelRules,
): { services: UnitedService[]; problems: Problem[] } {
  const problems = views.flatMap((view) => view.problems);
  const services: UnitedService[] = [];
  for (const [name, parts] of sorted([...partsByName(views)], ([name]) => name)) {
    const isFunction = isOfFunctions(parts);
    const alike = parts.filter(({ sighting }) => sighting.isFunction === isFunction);
    problems.push(
      ...parts.filter((part) => !alike.includes(part)).map(({ source }) => otherKind(name, source)),
    );
    if (isFunction && rules.lambda === undefined) {
      problems.push(...alike.map(({ source }) => withoutProxy(source)));
      continue;
    }
    const service = withoutUnknownTls((isFunction ? uniteFunction : uniteService)(name, alike, rules), rules);
    problems.push(...service.problems);
    if (service.claims.length > 0) services.push(service);
  }
  return { services, problems };
}

/** The parts of each service, in the order of precedence, their instances by id. */
function partsByName(views: readonly SourceView[]): Map<string, Part[]> {
  const parts = new Map<string, Part[]>();
  const ordered = sourceNames.flatMap((name) => views.filter(({ source }) => source === name));
  for (const { source, sightings } of ordered) {
    for (const sighting of sightings) {
      const instances = sorted(sighting.instances, ({ id, address, port }) =>
        JSON.stringify([id, address, port]),
      );
      const part = { source, sighting: { ...sighting, instances } };
      parts.set(sighting.service, [...(parts.get(sighting.service) ?? []), part]);
    }
  }
  return parts;
}

function isOfFunctions([first]: readonly Part[]): boolean {
  return first?.sighting.isFunction === true;
}

function servedOf({ name, parts, options, servers }: UnitedService, functions: Served | undefined): Served {
  return functions !== undefined && isOfFunctions(parts)
    ? functions
    : { backend: backendName(name), options, servers };
}

/** A redirection to where nobody listens helps nobody. */
function withoutUnknownTls(service: UnitedService, { knowsTls }: ModelRules): UnitedService {
  const { name, claims, claimedBy, problems } = service;
  if (knowsTls || !claims.some(({ tls }) => tls)) return service;
  const message = 'route-tls means nothing, since HAProxy serves no TLS';
  return {
    ...service,
    claims: claims.map((claim) => ({ ...claim, tls: false })),
    problems: [...problems, { source: claimedBy ?? '', service: name, instance: undefined, message }],
  };
}

function precedence({ claimedBy }: UnitedService): number {
  return claimedBy === undefined ? sourceNames.length : sourceNames.indexOf(claimedBy);
}

/** What services have of routes, by their name; routes by host and path. */
function viewsOf(
  routes: readonly DirectedRoute[],
): Map<string, { routes: AgentService['routes'][number][]; shares: AgentService['shares'][number][] }> {
  const views: ReturnType<typeof viewsOf> = new Map();
  const viewOf = (name: string) => {
    const view = views.get(name) ?? { routes: [], shares: [] };
    views.set(name, view);
    return view;
  };
  for (const { route, service, canaries, backend } of sorted(routes, (one) => routeKey(one.route))) {
    const place = placeOf(route);
    viewOf(service).routes.push({ ...place, strip: route.strip, tls: route.tls, backend });
    for (const canary of canaries)
      viewOf(canary.service).shares.push({ ...place, percent: canary.percent, service, backend });
  }
  return views;
}

function otherKind(service: string, source: SourceName): Problem {
  const message =
    'One source has a function of this name and another a service with servers, so it is left out here';
  return { source, service, instance: undefined, message };
}

function withoutProxy(source: SourceName): Problem {
  const message =
    'Lambda functions are left out, since lambda.proxy does not say where the proxy for them is';
  return { source, service: undefined, instance: undefined, message };
}

/** Each once, whoever told of it. */
function inOrder(problems: readonly Problem[]): Problem[] {
  const key = ({ source, service, instance, message }: Problem): string =>
    JSON.stringify([source, service, instance, message]);
  return sorted([...new Map(problems.map((problem) => [key(problem), problem])).values()], key);
}
