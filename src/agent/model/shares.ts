import { sorted } from '../../haproxy/sections/section.ts';
import { type Claim, type RouteConflict, shareRoutes } from '../../haproxy/sharing.ts';
import { backendName as routeKey } from '../../haproxy/routes.ts';
import type { Conflict } from './agent-model.ts';
import type { Claimed } from './claims.ts';

/** A service that asks for routes, and where its own requests go. */
export interface Claimant extends Claim<Claimed> {
  readonly backend: string;
}

/** A part of a route's requests that another service gets. */
export interface Canary {
  readonly service: string;
  /** 0 to 100; together at most 100. */
  readonly percent: number;
}

/** A route, who has it, and who gets a part of it, the first claimant first. */
export interface HeldRoute {
  readonly route: Claimed;
  readonly service: string;
  readonly canaries: readonly Canary[];
}

/** Called the winner of routes that HAProxy's own pages take. */
const ownPages = 'HAProxy';

/**
 * Gives each route to one service: of those that claim it, the first that wants all of it, else the first. Others that want
 * a percentage get that part of it, unless it is the same servers that answer for both; the rest is a conflict.
 * @param claimants each service once, in the order of precedence
 * @param reserved paths on any host that HAProxy itself answers
 */
export function giveRoutes(
  claimants: readonly Claimant[],
  reserved: readonly string[],
): { held: HeldRoute[]; conflicts: Conflict[] } {
  const backends = new Map(claimants.map(({ service, backend }) => [service, backend]));
  const isFree = ({ host, path }: Claimed): boolean => host !== undefined || !reserved.includes(path ?? '');
  const part = (isWanted: (route: Claimed) => boolean): Claim<Claimed>[] =>
    claimants.map(({ service, routes }) => ({
      service,
      routes: routes.filter((route) => isFree(route) && isWanted(route)),
    }));
  const { routes, conflicts } = shareRoutes([
    ...part(({ percent }) => percent === undefined),
    ...part(({ percent }) => percent !== undefined),
  ]);
  const canaries = new Map<string, Canary[]>();
  const lost: RouteConflict<Claimed>[] = claimants.flatMap(({ service, routes }) =>
    routes.filter((route) => !isFree(route)).map((route) => ({ service, route, heldBy: ownPages })),
  );
  for (const conflict of conflicts) {
    const { service, route, heldBy } = conflict;
    const others = canaries.get(routeKey(route)) ?? [];
    const there = [heldBy, ...others.map((other) => other.service)].map((name) => backends.get(name));
    if (route.percent === undefined || there.includes(backends.get(service))) lost.push(conflict);
    else canaries.set(routeKey(route), [...others, { service, percent: atMost(others, route.percent) }]);
  }
  return {
    held: [...routes].flatMap(([service, held]) =>
      held.map((route) => ({ route, service, canaries: canaries.get(routeKey(route)) ?? [] })),
    ),
    conflicts: conflictsOf(lost),
  };
}

/** What is left of a route beside those who came first. */
function atMost(others: readonly Canary[], percent: number): number {
  return Math.min(percent, 100 - others.reduce((sum, other) => sum + other.percent, 0));
}

function conflictsOf(lost: readonly RouteConflict<Claimed>[]): Conflict[] {
  const byRoute = new Map<string, Conflict>();
  for (const { service, route, heldBy } of lost) {
    const losers = byRoute.get(routeKey(route))?.losers ?? [];
    const all = sorted([...losers, service], (name) => name);
    byRoute.set(routeKey(route), { ...placeOf(route), winner: heldBy, losers: all });
  }
  return sorted([...byRoute], ([key]) => key).map(([, conflict]) => conflict);
}

/** Host and path of a route. */
export function placeOf({ host, path }: Claimed): Pick<Claimed, 'host' | 'path'> {
  return { ...(host === undefined ? {} : { host }), ...(path === undefined ? {} : { path }) };
}
