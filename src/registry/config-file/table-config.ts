import {
  type Configuration,
  type Route,
  type Server,
  type Service,
  standardDefaults,
  standardGlobal,
} from '../../haproxy/model.ts';
import { render } from '../../haproxy/render.ts';
import { revisionOf } from '../../haproxy/revision.ts';
import { type ProxyConfig, knowsTls } from '../config.ts';
import type { Container, Definition, Instance, Rejected } from '../payload.ts';
import { Refusal } from '../http/http-error.ts';
import { type Conflict, leadsBack, shareRoutes } from './routing.ts';
import { type TableState, containersOf } from '../store/state.ts';

/** A service as callers see it: its definition, and the instances of all hosts. */
export type ServiceView = {
  readonly serviceName: string;
  readonly containers: readonly Container[];
} & Definition;

/** What a table comes to. */
export interface Presentation {
  /** The whole HAProxy configuration. */
  readonly config: string;
  /** Names the configuration: equal files have equal revisions. */
  readonly revision: string;
  readonly services: readonly ServiceView[];
  /** Running containers of services that nobody defined. */
  readonly unknown: readonly Instance[];
  readonly conflicts: readonly Conflict[];
  /** Services that ask for TLS, which HAProxy does not know of any more. */
  readonly servedPlain: readonly string[];
  /** What was left out of the payload; absent: nothing ever is, or there was no payload. */
  readonly rejected?: readonly Rejected[] | undefined;
}

/** A Lambda answers with at most 6 MB, of which the JSON around the text takes a part. */
const largestConfig = 5 * 1024 * 1024;

/**
 * @param state without what has expired
 * @param reporter the host whose word on addresses comes first
 * @throws Refusal 413 when the configuration is too large to be answered
 */
export function present(state: TableState, proxy: ProxyConfig, reporter?: string): Presentation {
  const containers = containersOf(state, reporter);
  const { routes, conflicts } = shareRoutes(state);
  const services = [...state.services]
    .map(([name, { definition }]) => viewOf(name, definition, containers.get(name)))
    .sort(byName);
  const plain = !knowsTls(proxy);
  const config = render(configurationOf(services, routes, proxy, plain));
  if (Buffer.byteLength(config) > largestConfig) {
    throw new Refusal(413, 'The configuration of this table is larger than 5 MB');
  }
  return {
    config,
    revision: revisionOf(config),
    services,
    unknown: unknownIn(state, containers),
    conflicts,
    servedPlain: plain
      ? services.filter(({ tls }) => tls === true).map(({ serviceName }) => serviceName)
      : [],
  };
}

function viewOf(
  serviceName: string,
  definition: Definition,
  containers: readonly Container[] = [],
): ServiceView {
  return { serviceName, ...definition, containers };
}

function unknownIn(
  { services }: TableState,
  containers: ReadonlyMap<string, readonly Container[]>,
): Instance[] {
  return [...containers]
    .filter(([serviceName]) => !services.has(serviceName))
    .flatMap(([serviceName, own]) => own.map((container) => ({ serviceName, ...container })))
    .sort(byName);
}

function byName(left: { serviceName: string }, right: { serviceName: string }): number {
  return left.serviceName < right.serviceName ? -1 : Number(left.serviceName > right.serviceName);
}

function configurationOf(
  services: readonly ServiceView[],
  routes: ReadonlyMap<string, Route[]>,
  proxy: ProxyConfig,
  plain: boolean,
): Configuration {
  const { binds, tlsBinds, certificate, statsBinds, log, trustedProxies } = proxy;
  const tls =
    tlsBinds.length > 0 && certificate !== undefined
      ? { tls: { binds: tlsBinds, certificate, minVersion: 'TLSv1.2' as const } }
      : {};
  return {
    global: { ...standardGlobal, ...(log === undefined ? {} : { log }) },
    defaults: standardDefaults,
    frontend: { binds, trustedProxies, ...tls },
    ...(statsBinds.length === 0 ? {} : { stats: { binds: statsBinds, users: [] } }),
    resolvers: { nameservers: [] },
    services: services.map((service) => {
      const own = routes.get(service.serviceName) ?? [];
      return served(service, plain ? own.map(inTheClear) : own, proxy);
    }),
  };
}

function inTheClear(route: Route): Route {
  return { ...route, tls: false };
}

/** The service without servers that lead back to HAProxy, which can be stored before the options made them so. */
function served(view: ServiceView, routes: readonly Route[], proxy: ProxyConfig): Service {
  const { serviceName, containers, port, balance = 'roundrobin', cookie, check, weight, maxconn } = view;
  const serverOf = ({ id, ip }: Container): Server => ({
    id,
    address: ip,
    port,
    ...(weight === undefined ? {} : { weight }),
    ...(maxconn === undefined ? {} : { maxconn }),
  });
  return {
    name: serviceName,
    routes,
    servers: containers.filter(({ ip }) => !leadsBack(ip, port, proxy)).map(serverOf),
    balance,
    ...(cookie === undefined ? {} : { cookie }),
    ...(check === undefined ? {} : { check }),
  };
}
