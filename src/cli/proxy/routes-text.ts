import type { AwsRoute, LocalRoute, ProxyConfig, RouteSpec } from '../../proxy/config.ts';
import { table } from '../table.ts';

const columns = ['hostname', 'path', 'kind', 'target', 'format', 'invocation', 'slots'] as const;

/** The routes of a file as a table, and where others come from. */
export function configText({ routes, consul }: ProxyConfig): string {
  const own = routes.length === 0 ? 'The file has no routes.' : table(columns, routes.map(rowOf));
  if (consul === undefined) return own;
  const { host, port } = consul.settings.address;
  return `${own}\nServices of Consul at ${host}:${port} become routes, too.`;
}

function rowOf(route: RouteSpec): Record<(typeof columns)[number], string> {
  const slots = slotsOf(route);
  return {
    hostname: route.hostname,
    path:
      route.stripPrefix && route.pathPrefix !== '/' ? `${route.pathPrefix} (taken off)` : route.pathPrefix,
    kind: route.kind,
    target: route.kind === 'local' ? localTarget(route) : awsTarget(route),
    format: route.format.name,
    invocation: route.invocation,
    slots: slots === null ? 'any' : String(slots),
  };
}

/** The same for programs, with what the table has no room for. */
export function configJson({ routes, consul }: ProxyConfig): object {
  return {
    routes: routes.map((route) => ({
      hostname: route.hostname,
      path_prefix: route.pathPrefix,
      strip_prefix: route.stripPrefix,
      kind: route.kind,
      target: route.kind === 'local' ? localTarget(route) : awsTarget(route),
      format: route.format.name,
      invocation: route.invocation,
      slots: slotsOf(route),
      queue: route.queue.size,
      timeout_ms: route.timeoutMs,
    })),
    consul: consul !== undefined,
  };
}

function localTarget({ endpoints, functionName }: LocalRoute): string {
  return `${functionName === 'function' ? '' : `${functionName} at `}${endpoints.join(', ')}`;
}

/** An ARN says the region itself. */
function awsTarget({ functionName, qualifier, region, endpoint }: AwsRoute): string {
  const named = qualifier === undefined ? functionName : `${functionName}:${qualifier}`;
  if (endpoint !== undefined) return `${named} at ${endpoint}`;
  return functionName.startsWith('arn:') ? named : `${named} in ${region}`;
}

/** Calls at once; null for any number. */
function slotsOf(route: RouteSpec): number | null {
  if (route.kind === 'local') return route.endpoints.length * route.concurrency;
  return route.concurrency === 0 ? null : route.concurrency;
}
