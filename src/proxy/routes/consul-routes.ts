import { type Checked, accepted, refused } from '../../core/checked.ts';
import { isHostName } from '../../core/network/hosts.ts';
import { everyPath } from '../../core/network/route.ts';
import { type FunctionArn, parseFunctionArn, unqualifiedArn } from '../../lambda-service/arn.ts';
import { askedRoute } from '../../lambda-service/asked-route.ts';
import type { RegisteredService } from '../../lambda-service/registered-service.ts';
import { nameKey } from '../../lambda-service/place.ts';
import type { AwsRoute, ConsulSource, RouteSpec } from '../config.ts';
import type { RouteWarning } from './warnings.ts';

/** Routes, and what their owners should know. */
export interface Warned<Route> {
  readonly routes: readonly Route[];
  readonly warnings: readonly RouteWarning[];
}

type Address = Pick<AwsRoute, 'hostname' | 'pathPrefix'>;

/**
 * The routes of Lambda services, by the service's name: what its Meta asks for, and its name below the source's domain.
 * Of services that ask for one host and prefix, the one with the smaller name has it.
 */
export function consulRoutes(services: readonly RegisteredService[], source: ConsulSource): Warned<AwsRoute> {
  const holders = new Map<string, string>();
  const routes: AwsRoute[] = [];
  const warnings: RouteWarning[] = [];
  for (const service of services.toSorted(byName)) {
    for (const claim of claimsOf(service, source)) {
      const holder = claim.ok ? holders.get(keyOf(claim.value)) : undefined;
      if (!claim.ok) warnings.push(unservable(service, claim.problem));
      else if (holder !== undefined) warnings.push(taken(service, claim.value, holder));
      else {
        holders.set(keyOf(claim.value), service.name);
        routes.push(claim.value);
      }
    }
  }
  return { routes, warnings };
}

/** The routes of the file, all of them, and those of Consul whose host and prefix no route of the file has. */
export function mergeRoutes(
  fileRoutes: readonly RouteSpec[],
  fromConsul: readonly AwsRoute[],
): Warned<RouteSpec> {
  const held = new Set(fileRoutes.map(keyOf));
  const isFree = (route: AwsRoute): boolean => !held.has(keyOf(route));
  return {
    routes: [...fileRoutes, ...fromConsul.filter(isFree)],
    warnings: fromConsul.filter((route) => !isFree(route)).map(overruled),
  };
}

/** Host and prefix in one: hosts hold no slash, and prefixes begin with one. */
function keyOf({ hostname, pathPrefix }: Address): string {
  return hostname + pathPrefix;
}

function byName(left: RegisteredService, right: RegisteredService): number {
  if (left.name === right.name) return 0;
  return left.name < right.name ? -1 : 1;
}

/** The routes that a service asks for, each once, or why they cannot be served. */
function claimsOf(service: RegisteredService, source: ConsulSource): Checked<AwsRoute>[] {
  const arn = parseFunctionArn(service.arn);
  if (arn === undefined) return [refused('the ARN of a Lambda function', service.arn)];
  const asked = addressOfMeta(service);
  const named = source.domain === '' ? undefined : addressOfName(service, source.domain);
  const same = asked?.ok && named?.ok && keyOf(asked.value) === keyOf(named.value);
  return [asked, same ? undefined : named]
    .filter((address) => address !== undefined)
    .map((address) => (address.ok ? accepted(routeTo(service, arn, address.value, source)) : address));
}

function addressOfMeta(service: RegisteredService): Checked<Address> | undefined {
  const route = askedRoute(service);
  if (!route?.ok) return route;
  const { host: hostname = '*', path: pathPrefix } = route.value;
  return accepted({ hostname, pathPrefix });
}

function addressOfName({ name }: RegisteredService, domain: string): Checked<Address> {
  const hostname = `${nameKey(name)}.${domain}`;
  if (isHostName(hostname)) return accepted({ hostname, pathPrefix: everyPath });
  const { problem } = refused('one that makes a host name with the domain', name);
  return { ok: false, problem: `the service's name ${problem}` };
}

function routeTo(
  { invocationMode, payloadPassthrough }: RegisteredService,
  arn: FunctionArn,
  { hostname, pathPrefix }: Address,
  source: ConsulSource,
): AwsRoute {
  const { region, endpoint, assumeRoleArn, externalId, streaming, concurrency, timeoutMs, queue } = source;
  const asEnvoy = payloadPassthrough ? 'raw' : 'envoy';
  const name = source.format === 'auto' ? asEnvoy : source.format;
  return {
    kind: 'consul',
    hostname,
    pathPrefix,
    stripPrefix: false,
    format: { name, multiValueHeaders: false, decodePath: false },
    invocation: invocationMode === 'asynchronous' ? 'async' : 'sync',
    timeoutMs,
    queue,
    functionName: unqualifiedArn(arn),
    qualifier: arn.qualifier,
    region,
    endpoint,
    assumeRoleArn,
    externalId,
    streaming,
    concurrency,
  };
}

function overruled({ hostname, pathPrefix, functionName }: AwsRoute): RouteWarning {
  return {
    message: 'A route of the file wins over one of Consul',
    fields: { hostname, path_prefix: pathPrefix, function: functionName },
  };
}

function unservable({ name }: RegisteredService, problem: string): RouteWarning {
  return { message: 'A route of a service cannot be served', fields: { service: name, problem } };
}

function taken({ name }: RegisteredService, { hostname, pathPrefix }: Address, holder: string): RouteWarning {
  return {
    message: 'A route of a service belongs to another service, whose name is smaller',
    fields: { service: name, hostname, path_prefix: pathPrefix, held_by: holder },
  };
}
