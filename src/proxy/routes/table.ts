import { everyPath } from '../../core/network/route.ts';

/** What requests of a route have. */
export interface Matched {
  /** A host in its normal form, `*.` and a host (one label more), or `*` for every host. */
  readonly hostname: string;
  /** `/`, or segments without a slash at the end. */
  readonly pathPrefix: string;
}

/**
 * Finds the route of a request in a time that does not grow with the number of routes. The first of these wins whose
 * host matches and one of whose prefixes does: the host itself, its wildcard, every host; within each the longest prefix.
 * Of routes with the same hostname and prefix the last counts.
 */
export class RouteTable<Route extends Matched> {
  readonly #hosts = new Map<string, Prefixes<Route>>();

  constructor(routes: Iterable<Route>) {
    for (const route of routes) {
      const prefixes = this.#hosts.get(route.hostname) ?? new Prefixes<Route>();
      prefixes.add(route);
      this.#hosts.set(route.hostname, prefixes);
    }
  }

  /**
   * @param host in its normal form; empty when the client named none
   * @param path its bytes as they came, without the query
   */
  match(host: string, path: string): Route | undefined {
    return this.#in(host, path) ?? this.#in(wildcardOf(host), path) ?? this.#in('*', path);
  }

  #in(hostname: string | undefined, path: string): Route | undefined {
    return hostname === undefined ? undefined : this.#hosts.get(hostname)?.longest(path);
  }
}

/** The routes of one hostname. */
class Prefixes<Route extends Matched> {
  readonly #routes = new Map<string, Route>();
  #longest = 0;

  add(route: Route): void {
    this.#routes.set(route.pathPrefix, route);
    this.#longest = Math.max(this.#longest, route.pathPrefix.length);
  }

  /** Prefixes end where a segment does, so only these cuts are looked up, and none beyond the longest prefix. */
  longest(path: string): Route | undefined {
    let cut = path.length <= this.#longest ? path.length : path.lastIndexOf('/', this.#longest);
    while (cut > 0) {
      const route = this.#routes.get(path.slice(0, cut));
      if (route !== undefined) return route;
      cut = path.lastIndexOf('/', cut - 1);
    }
    return this.#routes.get(everyPath);
  }
}

function wildcardOf(host: string): string | undefined {
  const dot = host.indexOf('.');
  return dot > 0 ? `*${host.slice(dot)}` : undefined;
}

/** The path without a prefix that it has: `/api/x` is `/x` without `/api`, and `/api` is `/`. */
export function withoutPrefix(path: string, prefix: string): string {
  return prefix === everyPath ? path : path.slice(prefix.length) || everyPath;
}
