import type {
  ChangeStatus,
  RouteStatus,
  ServerStatus,
  ServiceStatus,
  SourceStatus,
  Status,
  StatusChange,
} from '../../../src/agent/told/status.ts';

export const at = '2026-03-02T10:11:12.000Z';

export function serverStatus(id: string, server: Partial<ServerStatus> = {}): ServerStatus {
  return {
    name: `s_${id}`,
    id,
    address: '10.0.0.1:8080',
    source: 'consul',
    weight: 100,
    state: 'up',
    health: 'L4OK',
    ...server,
  };
}

export function routeStatus(host: string | null, route: Partial<RouteStatus> = {}): RouteStatus {
  return { host, path: null, strip: false, percent: null, tls: false, ...route };
}

export function serviceStatus(name: string, service: Partial<ServiceStatus> = {}): ServiceStatus {
  return {
    name,
    backend: `be_${name}`,
    sources: ['consul'],
    routes: [routeStatus(`${name}.example.com`)],
    servers: [serverStatus(`${name}-1`)],
    ...service,
  };
}

export function sourceStatus(name: string, source: Partial<SourceStatus> = {}): SourceStatus {
  return {
    name,
    ok: true,
    services: 1,
    servers: 1,
    last_success: at,
    age_s: 3,
    failures: 0,
    error: null,
    held: [],
    ...source,
  };
}

export function changeStatus(detail: string, change: Partial<ChangeStatus> = {}): ChangeStatus {
  return { at, how: 'runtime', reason: 'servers', service: 'web', detail, ...change };
}

/** An agent in good order, with one service unless told otherwise. */
export function statusOf(status: Partial<Status> = {}): Status {
  return {
    version: '1.2.3',
    started_at: at,
    haproxy: { up: true, version: '2.6.12', mode: 'start', pid: 4711, reloads: 2, old_workers: 1 },
    config: { revision: 'c0ffee12', applied_at: at, how: 'reload', pending: false, rejected: null },
    sources: [sourceStatus('consul')],
    services: [serviceStatus('web')],
    conflicts: [],
    problems: [],
    changes: [],
    ...status,
  };
}

/** What `/events` sends when `before` has become `after`. */
export function changeBetween(before: Status, after: Status): StatusChange {
  const { services, ...status } = after;
  const known = new Map(before.services.map((service) => [service.name, JSON.stringify(service)]));
  const names = new Set(services.map(({ name }) => name));
  return {
    status,
    services: services.filter((service) => known.get(service.name) !== JSON.stringify(service)),
    gone: before.services.map(({ name }) => name).filter((name) => !names.has(name)),
  };
}

/** `count` services with four servers each; every hundredth has a server that is down. */
export function manyServices(count: number): ServiceStatus[] {
  return Array.from({ length: count }, (_, number) => {
    const name = `service-${String(number).padStart(5, '0')}`;
    const servers = [1, 2, 3, 4].map((replica) =>
      serverStatus(`${name}-${replica}`, {
        address: `10.${number >> 8}.${number & 255}.${replica}:8080`,
        state: number % 100 === 0 && replica === 1 ? 'down' : 'up',
      }),
    );
    return serviceStatus(name, { servers });
  });
}
