import { consulSettings, placeOf } from '../config/consul-file.ts';
import type { ConsulSettings } from '../config/consul-options.ts';
import { checkedText } from '../config/fields.ts';
import { type Environment, optional, type OptionValues, readOptions } from '../config/options.ts';
import { checkHttpUrl, checkRegion } from '../config/place-fields.ts';
import { readYamlFile } from '../config/yaml/file.ts';
import type { Endpoint } from '../core/network/addresses.ts';
import type { FormatChoice, FormatName } from '../http/format-choice.ts';
import type { Place } from '../lambda-service/place.ts';
import { type Entry, readEntries } from './file/entries.ts';
import { type ProxyFile, proxyFile } from './file/schema.ts';

/** Everything that a proxy is told, read and checked. */
export interface ProxyConfig {
  readonly listen: Endpoint;
  /** As `/internal`; empty for none. */
  readonly internalRoutePrefix: string;
  readonly internalRoutes: boolean;
  readonly accessLog: boolean;
  readonly workers: number | 'auto';
  /** Addresses and networks in their normal form. */
  readonly trustedProxies: readonly string[];
  readonly tls: TlsFiles | undefined;
  readonly admin: Endpoint | undefined;
  readonly limits: Limits;
  /** The last of those that are given twice. */
  readonly routes: readonly RouteSpec[];
  readonly consul: ConsulSource | undefined;
}

/** Files in PEM. */
interface TlsFiles {
  readonly cert: string;
  readonly key: string;
}

/** Times in milliseconds. */
export interface Limits {
  readonly headerBytes: number;
  readonly bodyBytes: number;
  readonly headerTimeoutMs: number;
  readonly bodyTimeoutMs: number;
  readonly idleTimeoutMs: number;
  readonly connections: number;
  readonly graceMs: number;
}

/** What all kinds of routes have. */
interface RouteBase {
  /** A host in its normal form, `*.` and a host, or `*` for every host. */
  readonly hostname: string;
  /** `/`, or segments without a slash at the end. */
  readonly pathPrefix: string;
  readonly stripPrefix: boolean;
  readonly format: FormatChoice;
  readonly invocation: 'sync' | 'async';
  readonly timeoutMs: number;
  readonly queue: QueueLimits;
}

export interface QueueLimits {
  readonly size: number;
  readonly timeoutMs: number;
}

/** A function behind emulators of the Invoke API. */
export interface LocalRoute extends RouteBase {
  readonly kind: 'local';
  /** URLs without a slash at the end, each once. */
  readonly endpoints: readonly string[];
  readonly functionName: string;
  /** Calls at once, for each endpoint. */
  readonly concurrency: number;
}

/** How functions of AWS are invoked. */
interface AwsCalls {
  /** Of functions that are named without one; an ARN's wins. */
  readonly region: string;
  /** URL without a slash at the end; the region's own without it. */
  readonly endpoint: string | undefined;
  readonly assumeRoleArn: string | undefined;
  readonly externalId: string | undefined;
  readonly streaming: boolean;
  /** Calls at once; 0 for any number. */
  readonly concurrency: number;
}

/** A function of AWS. */
export interface AwsRoute extends RouteBase, AwsCalls {
  readonly kind: 'aws' | 'consul';
  /** A name, partial ARN or ARN, without its qualifier. */
  readonly functionName: string;
  readonly qualifier: string | undefined;
}

export type RouteSpec = LocalRoute | AwsRoute;

/** Whose services become routes, and how all of them are invoked. */
export interface ConsulSource extends AwsCalls {
  readonly settings: ConsulSettings;
  readonly place: Place;
  /** In lower case; empty for none. */
  readonly domain: string;
  readonly format: FormatName | 'auto';
  readonly timeoutMs: number;
  readonly queue: QueueLimits;
}

/** Where the SDKs of AWS look, too (https://docs.aws.amazon.com/sdkref/latest/guide/settings-reference.html). */
const surroundings = {
  region: optional('AWS_REGION', checkedText(checkRegion), 'region of functions'),
  defaultRegion: optional('AWS_DEFAULT_REGION', checkedText(checkRegion), 'the same'),
  lambdaEndpoint: optional('AWS_ENDPOINT_URL_LAMBDA', checkedText(checkHttpUrl), 'where Lambda is'),
  endpoint: optional('AWS_ENDPOINT_URL', checkedText(checkHttpUrl), 'where AWS is'),
};

