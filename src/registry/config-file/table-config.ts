import { type ProxyConfig, configurationOf, knowsTls } from '../../haproxy/assembly.ts';
import type { Route, Server, Service } from '../../haproxy/model.ts';
import { render } from '../../haproxy/render.ts';
import { revisionOf } from '../../haproxy/revision.ts';
import { shareRoutes } from '../../haproxy/sharing.ts';
import type { Container, Definition, Instance, PartFault } from '../payload.ts';
import { refusal } from '../refusal.ts';
import { type Conflict, claimsIn, conflictView } from './routing.ts';
import { type TableState, containersOf } from '../store/state.ts';

/** A service as callers see it: its definition, and the instances of all hosts. */
export type ServiceView = {
  serviceName: string;
  containers: Container[];
} & Definition;

/** What a table comes to. */
export interface Presentation {
  /** The whole HAProxy configuration. */
  config: string;
  /** Names the configuration: equal files have equal revisions. */
  revision: string;
  services: ServiceView[];
  /** Running containers of services that nobody defined. */
  unknown: Instance[];
  conflicts: Conflict[];
  /** Services that ask for TLS, which HAProxy does not know of any more. */
  servedPlain: string[];
  /** What was left out of the payload; absent: nothing ever is, or there was no payload. */
  rejected?: PartFault[] | undefined;
}

/** A Lambda answers with at most 6 MB, of which the JSON around the text takes a part. */
const largestConfig = 5 * 1024 * 1024;

/**
 * @param state without what has expired
 * @param reporter the host whose word on addresses comes first
 * @throws AppError TOO_LARGE when the configuration is too large to be answered
 */
export function present(state: TableState, proxy: ProxyConfig, reporter?: string): Presentation {
  const containers = containersOf(state, reporter);
  const { routes, conflicts } = shareRoutes(claimsIn(state));
  const services = [...state.services]
    .map(([name, { definition }]) => viewOf(name, definition, containers.get(name)))
    .sort(byName);
  const served = services.map((service) => modelOf(service, routes.get(service.serviceName) ?? []));
  const config = render(configurationOf(served, proxy));
  if (Buffer.byteLength(config) > largestConfig) {
    throw refusal('TOO_LARGE', 'The configuration of this table is larger than 5 MB');
  }
  return {
    config,
    revision: revisionOf(config),
    services,
    unknown: unknownIn(state, containers),
    conflicts: conflicts.map(conflictView),
    servedPlain: knowsTls(proxy)
      ? []
      : services.filter(({ tls }) => tls === true).map(({ serviceName }) => serviceName),
  };
}

function viewOf(serviceName: string, definition: Definition, containers: Container[] = []): ServiceView {
  return { serviceName, ...definition, containers };
}

function unknownIn({ services }: TableState, containers: ReadonlyMap<string, Container[]>): Instance[] {
  return [...containers]
    .filter(([serviceName]) => !services.has(serviceName))
    .flatMap(([serviceName, own]) => own.map((container) => ({ serviceName, ...container })))
    .sort(byName);
}

function byName(left: { serviceName: string }, right: { serviceName: string }): number {
  return left.serviceName < right.serviceName ? -1 : Number(left.serviceName > right.serviceName);
}

function modelOf(view: ServiceView, routes: readonly Route[]): Service {
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
    servers: containers.map(serverOf),
    balance,
    ...(cookie === undefined ? {} : { cookie }),
    ...(check === undefined ? {} : { check }),
  };
}
