import { everyPath } from '../core/network/route.ts';
import type { Route } from './model.ts';

/**
 * The one name that a route's backend has, and that a request's host and path lead to: `r_` (exact or any host) or `w_`
 * (wildcard), the host, and `:` before each segment of the path. Two routes are the same route when their names are:
 * a host holds no `:` (IPv6 has `_` instead), a segment neither `:` nor `/`.
 */
export function backendName(route: Pick<Route, 'host' | 'path'>): string {
  const { host = '' } = route;
  const path = route.path === undefined ? '' : route.path.replaceAll('/', ':');
  if (host.startsWith('*.')) return `w_${host.slice(2)}${path}`;
  return `r_${host.startsWith('[') ? host.slice(1, -1).replaceAll(':', '_') : host}${path}`;
}

/** A route as people write it: `a.example/api`, `*.example`, `/api`, `*` for any host. */
export function routeText({ host, path }: Pick<Route, 'host' | 'path'>): string {
  return `${host ?? (path === undefined ? '*' : '')}${path ?? ''}`;
}

/** Hosts and paths, every host with every path; none stands for any, and so does the path `/`. */
export interface Places {
  readonly hosts: readonly string[];
  readonly paths: readonly string[];
}

/** The routes at all of these places, each once, whatever its spellings. */
export function routesAt({ hosts, paths }: Places, { strip, tls }: Pick<Route, 'strip' | 'tls'>): Route[] {
  const unique = new Map<string, Route>();
  for (const host of hosts.length > 0 ? hosts : [undefined]) {
    for (const path of paths.length > 0 ? paths : [everyPath]) {
      const place = { ...(host === undefined ? {} : { host }), ...(path === everyPath ? {} : { path }) };
      unique.set(backendName(place), { ...place, strip: strip && path !== everyPath, tls });
    }
  }
  return [...unique.values()];
}

/** How many segments a route's path has; 0 without one. */
export function pathDepth({ path }: Pick<Route, 'path'>): number {
  return path === undefined ? 0 : path.split('/').length - 1;
}

/** Whether a route takes every request that no other takes. */
export function takesAll({ host, path }: Pick<Route, 'host' | 'path'>): boolean {
  return host === undefined && path === undefined;
}
