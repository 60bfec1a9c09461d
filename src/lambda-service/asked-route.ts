import { type Checked, accepted } from '../core/checked.ts';
import { checkHostPattern, checkPathPrefix, everyPath } from '../core/network/route.ts';
import { type LambdaService, metaKeys } from './service.ts';

/** Where a service asks to be reached. */
export interface AskedRoute {
  /** A host pattern in its normal form; absent: every host. */
  readonly host?: string;
  /** A path prefix in its normal form. */
  readonly path: string;
}

/**
 * The route that a service's Meta asks for: a host with or without a path, or a path on every host.
 * @returns undefined when it asks for none; else the route, or which key is not as it must be
 */
export function askedRoute({
  routeHost,
  routePath,
}: Pick<LambdaService, 'routeHost' | 'routePath'>): Checked<AskedRoute> | undefined {
  if (routeHost === undefined && routePath === undefined) return undefined;
  const path = checkPathPrefix(routePath ?? everyPath);
  const host = routeHost === undefined ? undefined : checkHostPattern(routeHost);
  if (host?.ok === false) return { ok: false, problem: `${metaKeys.routeHost} ${host.problem}` };
  if (!path.ok) return { ok: false, problem: `${metaKeys.routePath} ${path.problem}` };
  return accepted({ ...(host && { host: host.value }), path: path.value });
}
