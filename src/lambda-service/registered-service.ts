import { type Checked, accepted, refused } from '../core/checked.ts';
import { ownMember } from '../core/objects.ts';
import { parseFunctionArn } from './arn.ts';
import { type InvocationMode, type LambdaService, managedTag, metaKeys, schemaVersion } from './service.ts';

/** A Lambda service as it stands in the catalog. */
export interface RegisteredService extends LambdaService {
  /** Who registered it, where that is written. */
  owner?: string;
}

/** What the catalog says of a service; Consul sends null for no tags and no Meta. */
interface CatalogEntry {
  name: string;
  tags: readonly string[] | null;
  meta: Readonly<Record<string, string>> | null;
}

/**
 * Reads a service of the catalog: the inverse of `serviceMeta` and `serviceTags`. Whether a route's host and path can be
 * served is for those to judge who serve them (`core/route.ts`). The invocation mode may be in any case, as those who
 * write Meta by hand have it from Lambda's and Envoy's words.
 * @returns undefined for what no registrator made: without its tag, or without the ARN of a function; else the service,
 *   or what is wrong with its Meta
 */
export function readRegisteredService({
  name,
  tags,
  meta,
}: CatalogEntry): Checked<RegisteredService> | undefined {
  const value = (key: keyof typeof metaKeys): string | undefined => ownMember(meta ?? {}, metaKeys[key]);
  const arn = value('arn');
  if (arn === undefined || !tags?.includes(managedTag)) return undefined;
  const [schema = schemaVersion, passthrough = 'false'] = [value('schema'), value('payloadPassthrough')];
  const mode = value('invocationMode') ?? 'synchronous';
  const invocationMode = mode.toLowerCase();
  if (schema !== schemaVersion) return wrong('schema', `${schemaVersion}, the version known here`, schema);
  if (parseFunctionArn(arn) === undefined) return wrong('arn', 'the ARN of a Lambda function', arn);
  if (passthrough !== 'true' && passthrough !== 'false') {
    return wrong('payloadPassthrough', 'true or false', passthrough);
  }
  if (!isInvocationMode(invocationMode)) {
    return wrong('invocationMode', 'synchronous or asynchronous', mode);
  }
  const [owner, routeHost, routePath] = [value('owner'), value('routeHost'), value('routePath')];
  return accepted({
    name,
    arn,
    payloadPassthrough: passthrough === 'true',
    invocationMode,
    tags: tags.filter((tag) => tag !== managedTag),
    ...(owner === undefined ? {} : { owner }),
    ...(routeHost === undefined ? {} : { routeHost }),
    ...(routePath === undefined ? {} : { routePath }),
  });
}

function isInvocationMode(text: string): text is InvocationMode {
  return text === 'synchronous' || text === 'asynchronous';
}

/** Says which key of Meta it is: `lambda-arn must be …`. */
function wrong(key: keyof typeof metaKeys, rule: string, value: string): Checked<never> {
  const { problem } = refused(rule, value);
  return { ok: false, problem: `${metaKeys[key]} ${problem}` };
}
