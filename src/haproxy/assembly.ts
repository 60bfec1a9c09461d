import { type Endpoint, isLoopback } from '../core/network/addresses.ts';
import {
  type Configuration,
  type Frontend,
  type Service,
  standardDefaults,
  standardGlobal,
  tellsTls,
} from './model.ts';

/** What a configuration says apart from its services. */
export interface ProxyConfig {
  /** Where HAProxy listens for HTTP. */
  readonly binds: readonly Endpoint[];
  /** Where it listens for HTTPS; needs `certificate`. */
  readonly tlsBinds: readonly Endpoint[];
  /** A PEM file or a directory of them, on HAProxy's host. */
  readonly certificate?: string | undefined;
  /** Where it shows `/stats` and `/metrics`. */
  readonly statsBinds: readonly Endpoint[];
  /** Where the access log goes; absent: nowhere. */
  readonly log?: Endpoint | 'stdout' | undefined;
  /** Networks whose X-Forwarded-For is kept and whose X-Forwarded-Proto is believed. */
  readonly trustedProxies: readonly string[];
  /** Who is asked for servers that are given by name; nobody: whom resolv.conf on HAProxy's host names. */
  readonly nameservers: readonly Endpoint[];
}

/**
 * The model of a whole configuration. Left out are servers that are HAProxy itself, and, where HAProxy does not know TLS,
 * the redirection to it.
 * @param services each route in one service alone, as `shareRoutes` gives them
 */
export function configurationOf(services: readonly Service[], proxy: ProxyConfig): Configuration {
  const { log, statsBinds, nameservers } = proxy;
  const known = knowsTls(proxy);
  return {
    global: { ...standardGlobal, ...(log === undefined ? {} : { log }) },
    defaults: standardDefaults,
    frontend: frontendOf(proxy),
    ...(statsBinds.length === 0 ? {} : { stats: { binds: statsBinds } }),
    resolvers: { nameservers },
    services: services.map((service) => ({
      ...service,
      routes: known ? service.routes : service.routes.map((route) => ({ ...route, tls: false })),
      servers: service.servers.filter(({ address, port }) => !leadsBack(address, port, proxy)),
    })),
  };
}

function frontendOf({ binds, tlsBinds, certificate, trustedProxies }: ProxyConfig): Frontend {
  const plain = { binds, trustedProxies };
  if (tlsBinds.length === 0 || certificate === undefined) return plain;
  return { ...plain, tls: { binds: tlsBinds, certificate, minVersion: 'TLSv1.2' } };
}

/** Whether HAProxy can tell a request over TLS from one in the clear. */
export function knowsTls(proxy: ProxyConfig): boolean {
  return tellsTls(frontendOf(proxy));
}

/** Every address where HAProxy itself listens. */
export function ownBinds({ binds, tlsBinds, statsBinds }: ProxyConfig): Endpoint[] {
  return [...binds, ...tlsBinds, ...statsBinds];
}

/** Whether a server is HAProxy itself, so that requests would run in circles. */
export function leadsBack(address: string, port: number, proxy: ProxyConfig): boolean {
  return isLoopback(address) && ownBinds(proxy).some((bind) => bind.port === port);
}
