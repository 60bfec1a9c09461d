import type { Route } from './model.ts';
import { backendName } from './routes.ts';

/** The routes that a service asks for. */
export interface Claim {
  readonly service: string;
  readonly routes: readonly Route[];
}

/** A service that is left out of a route, since another one has it. */
export interface RouteConflict {
  readonly service: string;
  readonly route: Route;
  readonly heldBy: string;
}

/** Who has which route: all services by name, and what they asked for in vain. */
interface SharedRoutes {
  readonly routes: ReadonlyMap<string, readonly Route[]>;
  readonly conflicts: readonly RouteConflict[];
}

/**
 * Gives each route to one service: of those that claim it, the first. Spellings that lead to one backend name are one
 * route.
 * @param claims each service once, in the order of precedence
 */
export function shareRoutes(claims: Iterable<Claim>): SharedRoutes {
  const holders = new Map<string, string>();
  const routes = new Map<string, Route[]>();
  const conflicts: RouteConflict[] = [];
  for (const { service, routes: claimed } of claims) {
    const won = claimed.filter((route) => {
      const heldBy = holders.get(backendName(route));
      if (heldBy === undefined) holders.set(backendName(route), service);
      else conflicts.push({ service, route, heldBy });
      return heldBy === undefined;
    });
    routes.set(service, won);
  }
  return { routes, conflicts };
}
