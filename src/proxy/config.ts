import type { Endpoint } from '../core/network/addresses.ts';

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
export interface TlsFiles {
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
export interface RouteBase {
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

export interface FormatChoice {
  readonly name: FormatName;
  /** `alb` alone. */
  readonly multiValueHeaders: boolean;
  /** `apigw-v2` alone. */
  readonly decodePath: boolean;
}

export const formatNames = ['apigw-v2', 'function-url', 'apigw-v1', 'alb', 'envoy', 'raw'] as const;
export type FormatName = (typeof formatNames)[number];

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
export interface AwsCalls {
  readonly region: string;
  /** URL without a slash at the end; the region's own without it. */
  readonly endpoint: string | undefined;
  readonly assumeRoleArn: string | undefined;
  readonly externalId: string | undefined;
  readonly streaming: boolean;
  /** Calls at once; 0 for any number. */
  readonly concurrency: number;
}

/** A function of AWS; an ARN's region wins. */
export interface AwsRoute extends RouteBase, AwsCalls {
  readonly kind: 'aws' | 'consul';
  /** A name, partial ARN or ARN, without its qualifier. */
  readonly functionName: string;
  readonly qualifier: string | undefined;
}

export type RouteSpec = LocalRoute | AwsRoute;

/** Whose services become routes, and how all of them are invoked. */
export interface ConsulSource extends AwsCalls {
  readonly address: string;
  readonly domain: string;
  readonly format: FormatName | 'auto';
  readonly timeoutMs: number;
  readonly queue: QueueLimits;
}
