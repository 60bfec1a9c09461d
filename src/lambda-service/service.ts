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
