/** Hosts and paths of routes as people write them, where HAProxy's file has a normal form. */
import { accepted, type Checked, refused } from '../core/checked.ts';
import { checkPort } from '../core/network/addresses.ts';
import { everyPath } from '../core/network/route.ts';
import { checkRouteHost, checkRoutePath } from './names.ts';

/**
 * Hosts of routes. A port is dropped: HAProxy looks a host up without it.
 * @returns the host as checkRouteHost writes it
 */
export function checkHost(text: string): Checked<string> {
  if (text.includes('://')) return refused('a host without a scheme', text);
  if (text.includes('/')) return refused('a host without a path', text);
  const [, host, port] = /^(\[[^\]]*\]|[^:[\]]*):([^:]*)$/.exec(text) ?? [];
  if (host === undefined || port === undefined) return checkRouteHost(text);
  if (portIn(port) === undefined) return refused('a host without a port, or with one from 1 to 65535', text);
  const result = checkRouteHost(host);
  return result.ok ? result : refused('a host name or an IP address before its port', text);
}

/**
 * Path prefixes: one slash at the end is dropped, and `/` alone is every path.
 * @returns the path as checkRoutePath writes it
 */
export function checkPath(text: string): Checked<string> {
  if (text === everyPath) return accepted(everyPath);
  const path = checkRoutePath(text.replace(/([^/])\/$/, '$1'));
  return path.ok ? path : checkRoutePath(text);
}

/** The port that a number or digits stand for; undefined when they stand for none. */
export function portIn(value: unknown): number | undefined {
  const port = typeof value === 'string' && /^[0-9]{1,5}$/.test(value) ? Number(value) : value;
  return typeof port === 'number' && checkPort(port).ok ? port : undefined;
}
