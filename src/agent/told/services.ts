import { endpointText } from '../../core/network/addresses.ts';
import type { Route } from '../../haproxy/model.ts';
import { backendName as routeKey } from '../../haproxy/routes.ts';
import { mapBackend } from '../../haproxy/sections/map-routing.ts';
import { serverName } from '../../haproxy/sections/servers.ts';
import type { ServerHealth } from '../apply/api.ts';
import type { AgentBackend, AgentModel, AgentServer, AgentService } from '../model/agent-model.ts';
import type { RouteStatus, ServerStatus, ServiceStatus } from './status.ts';

/** How servers do, by `<backend>/<server>`. */
export type Healths = ReadonlyMap<string, ServerHealth>;

/** Services as they are served, with what HAProxy makes of their servers. */
export function servicesOf(model: AgentModel, healths: Healths): ServiceStatus[] {
  const backends = new Map(model.backends.map((backend) => [backend.name, backend]));
  const held = new Map(
    model.services.flatMap(({ routes }) => routes.map((route) => [routeKey(route), route] as const)),
  );
  return model.services.map((service) => ({
    name: service.name,
    backend: mapBackend(service.backend),
    sources: service.sources,
    routes: [
      ...service.routes.map((route) => routeOf(route, route, null)),
      ...service.shares.map((share) => routeOf(share, held.get(routeKey(share)), share.percent)),
    ],
    servers: serversOf(service, backends, healths),
  }));
}

/** @param ways how requests of the route go on, whoever has it */
function routeOf(
  { host, path }: Pick<Route, 'host' | 'path'>,
  ways: Pick<Route, 'strip' | 'tls'> | undefined,
  percent: number | null,
): RouteStatus {
  const { strip = false, tls = false } = ways ?? {};
  return { host: host ?? null, path: path ?? null, strip, percent, tls };
}

/** Those of its own backend; where all of its routes are shared, its own among those of the first that it shares. */
function serversOf(
  service: AgentService,
  backends: ReadonlyMap<string, AgentBackend>,
  healths: Healths,
): ServerStatus[] {
  const own = backends.get(service.backend);
  if (own) return own.servers.map((server) => serverOf(server, own, healths));
  const shared = [...service.routes, ...service.shares]
    .map(({ backend }) => backends.get(backend))
    .find((backend) => backend !== undefined);
  if (shared === undefined) return [];
  return shared.servers
    .filter(({ of }) => of === service.backend)
    .map((server) => serverOf(server, shared, healths));
}

function serverOf(server: AgentServer, backend: AgentBackend, healths: Healths): ServerStatus {
  const { id, source, weight, of } = server;
  const name = serverName({ id: server.name, ...(of !== undefined && { of }) });
  const { state, health } = healthOf(server, healths.get(`${mapBackend(backend.name)}/${name}`));
  return { name, id, address: endpointText(server), source, weight, state, health };
}

/** What HAProxy does not know yet is going to be checked. A server that drains is `up` to HAProxy, with weight 0. */
function healthOf(
  { state: wanted }: AgentServer,
  { state, health }: ServerHealth = { state: 'checking', health: '' },
): ServerHealth {
  const drains = wanted === 'drain' && (state === 'up' || state === 'checking');
  return { state: drains ? 'drain' : state, health };
}
