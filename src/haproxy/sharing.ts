import type { Route } from './model.ts';
import { backendName } from './routes.ts';

type Place = Pick<Route, 'host' | 'path'>;

/** The routes that a service asks for. */
export interface Claim<Claimed extends Place = Route> {
  readonly service: string;
  readonly routes: readonly Claimed[];
}

/** A service that is left out of a route, since another one has it. */
export interface RouteConflict<Claimed extends Place = Route> {
  readonly service: string;
  readonly route: Claimed;
  readonly heldBy: string;
}

/** Who has which route: all services by name, and what they asked for in vain. */
interface SharedRoutes<Claimed extends Place> {
  readonly routes: ReadonlyMap<string, readonly Claimed[]>;
  readonly conflicts: readonly RouteConflict<Claimed>[];
}

/**
 * Gives each route to one service: of those that claim it, the first. Spellings that lead to one backend name are one
 * route.
 * @param claims in the order of precedence
 */
export function shareRoutes<Claimed extends Place>(claims: Iterable<Claim<Claimed>>): SharedRoutes<Claimed> {
  const holders = new Map<string, string>();
  const routes = new Map<string, Claimed[]>();
  const conflicts: RouteConflict<Claimed>[] = [];
  for (const { service, routes: claimed } of claims) {
    const won = claimed.filter((route) => {
      const heldBy = holders.get(backendName(route));
      if (heldBy === undefined) holders.set(backendName(route), service);
      else conflicts.push({ service, route, heldBy });
      return heldBy === undefined;
    });
    routes.set(service, [...(routes.get(service) ?? []), ...won]);
  }
  return { routes, conflicts };
}
