import { sorted } from '../../haproxy/sections/section.ts';
import {
  type AgentModel,
  type AgentRoute,
  type AgentService,
  type RouteShare,
  sourceNames,
} from './agent-model.ts';
import { backendsOf } from './backends.ts';
import { type FunctionsProxy, servedByProxy } from './functions.ts';
import { placeOf, type UnitedService } from './service.ts';
import { giveRoutes, type HeldRoute } from './shares.ts';
import type { Problem } from './sighting.ts';
import { createUniter, type Functions, type SourceSightings, type United, type UniteRules } from './unite.ts';

/** What is believed of a source. */
export interface SourceView extends SourceSightings {
  readonly problems: readonly Problem[];
}

/** What the configuration says of the model. */
export interface ModelRules extends UniteRules {
  /** Undefined: functions are left out. */
  readonly lambda: FunctionsProxy | undefined;
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
  const functions = rules.lambda && servedByProxy(rules.lambda, rules);
  const unite = createUniter(rules, functions);
  return (views) => modelOf(views, unite(views), functions, rules);
}

function modelOf(
  views: readonly SourceView[],
  united: readonly United[],
  functions: Functions | undefined,
  rules: ModelRules,
): AgentModel {
  const services = united.flatMap(({ service }) => service ?? []);
  const claimants = services.toSorted((left, right) => precedence(left) - precedence(right));
  const { held, conflicts } = giveRoutes(claimants, rules.ownPaths);
  const { backends, shared } = backendsOf(held, functions?.value);
  return {
    services: services.map((service) => withRoutes(service, held, shared)),
    backends,
    conflicts,
    problems: inOrder([...views, ...united].flatMap(({ problems }) => problems)),
  };
}

function precedence({ claimedBy }: UnitedService): number {
  return claimedBy === undefined ? sourceNames.length : sourceNames.indexOf(claimedBy);
}

/** A service with what it has of the routes that it asked for. */
function withRoutes(
  { name, backend, sources, claims }: UnitedService,
  held: ReadonlyMap<string, HeldRoute>,
  shared: ReadonlyMap<string, string>,
): AgentService {
  const routes: AgentRoute[] = [];
  const shares: RouteShare[] = [];
  for (const claim of claims) {
    const holder = held.get(claim.key);
    const together = shared.get(claim.key);
    if (holder?.claim === claim)
      routes.push(together === undefined ? claim.route : { ...claim.route, backend: together });
    else if (holder !== undefined && together !== undefined) {
      const place = { ...placeOf(claim.route), service: holder.name, backend: together };
      const parts = holder.canaries.filter((canary) => canary.name === name);
      shares.push(...parts.map(({ percent }) => ({ ...place, percent })));
    }
  }
  return { name, backend: backend.name, sources, routes, shares };
}

/** Each once, whoever told of it. */
function inOrder(problems: readonly Problem[]): Problem[] {
  const key = ({ source, service, instance, message }: Problem): string =>
    JSON.stringify([source, service, instance, message]);
  return sorted([...new Map(problems.map((problem) => [key(problem), problem])).values()], key);
}
