/** How Consul's Lambda extension calls the function; lower case, since Consul compares with `asynchronous`. */
export type InvocationMode = 'synchronous' | 'asynchronous';

/** One Consul service that stands for a Lambda function or for one of its aliases. */
export interface LambdaService {
  /** Service name and ID in Consul, prefix included. */
  name: string;
  /** What is invoked: the function's ARN, with the alias when there is one. */
  arn: string;
  payloadPassthrough: boolean;
  invocationMode: InvocationMode;
  /** Service tags that the function's owner asked for. */
  tags: string[];
  routeHost?: string;
  routePath?: string;
  /** The terminating gateway that is to list it. */
  gateway?: string;
}

/** The service tag by which the Go registrator and ours recognise what a registrator manages. */
export const managedTag = 'managed-by-lambda-registrator';

/** Keys of Service.Meta (and of service-defaults Meta for the owner). */
export const metaKeys = {
  arn: 'lambda-arn',
  payloadPassthrough: 'lambda-payload-passthrough',
  invocationMode: 'lambda-invocation-mode',
  routeHost: 'lambda-route-host',
  routePath: 'lambda-route-path',
  owner: 'registrator-owner',
  schema: 'registrator-schema',
  /** The datacenter of the registrator that keeps a service outside its own. */
  home: 'registrator-home',
  /** The terminating gateway that lists the service because a registrator made it do so. */
  gateway: 'lambda-terminating-gateway',
} as const;

/** Keys of Service.Meta that tell of a function's extension data; times in seconds since 1970. */
export const leafMetaKeys = {
  /** When half of the leaf's life is over. */
  renew: 'lambda-leaf-renew',
  expires: 'lambda-leaf-expires',
  /** A hash of the roots that were written with it. */
  roots: 'lambda-leaf-roots',
  /** Path of the parameter that holds it. */
  parameter: 'lambda-leaf-parameter',
} as const;

/** Keys of our nodes' Meta that remember where services of ours may be, as comma lists. */
export const nodeMetaKeys = {
  /** On home's node. */
  datacenters: 'registrator-datacenters',
  /** On the node of a partition. */
  namespaces: 'registrator-namespaces',
} as const;

/** Version of the Meta keys and of what they mean. */
export const schemaVersion = '1';

/** The Service.Meta that describes a Lambda service of `owner`: strings that Consul takes, without keys for routes it has not. */
export function serviceMeta(service: LambdaService, owner: string): Record<string, string> {
  return {
    [metaKeys.arn]: service.arn,
    [metaKeys.payloadPassthrough]: String(service.payloadPassthrough),
    [metaKeys.invocationMode]: service.invocationMode,
    ...(service.routeHost === undefined ? {} : { [metaKeys.routeHost]: service.routeHost }),
    ...(service.routePath === undefined ? {} : { [metaKeys.routePath]: service.routePath }),
    [metaKeys.owner]: owner,
    [metaKeys.schema]: schemaVersion,
  };
}

/** Service tags in the catalog: ours first, then the owner's, each once. */
export function serviceTags(service: LambdaService): string[] {
  return [...new Set([managedTag, ...service.tags])];
}
