import { fileName, reservedName } from '../../haproxy/names.ts';
import { sorted } from '../../haproxy/sections/section.ts';
import type { AgentBackend, AgentServer } from './agent-model.ts';
import type { Canary, HeldRoute } from './shares.ts';
import { shareWeights } from './weights.ts';

/** A route and the name of the backend that its requests go to. */
export interface DirectedRoute extends HeldRoute {
  readonly backend: string;
}

/** The backends where services' own requests go, by service. */
export type OwnBackends = ReadonlyMap<string, AgentBackend>;

/**
 * The backends that routes lead to, by name: those of services, and for routes that services share, one with the servers of
 * all of them. A change of a percentage changes weights alone.
 * @param owners every service that has a route or a part of one
 */
export function directRoutes(
  held: readonly HeldRoute[],
  owners: OwnBackends,
): { routes: DirectedRoute[]; backends: AgentBackend[] } {
  const sharings = sharingsOf(held);
  const backends = new Map<string, AgentBackend>();
  const routes = held.flatMap((one): DirectedRoute[] => {
    const own = owners.get(one.service);
    if (own === undefined) return [];
    const name = one.canaries.length === 0 ? own.name : sharedName(one, sharings);
    if (!backends.has(name))
      backends.set(
        name,
        one.canaries.length === 0 ? own : { ...own, name, servers: sharedServers(one, owners) },
      );
    return [{ ...one, backend: name }];
  });
  return { routes, backends: sorted([...backends.values()], ({ name }) => name) };
}

/** By which percentages the same services share routes. */
type Sharings = ReadonlyMap<string, ReadonlySet<string>>;

function sharingsOf(held: readonly HeldRoute[]): Sharings {
  const sharings = new Map<string, Set<string>>();
  for (const one of held) {
    if (one.canaries.length === 0) continue;
    const names = JSON.stringify(namesOf(one));
    sharings.set(names, (sharings.get(names) ?? new Set()).add(percentsOf(one.canaries)));
  }
  return sharings;
}

/** Routes that the same services share by other percentages need backends of their own. */
function sharedName(one: HeldRoute, sharings: Sharings): string {
  const isOne = sharings.get(JSON.stringify(namesOf(one)))?.size === 1;
  return sharedBackendName([...namesOf(one), ...(isOne ? [] : [percentsOf(one.canaries)])]);
}

/** The backend of routes that services share, by the names of all of them, the one that has the routes first. */
export function sharedBackendName(parts: readonly string[]): string {
  return fileName(reservedName(JSON.stringify(parts)));
}

function namesOf({ service, canaries }: HeldRoute): string[] {
  return [service, ...canaries.map((canary) => canary.service)];
}

function percentsOf(canaries: readonly Canary[]): string {
  return canaries.map(({ percent }) => percent).join();
}

/** Servers of all, weighing as their part of the requests wants it; those that take no new requests count for nothing. */
function sharedServers({ service, canaries }: HeldRoute, owners: OwnBackends): AgentServer[] {
  const rest = 100 - canaries.reduce((sum, { percent }) => sum + percent, 0);
  const groups = [{ service, percent: rest }, ...canaries].map(({ service, percent }) => {
    const { name: of = '', servers = [] } = owners.get(service) ?? {};
    return { percent, servers: servers.map((server) => ({ ...server, of })) };
  });
  const weights = shareWeights(
    groups.map(({ percent, servers }) => ({
      percent,
      weights: servers.map(({ state, weight }) => (state === 'ready' ? weight : 0)),
    })),
  );
  const all = groups.flatMap(({ servers }, group) =>
    servers.map((server, at) => ({ ...server, weight: weights[group]?.[at] ?? 0 })),
  );
  return sorted(all, ({ of, name }) => `${of} ${name}`);
}