/**
 * Reads the proxy's file, and the files that it names for Consul. An empty text gives the defaults.
 * @param file its name, for messages
 * @throws AppError CONFIG_INVALID with every problem of the file, each `<file>:<line>: <key>: <what is expected>`, or with
 *   every problem of the environment
 */
export function readProxyConfig(
  text: string,
  file: string,
  env: Environment,
): { config: ProxyConfig; warnings: string[] } {
  const read = readYamlFile(text, file, proxyFile);
  const around = readOptions(surroundings, env);
  const keys = read.value;
  const home = { region: keys.region ?? around.region ?? around.defaultRegion ?? 'eu-central-1', around };
  const { entries, warnings } = readEntries(read);
  const config: ProxyConfig = {
    listen: { address: keys.host, port: keys.port },
    internalRoutePrefix: keys.internal_route_prefix,
    internalRoutes: keys.internal_routes,
    accessLog: keys.access_log,
    workers: keys.workers,
    trustedProxies: keys.trusted_proxies,
    tls: keys.tls,
    admin: keys.admin && { address: keys.admin.host, port: keys.admin.port },
    limits: limitsOf(keys.limits),
    routes: entries.map((entry) =>
      entry.kind === 'aws' ? awsRoute(entry.keys, home) : localRoute(entry.keys),
    ),
    consul: keys.consul && consulSource(keys.consul, home),
  };
  return { config, warnings: [...read.warnings, ...warnings] };
}

interface Home {
  readonly region: string;
  readonly around: OptionValues<typeof surroundings>;
}
type LocalKeys = Extract<Entry, { kind: 'local' }>['keys'];
type AwsKeys = Extract<Entry, { kind: 'aws' }>['keys'];
type ConsulKeys = NonNullable<ProxyFile['consul']>;

function limitsOf(keys: ProxyFile['limits']): Limits {
  return {
    headerBytes: keys.header_bytes,
    bodyBytes: keys.body_bytes,
    headerTimeoutMs: keys.header_timeout,
    bodyTimeoutMs: keys.body_timeout,
    idleTimeoutMs: keys.idle_timeout,
    connections: keys.connections,
    graceMs: keys.grace,
  };
}

function routeBase(keys: LocalKeys | AwsKeys): RouteBase {
  return {
    hostname: keys.hostname,
    pathPrefix: keys.path_prefix,
    stripPrefix: keys.strip_prefix,
    format: {
      name: keys.format,
      multiValueHeaders: keys.multi_value_headers,
      decodePath: keys.decode_path,
    },
    invocation: keys.invocation,
    ...waiting(keys),
  };
}

function waiting({ timeout, queue }: Pick<AwsKeys, 'timeout' | 'queue'>) {
  return { timeoutMs: timeout, queue: { size: queue.size, timeoutMs: queue.timeout } };
}

function localRoute(keys: LocalKeys): LocalRoute {
  const { endpoint, endpoints } = keys;
  return {
    ...routeBase(keys),
    kind: 'local',
    endpoints: endpoint === undefined ? [...new Set(endpoints)] : [endpoint],
    functionName: keys.function_name,
    concurrency: keys.concurrency,
  };
}

function awsRoute(keys: AwsKeys, home: Home): AwsRoute {
  const { functionName, qualifier } = keys.function_name;
  return {
    ...routeBase(keys),
    ...awsCalls(keys, home),
    kind: 'aws',
    functionName,
    qualifier: keys.qualifier ?? qualifier,
  };
}

function awsCalls(keys: AwsKeys | ConsulKeys, { region, around }: Home): AwsCalls {
  return {
    region: keys.region ?? region,
    endpoint: keys.endpoint ?? around.lambdaEndpoint ?? around.endpoint,
    assumeRoleArn: keys.assume_role_arn,
    externalId: keys.external_id,
    streaming: keys.streaming,
    concurrency: keys.concurrency,
  };
}

function consulSource(keys: ConsulKeys, home: Home): ConsulSource {
  return {
    ...awsCalls(keys, home),
    ...waiting(keys),
    settings: consulSettings(keys),
    place: placeOf(keys),
    domain: keys.domain,
    format: keys.format,
  };
}
