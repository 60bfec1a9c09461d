import { type Configuration, type Route, tellsTls } from '../model.ts';
import { pathDepth } from '../routes.ts';
import { redirectLines } from './redirect.ts';
import type { Routing } from './routing.ts';

/** Where requests go that no route takes; no service's backend can have this name, since those begin with `be_`. */
export const unrouted = 'no_route';

/** Depths of paths that can be taken off without a reload; deeper ones have their line from the reload that brings them. */
const usualDepth = 4;

/**
 * The key that a request for a route begins with: `a.example/api/`, `*.example/`, `/api/`, `/`. A map finds the longest key
 * that a request's host and path begin with, so that it needs one look-up for each kind of host
 * (https://docs.haproxy.org/2.6/configuration.html#7.3.1-map_beg).
 */
export function mapKey({ host = '', path = '' }: Pick<Route, 'host' | 'path'>): string {
  return `${host}${path}/`;
}

/** The backend of a service, by the service's name in the model. */
export function mapBackend(service: string): string {
  return `be_${service}`;
}

/** What the map says of a route: its backend, how many segments are taken off, whether it wants TLS. */
export function mapValue(backend: string, route: Route): string {
  return `${backend}/${route.strip ? pathDepth(route) : 0}/${route.tls ? 'tls' : 'plain'}`;
}

/** The backend in a value of the map. */
export function backendIn(value: string): string {
  return value.split('/')[0] ?? '';
}

/** How many segments a value of the map takes off. */
export function stripIn(value: string): number {
  return Number(value.split('/')[1]);
}

/** How many segments can be taken off in a file with routes that take off so many. */
export function strippable(segments: number): number {
  return Math.max(usualDepth, segments);
}

const found = '{ var(txn.route) -m found }';

/**
 * Rules that look the route up in a map, so that routes of backends that exist change while HAProxy runs: exact host,
 * then wildcard, then any host, each with its longest path. A client's own `/` in a host is no separator.
 * @param depth how many segments can be taken off
 */
export function routingByMap({ frontend }: Configuration, file: string, depth: number): Routing {
  const look = `http-request set-var(txn.route) var(txn.key),map_beg(${file})`;
  return {
    rules: [
      'http-request set-var(txn.host) req.fhdr(host),host_only,lower,rtrim(.)',
      'http-request set-var(txn.host) var(txn.host),regsub(/,~,g) if { var(txn.host) -m sub / }',
      'http-request set-var-fmt(txn.key) %[var(txn.host)]%[path]/',
      look,
      `http-request set-var(txn.wild) var(txn.host),field(2,.,0) unless ${found} or { var(txn.host) -m beg . }`,
      `http-request set-var-fmt(txn.key) *.%[var(txn.wild)]%[path]/ unless ${found}`,
      `${look} unless ${found}`,
      `http-request set-var-fmt(txn.key) %[path]/ unless ${found}`,
      `${look} unless ${found}`,
      ...(tellsTls(frontend) ? redirectLines(frontend, '{ var(txn.route),field(3,/) -m str tls }') : []),
      ...stripLines(depth),
    ],
    backends: [`use_backend %[var(txn.route),field(1,/)] if ${found}`, `default_backend ${unrouted}`],
  };
}

/** `/p` becomes `/`, `/p/x` becomes `/x`; what follows, `//` too, stays as it came. */
function stripLines(depth: number): string[] {
  return [
    'http-request set-var(txn.strip) var(txn.route),field(2,/) unless { var(txn.page) -m found }',
    ...Array.from({ length: depth }, (_, at) => {
      const segments = at + 1;
      return `http-request set-path /%[path,field(${segments + 2},/,0)] if { var(txn.strip) -m str ${segments} }`;
    }),
  ];
}

const stripLine = /\n[^\n]* if { var\(txn\.strip\) -m str (\d+) }(?=\n)/g;

/** How many segments can be taken off where a text with `routingByMap` is in use. */
export function strippableIn(text: string): number {
  return Math.max(0, ...[...text.matchAll(stripLine)].map(([, segments]) => Number(segments)));
}

/** The text without the lines that say so. */
export function withoutStripLines(text: string): string {
  return text.replaceAll(stripLine, '');
}

/** The map that a text with `routingByMap` looks routes up in. */
export function mapFileIn(text: string): string | undefined {
  return /,map_beg\(([^)]*)\)/.exec(text)?.[1];
}
