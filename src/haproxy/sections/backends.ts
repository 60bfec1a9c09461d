import { hash } from 'node:crypto';
import { addressKind, endpointText } from '../../core/network/addresses.ts';
import type { Configuration, Frontend, Route, Server, Service } from '../model.ts';
import { backendName, routeText, takesAll } from '../routes.ts';
import { resolversName } from './base.ts';
import { nowhere } from './routing.ts';
import { section, sorted } from './section.ts';

/**
 * One backend a route. Servers are checked in the first backend of their service and followed in the others, so that a
 * service with many routes costs one check a server and has one state.
 */
export function backendSections({ services, frontend }: Configuration): string[] {
  const fallback = services.some(({ routes }) => routes.some(takesAll))
    ? []
    : [section(`backend ${nowhere}`, ['balance roundrobin', 'http-request return status 404'])];
  return [
    ...fallback,
    ...sorted(services, ({ name }) => name).flatMap((service) => backendsOf(service, frontend)),
  ];
}

/** What a server is called in every backend of its service. */
function serverName({ id }: Pick<Server, 'id'>): string {
  return `s_${id}`;
}

function backendsOf(service: Service, frontend: Frontend): string[] {
  const { name, balance, cookie } = service;
  const servers = sorted(service.servers, serverName).map((server) => serverWords(service, server));
  const [first, ...others] = sorted(service.routes, backendName);
  if (first === undefined) return [];
  const backend = (route: Route, lines: readonly string[]): string => {
    const heading = `# ${name}: ${routeText(route)}\nbackend ${backendName(route)}`;
    const stickiness = cookie === undefined ? [] : [`cookie ${cookie} prefix nocache`];
    return section(heading, [
      `balance ${balance}`,
      ...stickiness,
      ...requestLines(route, frontend),
      ...lines,
    ]);
  };
  const checked = servers.map(({ start, end }) => `${start} check observe layer4${end}`);
  const source = backendName(first);
  const tracking = servers.map(({ start, name, end }) => `${start} track ${source}/${name}${end}`);
  return [
    backend(first, [...checkLines(service), ...checked]),
    ...others.map((route) => backend(route, tracking)),
  ];
}

/** What happens to a request on its way to the servers. */
function requestLines(route: Route, frontend: Frontend): string[] {
  return [...(route.tls ? redirectLines(frontend) : []), ...(route.strip ? stripLines(route) : [])];
}

/** Health checks carry a Host that the application knows, a name if it has one, since many refuse others. */
function checkLines({ check, routes }: Service): string[] {
  if (check === undefined) return [];
  const hosts = sorted(
    routes.flatMap(({ host }) => host ?? []),
    (host) => `${/^[a-z0-9_]/.test(host) ? 'name' : 'other'} ${host}`,
  );
  const host = hosts[0]?.replace('*.', '') ?? 'localhost';
  return ['option httpchk', `http-check send meth GET uri ${check} ver HTTP/1.1 hdr Host ${host}`];
}

/** A host name or an address, IPv6 in brackets; without backslashes, which the file would have to double. */
const hostOfRedirect = '^([a-z0-9_.-]+|[[][0-9a-f:.]+[]])$';

/**
 * To our own TLS port, unless proxies in front of us end TLS: then to theirs, which is 443. Whoever names no host, or what
 * cannot be one (HAProxy 2.6 takes any bytes), is refused, so that nothing else ever reaches Location.
 */
function redirectLines({ tls, trustedProxies }: Frontend): string[] {
  const port = trustedProxies.length > 0 || !tls ? 443 : Math.min(...tls.binds.map(({ port }) => port));
  const suffix = port === 443 ? '' : `:${port}`;
  const location = `https://%[req.fhdr(host),host_only]${suffix}%[pathq]`;
  const overTls = '{ req.hdr(x-forwarded-proto) -i https }';
  return [
    `http-request deny deny_status 400 unless ${overTls} or { req.fhdr(host),host_only -m reg -i ${hostOfRedirect} }`,
    `http-request redirect location ${location} code 308 unless ${overTls}`,
  ];
}

/** `/p` becomes `/`, `/p/x` becomes `/x`; the query stays. */
function stripLines({ path = '' }: Route): string[] {
  return [
    `http-request set-path ${path}/ if { path ${path} }`,
    `http-request set-path %[path,bytes(${path.length})]`,
  ];
}

/** A server's line in two parts: what it is called and where it is, and its options in every backend. */
function serverWords(
  { name, cookie }: Service,
  server: Server,
): { start: string; name: string; end: string } {
  const options = [
    addressKind(server.address) === 'name' && `resolvers ${resolversName} init-addr none`,
    server.weight !== undefined && `weight ${server.weight}`,
    server.maxconn !== undefined && `maxconn ${server.maxconn}`,
    cookie !== undefined && `cookie ${cookieValue(name, server.id)}`,
  ];
  return {
    start: `server ${serverName(server)} ${endpointText({ ...server, address: addressWord(server.address) })}`,
    name: serverName(server),
    end: options.map((words) => (words === false ? '' : ` ${words}`)).join(''),
  };
}

/** HAProxy 3.0 takes names that begin with `rht` for reverse HTTP, unless they are in another case, which DNS ignores. */
function addressWord(address: string): string {
  return address.replace(/^rht/, 'Rht');
}

/** Says nothing about the server and stays the same whatever its order, address or neighbours. */
export function cookieValue(service: string, id: string): string {
  return hash('sha256', `${service}\0${id}`, 'hex').slice(0, 16);
}
