import { sorted } from '../../haproxy/sections/section.ts';
import type { AgentBackend, AgentServer } from './agent-model.ts';
import { serverNameIn, sharedBackendName } from './names.ts';
import type { ServiceOptions } from './options.ts';
import type { Canary, HeldRoute } from './shares.ts';
import { shareWeights } from './weights.ts';

/** Where the requests of a service go that it shares with nobody. */
export interface Served {
  readonly backend: string;
  readonly options: ServiceOptions;
  readonly servers: readonly AgentServer[];
}

/** A route and the backend that its requests go to. */
export interface DirectedRoute extends HeldRoute {
  readonly backend: string;
}

/**
 * The backends that routes lead to, by name: those of services, and for routes that services share, one with the servers of
 * all of them. A change of a percentage changes weights alone.
 * @param served every service that has a route or a part of one
 */
export function directRoutes(
  held: readonly HeldRoute[],
  served: ReadonlyMap<string, Served>,
): { routes: DirectedRoute[]; backends: AgentBackend[] } {
  const sharings = new Map<string, Set<string>>();
  for (const { service, canaries } of held) {
    const names = namesOf(service, canaries);
    sharings.set(names, (sharings.get(names) ?? new Set()).add(percentsOf(canaries)));
  }
  const backends = new Map<string, AgentBackend>();
  const routes = held.flatMap((one): DirectedRoute[] => {
    const { service, canaries } = one;
    const own = served.get(service);
    if (own === undefined) return [];
    // Routes that the same services share by other percentages need backends of their own.
    const isOne = sharings.get(namesOf(service, canaries))?.size === 1;
    const parts = [
      service,
      ...canaries.map((canary) => canary.service),
      ...(isOne ? [] : [percentsOf(canaries)]),
    ];
    const name = canaries.length === 0 ? own.backend : sharedBackendName(parts);
    if (!backends.has(name)) {
      const servers = canaries.length === 0 ? own.servers : sharedServers(own, canaries, served);
      backends.set(name, { name, options: own.options, servers });
    }
    return [{ ...one, backend: name }];
  });
  return { routes, backends: sorted([...backends.values()], ({ name }) => name) };
}

function namesOf(service: string, canaries: readonly Canary[]): string {
  return JSON.stringify([service, ...canaries.map((canary) => canary.service)]);
}

function percentsOf(canaries: readonly Canary[]): string {
  return canaries.map(({ percent }) => percent).join();
}

/** Servers of all, weighing as their part of the requests wants it; those that take no new requests count for nothing. */
function sharedServers(
  own: Served,
  canaries: readonly Canary[],
  served: ReadonlyMap<string, Served>,
): AgentServer[] {
  const rest = 100 - canaries.reduce((sum, { percent }) => sum + percent, 0);
  const groups = [
    { percent: rest, servers: own.servers },
    ...canaries.map(({ service, percent }) => ({
      percent,
      servers: (served.get(service)?.servers ?? []).map((server) => ({
        ...server,
        name: serverNameIn(server.service, server.id),
      })),
    })),
  ];
  const weights = shareWeights(
    groups.map(({ percent, servers }) => ({
      percent,
      weights: servers.map(({ state, weight }) => (state === 'ready' ? weight : 0)),
    })),
  );
  const all = groups.flatMap(({ servers }, group) =>
    servers.map((server, at) => ({ ...server, weight: weights[group]?.[at] ?? 0 })),
  );
  return sorted(all, ({ name }) => name);
}
