import { sorted } from '../../haproxy/sections/section.ts';
import type { AgentBackend, Conflict } from './agent-model.ts';
import { type Claim, placeOf, type UnitedService } from './service.ts';

/** A service that gets requests, and where those go that it shares with nobody. */
type Owner = Pick<UnitedService, 'name' | 'backend'>;

/** A part of a route's requests that another service gets. */
export interface Canary extends Owner {
  /** 0 to 100; together at most 100. */
  readonly percent: number;
}

/** A route that a service has, and who gets a part of it, the first claimant first. */
export interface HeldRoute extends Owner {
  readonly claim: Claim;
  readonly canaries: readonly Canary[];
}

/** A route that somebody asked for in vain. */
interface LostRoute {
  readonly claim: Claim;
  readonly loser: string;
  readonly winner: string;
}

/** Called the winner of routes that HAProxy's own pages take. */
const ownPages = 'HAProxy';

/**
 * Gives each route to one service: of those that claim it, the first that wants all of it, else the first. Others that want
 * a percentage get that part of it, unless it is the same servers that answer for both; the rest is a conflict.
 * @param claimants each service once, in the order of precedence
 * @param reserved paths on any host that HAProxy itself answers
 * @returns the routes that are held by their keys
 */
export function giveRoutes(
  claimants: readonly UnitedService[],
  reserved: readonly string[],
): { held: ReadonlyMap<string, HeldRoute>; conflicts: Conflict[] } {
  const held = new Map<string, HeldRoute & { canaries: Canary[] }>();
  const lost: LostRoute[] = [];
  const give = (claim: Claim, { name, backend }: Owner): void => {
    const { key, percent, route } = claim;
    const holder = held.get(key);
    if (route.host === undefined && reserved.includes(route.path ?? ''))
      lost.push({ claim, loser: name, winner: ownPages });
    else if (holder === undefined) held.set(key, { claim, name, backend, canaries: [] });
    else if (percent === undefined || isServedBy(holder, backend))
      lost.push({ claim, loser: name, winner: holder.name });
    else holder.canaries.push({ name, backend, percent: atMost(holder.canaries, percent) });
  };
  for (const isPart of [false, true]) {
    for (const claimant of claimants) {
      for (const claim of claimant.claims)
        if ((claim.percent !== undefined) === isPart) give(claim, claimant);
    }
  }
  return { held, conflicts: conflictsOf(lost) };
}

function isServedBy({ backend, canaries }: HeldRoute, other: AgentBackend): boolean {
  return [backend, ...canaries.map((canary) => canary.backend)].includes(other);
}

/** What is left of a route beside those who came first. */
function atMost(others: readonly Canary[], percent: number): number {
  return Math.min(percent, 100 - others.reduce((sum, other) => sum + other.percent, 0));
}

function conflictsOf(lost: readonly LostRoute[]): Conflict[] {
  const byRoute = new Map<string, Conflict>();
  for (const { claim, loser, winner } of lost) {
    const others = byRoute.get(claim.key)?.losers ?? [];
    const losers = sorted([...others, loser], (name) => name);
    byRoute.set(claim.key, { ...placeOf(claim.route), winner, losers });
  }
  return sorted([...byRoute], ([key]) => key).map(([, conflict]) => conflict);
}
