import { type Endpoint, endpointText } from '../../core/network/addresses.ts';
import { cookieValue } from '../../haproxy/sections/servers.ts';
import { sorted } from '../../haproxy/sections/section.ts';
import type { AgentServer } from './agent-model.ts';
import type { Served } from './backends.ts';
import { functionsBackend, serverName } from './names.ts';
import type { Check } from './options.ts';
import { claimRoutes, type Part, type ServiceRules, type UnitedService } from './service.ts';

/** Where functions are sent. */
export interface FunctionsProxy {
  readonly proxy: readonly Endpoint[];
  readonly check: Check;
}

/**
 * A function: what its instances say of addresses and of how they are served means nothing, and requests go to the proxy
 * as they came, since it knows functions by host and path.
 */
export function uniteFunction(
  name: string,
  parts: readonly Part[],
  { defaults }: Pick<ServiceRules, 'defaults'>,
): UnitedService {
  const { by, routes, problems } = claimRoutes(name, parts);
  const claims = routes.map((claim) => ({ ...claim, strip: false }));
  return { name, parts, options: defaults, servers: [], claims, claimedBy: by, problems };
}

/** The one backend of all functions. */
export function servedByProxy(
  { proxy, check }: FunctionsProxy,
  { defaults, isOwn }: Pick<ServiceRules, 'defaults' | 'isOwn'>,
): Served {
  const endpoints = proxy.filter(({ address, port }) => !isOwn(address, port));
  const servers = endpoints.map((endpoint) => proxyServer(endpoint, defaults.weight));
  const unique = new Map(servers.map((server) => [server.name, server]));
  return {
    backend: functionsBackend,
    options: { ...defaults, check },
    servers: sorted([...unique.values()], ({ name }) => name),
  };
}

function proxyServer(endpoint: Endpoint, weight: number): AgentServer {
  const id = endpointText(endpoint);
  return {
    name: serverName(id),
    cookie: cookieValue(functionsBackend, id),
    service: functionsBackend,
    source: 'consul',
    id,
    address: endpoint.address,
    port: endpoint.port,
    weight,
    state: 'ready',
  };
}
