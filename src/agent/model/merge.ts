import { backendName as routeKey } from '../../haproxy/routes.ts';
import { sorted } from '../../haproxy/sections/section.ts';
import {
  type AgentModel,
  type AgentRoute,
  type AgentService,
  type RouteShare,
  sourceNames,
} from './agent-model.ts';
import { type DirectedRoute, directRoutes } from './backends.ts';
import type { UnitedService } from './service.ts';
import { giveRoutes, placeOf } from './shares.ts';
import type { Problem } from './sighting.ts';
import { createUniter, type SourceSightings, type United, type UniteRules } from './unite.ts';

/** What is believed of a source. */
export interface SourceView extends SourceSightings {
  readonly problems: readonly Problem[];
}

/** What the configuration says of the model. */
export interface ModelRules extends UniteRules {
  /** Paths on any host that HAProxy itself answers. */
  readonly ownPaths: readonly string[];
}

/**
 * What HAProxy is to serve, of what is believed of all sources: one service for each name, each route in one service, and
 * everything that is wrong. Equal views in any order give equal models.
 */
export type Modeller = (views: readonly SourceView[]) => AgentModel;

/** Services of which the last views had the same sightings, as objects, are not looked at again. */
export function createModeller(rules: ModelRules): Modeller {
  const unite = createUniter(rules);
  return (views) => modelOf(views, unite(views), rules);
}

/** As a modeller that remembers nothing. */
export function mergeSources(views: readonly SourceView[], rules: ModelRules): AgentModel {
  return createModeller(rules)(views);
}

function modelOf(views: readonly SourceView[], united: readonly United[], rules: ModelRules): AgentModel {
  const services = united.flatMap(({ service }) => service ?? []);
  const owners = new Map(services.map(({ name, backend }) => [name, backend]));
  const claimants = services
    .toSorted((left, right) => precedence(left) - precedence(right))
    .map(({ name, claims, backend }) => ({ service: name, routes: claims, backend: backend.name }));
  const { held, conflicts } = giveRoutes(claimants, rules.ownPaths);
  const { routes, backends } = directRoutes(held, owners);
  const given = viewsOf(routes);
  return {
    services: services.map(({ name, backend, sources }) => ({
      name,
      backend: backend.name,
      sources,
      routes: given.get(name)?.routes ?? [],
      shares: given.get(name)?.shares ?? [],
    })),
    backends,
    conflicts,
    problems: inOrder([...views, ...united].flatMap(({ problems }) => problems)),
  };
}

function precedence({ claimedBy }: UnitedService): number {
  return claimedBy === undefined ? sourceNames.length : sourceNames.indexOf(claimedBy);
}

interface View {
  readonly routes: AgentRoute[];
  readonly shares: RouteShare[];
}

/** What services have of routes, by their name; routes by host and path. */
function viewsOf(routes: readonly DirectedRoute[]): ReadonlyMap<string, Pick<AgentService, keyof View>> {
  const views = new Map<string, View>();
  const viewOf = (name: string): View => {
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

/** Each once, whoever told of it. */
function inOrder(problems: readonly Problem[]): Problem[] {
  const key = ({ source, service, instance, message }: Problem): string =>
    JSON.stringify([source, service, instance, message]);
  return sorted([...new Map(problems.map((problem) => [key(problem), problem])).values()], key);
}
