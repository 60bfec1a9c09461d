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
import type { Container, Definition, Running } from '../payload.ts';
import { refusal } from '../refusal.ts';
import { type Conflict, leadsBack, shareRoutes } from './routing.ts';
import { type Instances, type TableState, instancesOf } from '../store/state.ts';

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
  readonly unknown: readonly Running[];
  readonly conflicts: readonly Conflict[];
  /** Services that ask for TLS, which HAProxy does not know of any more. */
  readonly servedPlain: readonly string[];
}

/** A Lambda answers with at most 6 MB, of which the JSON around the text takes a part. */
const largestConfig = 5 * 1024 * 1024;

/**
 * @param state without what has expired
 * @param reporter the host whose word on addresses comes first
 * @throws AppError TOO_LARGE when the configuration is too large to be answered
 */
export function present(state: TableState, proxy: ProxyConfig, reporter?: string): Presentation {
  const instances = instancesOf(state, reporter);
  const { routes, conflicts } = shareRoutes(state);
  const services = [...state.services]
    .map(([name, { definition }]) => viewOf(name, definition, instances.get(name)))
    .sort(byName);
  const plain = !knowsTls(proxy);
  const config = render(configurationOf(services, routes, proxy, plain));
  if (Buffer.byteLength(config) > largestConfig) {
    throw refusal('TOO_LARGE', 'The configuration of this table is larger than 5 MB');
  }
  return {
    config,
    revision: revisionOf(config),
    services,
    unknown: unknownIn(state, instances),
    conflicts,
    servedPlain: plain
      ? services.filter(({ tls }) => tls === true).map(({ serviceName }) => serviceName)
      : [],
  };
}

function viewOf(serviceName: string, definition: Definition, instances: Instances | undefined): ServiceView {
  return { serviceName, ...definition, containers: containersOf(instances) };
}

function containersOf(instances: Instances = new Map()): Container[] {
  return [...instances].map(([id, ip]) => ({ id, ip })).sort((left, right) => (left.id < right.id ? -1 : 1));
}

function unknownIn({ services }: TableState, instances: ReadonlyMap<string, Instances>): Running[] {
  return [...instances]
    .filter(([serviceName]) => !services.has(serviceName))
    .flatMap(([serviceName, ids]) => containersOf(ids).map(({ id, ip }) => ({ serviceName, id, ip })))
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
