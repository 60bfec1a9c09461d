import { fileName, reservedName } from '../../haproxy/names.ts';
import { sorted } from '../../haproxy/sections/section.ts';
import type { AgentBackend, AgentServer } from './agent-model.ts';
import type { Canary, HeldRoute } from './shares.ts';
import { shareWeights } from './weights.ts';

/**
 * The backends that routes lead to, by name: those of services, and for routes that services share, one with the servers of
 * all of them. A change of a percentage changes weights alone.
 * @param functions the backend of functions, which is there before the first of them, so that this one takes no reload
 * @returns besides, the names of shared backends by the keys of their routes
 */
export function backendsOf(
  held: ReadonlyMap<string, HeldRoute>,
  functions: AgentBackend | undefined,
): {
  backends: AgentBackend[];
  shared: ReadonlyMap<string, string>;
} {
  const sharings = sharingsOf(held.values());
  const backends = new Map(functions && [[functions.name, functions]]);
  const shared = new Map<string, string>();
  for (const [key, one] of held) {
    const { backend, canaries } = one;
    if (canaries.length === 0) backends.set(backend.name, backend);
    else {
      const name = sharedName(one, sharings);
      shared.set(key, name);
      if (!backends.has(name)) backends.set(name, { ...backend, name, servers: sharedServers(one) });
    }
  }
  return { backends: sorted([...backends.values()], ({ name }) => name), shared };
}

/** By which percentages the same services share routes. */
type Sharings = ReadonlyMap<string, ReadonlySet<string>>;

function sharingsOf(held: Iterable<HeldRoute>): Sharings {
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

function namesOf({ name, canaries }: HeldRoute): string[] {
  return [name, ...canaries.map((canary) => canary.name)];
}

function percentsOf(canaries: readonly Canary[]): string {
  return canaries.map(({ percent }) => percent).join();
}

/** Servers of all, weighing as their part of the requests wants it; those that take no new requests count for nothing. */
function sharedServers({ backend, canaries }: HeldRoute): AgentServer[] {
  const rest = 100 - canaries.reduce((sum, { percent }) => sum + percent, 0);
  const groups = [{ backend, percent: rest }, ...canaries].map(
    ({ backend: { name: of, servers }, percent }) => ({
      percent,
      servers: servers.map((server) => ({ ...server, of })),
    }),
  );
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
