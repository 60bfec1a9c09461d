import { type ApiCall, ApiError, type ServiceName } from './api.ts';

export interface HttpRequest {
  method: string;
  url: string;
  headers: Readonly<Record<string, string | string[] | undefined>>;
  body: Buffer;
}

const serviceNames: readonly string[] = [
  'tagging',
  'lambda',
  'ssm',
  'sts',
  'servicediscovery',
] satisfies ServiceName[];

/**
 * The service that the signature is meant for; it is not checked, since any key will do here
 * (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html).
 */
export function serviceOf({ headers }: HttpRequest, region: string): ServiceName {
  const [, signedRegion, service] =
    /Credential=[^/]+\/\d{8}\/([^/]+)\/([^/]+)\/aws4_request/.exec(String(headers['authorization'])) ?? [];
  if (service === undefined) {
    throw new ApiError('MissingAuthenticationTokenException', 'Missing Authentication Token', 403);
  }
  if (!isServiceName(service)) {
    const message = `The sandbox has no service ${service}, only ${serviceNames.join(', ')}`;
    throw new ApiError('UnknownOperationException', message, 404);
  }
  if (signedRegion !== region && service !== 'sts') {
    const message = `Credential should be scoped to the sandbox's region ${region}, not ${signedRegion}`;
    throw new ApiError('InvalidSignatureException', message, 403);
  }
  return service;
}

/** The access key of the signature. */
export function keyOf({ headers }: HttpRequest): string {
  return /Credential=([^/]+)\//.exec(String(headers['authorization']))?.[1] ?? '';
}

function isServiceName(name: string): name is ServiceName {
  return serviceNames.includes(name);
}

/** Reads a request by the protocol of its service: JSON 1.1, REST, or form fields for STS. */
export function readCall(service: ServiceName, request: HttpRequest): ApiCall {
  const userAgent = String(request.headers['user-agent'] ?? '');
  switch (service) {
    case 'lambda':
      return { service, ...readRest(request), userAgent };
    case 'sts': {
      const { Action: operation = '', ...input } = Object.fromEntries(
        new URLSearchParams(request.body.toString()),
      );
      return { service, operation, input, userAgent };
    }
    case 'servicediscovery':
    case 'ssm':
    case 'tagging': {
      const operation = String(request.headers['x-amz-target']).split('.').at(-1) ?? '';
      return { service, operation, input: parse(request.body), userAgent };
    }
  }
}

const functions = '/2015-03-31/functions';
const streaming = '/2021-11-15/functions/(?<FunctionName>[^/]+)/response-streaming-invocations';
const one = `${functions}/(?<FunctionName>[^/]+)`;
const alias = `${one}/aliases/(?<Name>[^/]+)`;
const tags = '/2017-03-31/tags/(?<Resource>.+)';

/** Lambda's paths (https://docs.aws.amazon.com/lambda/latest/api/API_Operations.html). */
const routes = [
  ['POST', functions, 'CreateFunction'],
  ['GET', functions, 'ListFunctions'],
  ['GET', one, 'GetFunction'],
  ['DELETE', one, 'DeleteFunction'],
  ['GET', `${one}/configuration`, 'GetFunctionConfiguration'],
  ['PUT', `${one}/configuration`, 'UpdateFunctionConfiguration'],
  ['PUT', `${one}/code`, 'UpdateFunctionCode'],
  ['POST', `${one}/versions`, 'PublishVersion'],
  ['POST', `${one}/invocations`, 'Invoke'],
  ['POST', streaming, 'InvokeWithResponseStream'],
  ['POST', `${one}/aliases`, 'CreateAlias'],
  ['GET', `${one}/aliases`, 'ListAliases'],
  ['GET', alias, 'GetAlias'],
  ['PUT', alias, 'UpdateAlias'],
  ['DELETE', alias, 'DeleteAlias'],
  ['GET', tags, 'ListTags'],
  ['POST', tags, 'TagResource'],
  ['DELETE', tags, 'UntagResource'],
].map(([method, path, operation = '']) => ({ method, pattern: new RegExp(`^${path}/?$`), operation }));

/** One input of what stands in path, query and body. */
function readRest({ method, url, headers, body }: HttpRequest): Pick<ApiCall, 'operation' | 'input'> {
  const { pathname, searchParams } = new URL(url, 'http://sandbox');
  for (const route of routes) {
    const match = route.method === method ? route.pattern.exec(pathname) : null;
    if (match === null) continue;
    const named = Object.entries(match.groups ?? {}).map(([name, text]) => [name, decoded(text)]);
    const { tagKeys: _tagKeys, ...query } = Object.fromEntries(searchParams);
    const TagKeys = searchParams.getAll('tagKeys');
    const input = {
      ...(route.operation.startsWith('Invoke') ? invocation(headers, body) : parse(body)),
      ...query,
      ...(TagKeys.length > 0 && { TagKeys }),
      ...Object.fromEntries(named),
    };
    return { operation: route.operation, input };
  }
  throw new ApiError('UnknownOperationException', `The sandbox has no ${method} ${pathname}`, 404);
}

/** The body of an invocation is the function's own. */
function invocation(headers: HttpRequest['headers'], Payload: Buffer): object {
  return { Payload, InvocationType: headers['x-amz-invocation-type'], TraceId: headers['x-amzn-trace-id'] };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new ApiError('ValidationException', `The path holds ${text}, which is no percent-encoding`);
  }
}

function parse(body: Buffer): object {
  if (body.length === 0) return {};
  try {
    const value: unknown = JSON.parse(body.toString());
    if (typeof value === 'object' && value !== null) return value;
  } catch {
    // Answered below: the body is what is wrong, whatever the parser made of it.
  }
  throw new ApiError('SerializationException', 'The body is not a JSON object');
}
