import type { Configuration, Frontend, Route, Service } from '../model.ts';
import { backendName, routeText, takesAll } from '../routes.ts';
import { duration, modeLines } from './base.ts';
import { redirectLines, unroutedLines } from './redirect.ts';
import { nowhere } from './routing.ts';
import { linesFor, section, sorted } from './section.ts';
import { checkWords, serverEndpoint, serverName, serverOptions } from './servers.ts';

/**
 * One backend a route. Servers are checked in the first backend of their service and followed in the others, so that a
 * service with many routes costs one check a server and has one state.
 */
export function backendSections(model: Configuration): string[] {
  const { services } = model;
  const fallback = services.some(({ routes }) => routes.some(takesAll))
    ? []
    : [unroutedSection(nowhere, model)];
  return [
    ...fallback,
    ...sorted(services, ({ name }) => name).flatMap((service) => backendsOf(service, model)),
  ];
}

/** The backend for requests that no route takes. */
export function unroutedSection(name: string, model: Configuration): string {
  return section(`backend ${name}`, [
    ...modeLines(model),
    'balance roundrobin',
    ...unroutedLines(model.frontend),
  ]);
}

function backendsOf(service: Service, model: Configuration): string[] {
  const [first, ...others] = sorted(service.routes, backendName);
  if (first === undefined) return [];
  const backend = (route: Route, lines: readonly string[]): string =>
    section(`# ${service.name}: ${routeText(route)}\nbackend ${backendName(route)}`, [
      ...serviceLines(service, model),
      ...requestLines(route, model.frontend),
      ...ownLines(service, model),
      ...lines,
    ]);
  const times =
    service.checkTimes === undefined ? undefined : { ...model.defaults.checks, ...service.checkTimes };
  const servers = sorted(service.servers, serverName);
  const linesWith = (check: (name: string) => readonly string[]): string[] =>
    servers.map((server) => {
      const name = serverName(server);
      const words = [...check(name), ...serverOptions(service, server)];
      return ['server', name, serverEndpoint(server), ...words].join(' ');
    });
  const source = backendName(first);
  const followed = (name: string): string[] => (service.check === 'off' ? [] : [`track ${source}/${name}`]);
  const following = linesWith(followed);
  return [
    backend(first, [...checkLines(service), ...linesWith(() => checkWords(service, times))]),
    ...others.map((route) => backend(route, following)),
  ];
}

/** How requests are spread over servers and kept with them, and how long servers may take. */
export function serviceLines(service: Service, model: Pick<Configuration, 'own'>): string[] {
  const { balance, cookie, sticky, timeout } = service;
  return [
    ...modeLines(model),
    `balance ${balance}`,
    ...linesFor(cookie, (name) => [`cookie ${name} prefix nocache`]),
    ...linesFor(sticky, (name) => [`cookie ${name} insert indirect nocache httponly`]),
    ...linesFor(timeout, (ms) => [`timeout server ${duration(ms)}`]),
  ];
}

/** What an administrator adds to a backend: to every one, and to this one. */
export function ownLines({ snippet = [] }: Service, { own }: Pick<Configuration, 'own'>): string[] {
  return [...(own?.backend ?? []), ...snippet];
}

/** What happens to a request on its way to the servers. */
function requestLines(route: Route, frontend: Frontend): string[] {
  return [...(route.tls ? redirectLines(frontend) : []), ...(route.strip ? stripLines(route) : [])];
}

/** Health checks carry a Host that the application knows, a name if it has one, since many refuse others. */
export function checkLines({ check, routes }: Service): string[] {
  if (check === undefined || check === 'off') return [];
  const hosts = sorted(
    routes.flatMap(({ host }) => host ?? []),
    (host) => `${/^[a-z0-9_]/.test(host) ? 'name' : 'other'} ${host}`,
  );
  const host = hosts[0]?.replace('*.', '') ?? 'localhost';
  return ['option httpchk', `http-check send meth GET uri ${check} ver HTTP/1.1 hdr Host ${host}`];
}

/** `/p` becomes `/`, `/p/x` becomes `/x`; the query stays. */
function stripLines({ path = '' }: Route): string[] {
  return [
    `http-request set-path ${path}/ if { path ${path} }`,
    `http-request set-path %[path,bytes(${path.length})]`,
  ];
}
