import { type Endpoint, endpointText } from '../../core/network/addresses.ts';
import { fileName, reservedName } from '../../haproxy/names.ts';
import { sorted } from '../../haproxy/sections/section.ts';
import type { AgentBackend, AgentServer } from './agent-model.ts';
import type { Read } from './keys.ts';
import type { Check, ServiceOptions } from './options.ts';
import type { Part } from './servers.ts';
import { claimRoutes, leadingTo, type ServiceRules, type UnitedService } from './service.ts';

/** Where functions are sent. */
export interface FunctionsProxy {
  readonly proxy: readonly Endpoint[];
  readonly check: Check;
}

/** The backend that all functions share. */
export const functionsBackend = fileName(reservedName('functions'));

/** The one backend of all functions. */
export function servedByProxy(
  { proxy, check }: FunctionsProxy,
  { defaults, isOwn }: Pick<ServiceRules, 'defaults' | 'isOwn'>,
): Read<AgentBackend> {
  const [own, others] = [true, false].map((wanted) =>
    proxy.filter(({ address, port }) => isOwn(address, port) === wanted),
  );
  const servers = (others ?? []).map((endpoint) => proxyServer(endpoint, defaults));
  const unique = new Map(servers.map((server) => [server.name, server]));
  return {
    value: {
      name: functionsBackend,
      options: { ...defaults, check },
      servers: sorted([...unique.values()], ({ name }) => name),
    },
    problems: (own ?? []).map(
      (endpoint) => `lambda.proxy ${endpointText(endpoint)} is HAProxy itself, so it is left out`,
    ),
  };
}

/**
 * A function: what its instances say of addresses and of how they are served means nothing, and requests go to the proxy
 * as they came, since it knows functions by host and path.
 */
export function uniteFunction(
  name: string,
  parts: readonly Part[],
  { value: backend, problems: ofProxy }: Read<AgentBackend>,
): UnitedService {
  const { by, routes, problems } = claimRoutes(name, parts);
  const [{ source } = { source: '' }] = parts;
  return {
    name,
    sources: parts.map(({ source }) => source),
    backend,
    claims: leadingTo(
      backend.name,
      routes.map((route) => ({ ...route, strip: false })),
    ),
    claimedBy: by,
    problems: [
      ...problems,
      ...ofProxy.map((message) => ({ source, service: undefined, instance: undefined, message })),
    ],
  };
}

function proxyServer(endpoint: Endpoint, { weight, scheme, maxconn }: ServiceOptions): AgentServer {
  const id = endpointText(endpoint);
  const { address, port } = endpoint;
  const place = {
    name: fileName(id),
    service: functionsBackend,
    source: 'consul',
    id,
    address,
    port,
  } as const;
  return { ...place, weight, scheme, maxconn, state: 'ready' };
}
