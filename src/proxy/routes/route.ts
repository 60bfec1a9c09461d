import type { Format } from '../../http/message.ts';
import type { RouteSpec } from '../config.ts';
import type { Target } from '../targets/target.ts';

/** A route that requests take: what was configured, and what it takes to serve it. */
export interface Route {
  readonly kind: RouteSpec['kind'];
  readonly hostname: string;
  readonly pathPrefix: string;
  readonly stripPrefix: boolean;
  readonly invocation: RouteSpec['invocation'];
  readonly timeoutMs: number;
  /** The host, and the prefix where there is one: its name in logs and metrics. */
  readonly label: string;
  readonly format: Format;
  readonly target: Target;
}

/** The name of a route in logs and metrics. */
export function routeLabel({ hostname, pathPrefix }: Pick<RouteSpec, 'hostname' | 'pathPrefix'>): string {
  return pathPrefix === '/' ? hostname : hostname + pathPrefix;
}
