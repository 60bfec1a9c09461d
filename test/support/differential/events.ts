import { type Pairs, pairsIn } from '../../../src/http/pairs.ts';
import type { EventFormat } from './adapters.ts';
import type { PlainAnswer } from '../http/connection.ts';
import type { RawRequest } from '../http/raw-http.ts';

/**
 * What AWS would hand to a function for a request, written here from AWS's pages and not with the codecs of the proxy:
 * what an adapter makes of it when it is called directly is the adapter's own doing. Formats:
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html and
 * https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html
 */
export function awsEvent(request: RawRequest, format: EventFormat): object {
  const [path = '', ...rest] = request.target.split('?');
  const parts = { request, path, query: rest.join('?'), headers: headersOf(request), ...bodyOf(request) };
  if (format === 'apigw-v2') return httpApiEvent(parts);
  return format === 'apigw-v1' ? restEvent(parts) : balancerEvent(parts);
}

interface Parts {
  readonly request: RawRequest;
  readonly path: string;
  readonly query: string;
  readonly headers: Pairs;
  readonly body: string;
  readonly isBase64Encoded: boolean;
}

/** Of a client on this machine. */
const sourceIp = '127.0.0.1';

function headersOf({ headers, body, isChunked }: RawRequest): Pairs {
  const kept = headers.filter(([name]) => name !== 'Transfer-Encoding');
  const length: Pairs = isChunked ? [['content-length', String(body.length)]] : [];
  const forwarded: Pairs = [
    ['x-forwarded-for', sourceIp],
    ['x-forwarded-proto', 'http'],
    ['x-forwarded-port', '80'],
  ];
  return [...kept, ...length, ...forwarded].map(([name, value]) => [name.toLowerCase(), value.trim()]);
}

/** Everything that is not surely text in base64; an adapter sees the same bytes either way. */
function bodyOf({ headers, body }: RawRequest): { body: string; isBase64Encoded: boolean } {
  const [, type = ''] = headers.find(([name]) => name === 'Content-Type') ?? [];
  const isText = type === 'application/json' && !headers.some(([name]) => name === 'Content-Encoding');
  return { body: body.toString(isText ? 'utf8' : 'base64'), isBase64Encoded: !isText && body.length > 0 };
}

function httpApiEvent({ request, path, query, headers, body, isBase64Encoded }: Parts): object {
  const cookies = headers.filter(([name]) => name === 'cookie').flatMap(([, value]) => value.split(/; */));
  const parameters = joined(decodedQuery(query));
  const others = headers.filter(([name]) => name !== 'cookie');
  const http = { method: request.method, path, protocol: 'HTTP/1.1', sourceIp, userAgent: '' };
  const domainName = valueOf(headers, 'host').replace(/:\d+$/, '').toLowerCase();
  return {
    version: '2.0',
    routeKey: '$default',
    rawPath: path,
    rawQueryString: query,
    ...(cookies.length > 0 ? { cookies } : {}),
    headers: joined(others),
    ...(Object.keys(parameters).length > 0 ? { queryStringParameters: parameters } : {}),
    requestContext: { http, domainName, requestId: 'id', routeKey: '$default', stage: '$default' },
    ...(body === '' ? {} : { body }),
    isBase64Encoded,
  };
}

function restEvent({ request, path, query, headers, body, isBase64Encoded }: Parts): object {
  const parameters = decodedQuery(query);
  const hasQuery = parameters.length > 0;
  return {
    version: '1.0',
    resource: '/{proxy+}',
    path,
    httpMethod: request.method,
    headers: Object.fromEntries(headers),
    multiValueHeaders: valuesByName(headers),
    queryStringParameters: hasQuery ? Object.fromEntries(parameters) : null,
    multiValueQueryStringParameters: hasQuery ? valuesByName(parameters) : null,
    requestContext: { identity: { sourceIp }, requestId: 'id', stage: '$default', path },
    body: body === '' ? null : body,
    isBase64Encoded,
  };
}

function balancerEvent({ request, path, query, headers, body, isBase64Encoded }: Parts): object {
  return {
    requestContext: { elb: { targetGroupArn: 'arn:aws:elasticloadbalancing:eu-west-1:1:targetgroup/a/b' } },
    httpMethod: request.method,
    path,
    queryStringParameters: Object.fromEntries(rawQuery(query)),
    headers: Object.fromEntries(headers),
    body,
    isBase64Encoded,
  };
}

function rawQuery(query: string): Pairs {
  const parts = query.split('&').filter((part) => part !== '');
  return parts.map((part) => {
    const [name = '', ...value] = part.split('=');
    return [name, value.join('=')];
  });
}

/** What cannot be decoded stays as it is. */
function decodedQuery(query: string): Pairs {
  return rawQuery(query).map(([name, value]) => [decoded(name), decoded(value)]);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return text;
  }
}

function joined(pairs: Pairs): Record<string, string> {
  return Object.fromEntries(
    Object.entries(valuesByName(pairs)).map(([name, values]) => [name, values.join(',')]),
  );
}

function valuesByName(pairs: Pairs): Record<string, string[]> {
  const names = [...new Set(pairs.map(([name]) => name))];
  return Object.fromEntries(
    names.map((name) => [name, pairs.filter(([key]) => key === name).map(([, value]) => value)]),
  );
}

function valueOf(headers: Pairs, name: string): string {
  return headers.find(([key]) => key === name)?.[1] ?? '';
}

/** What an adapter's handler returns. */
interface HandlerAnswer {
  /** Absent from errors of functions. */
  readonly statusCode?: number;
  readonly headers?: Record<string, unknown>;
  readonly multiValueHeaders?: Record<string, unknown>;
  readonly cookies?: readonly string[];
  readonly body?: string;
  readonly isBase64Encoded?: boolean;
}

/** The same answer as it would travel, by the rules of its format. */
export function answerOfHandler(payload: Buffer, { method }: RawRequest, format: EventFormat): PlainAnswer {
  const answer = JSON.parse(payload.toString()) as HandlerAnswer;
  const { statusCode: status, cookies = [], body = '', isBase64Encoded = false } = answer;
  if (status === undefined) return { status: 502, headers: [], body: Buffer.alloc(0) };
  const single = pairsIn(answer.headers);
  const several = format === 'apigw-v2' ? [] : pairsIn(answer.multiValueHeaders);
  const isRepeated = (pair: Pairs[number]): boolean =>
    several.some(([name, value]) => name === pair[0] && value === pair[1]);
  const pairs = [...single.filter((pair) => !isRepeated(pair)), ...several];
  const isTyped = pairs.some(([name]) => name.toLowerCase() === 'content-type');
  const defaultType = format === 'alb' ? 'application/octet-stream' : 'application/json';
  const type: Pairs = isTyped ? [] : [['content-type', defaultType]];
  const setCookies = cookies.map((cookie): Pairs[number] => ['set-cookie', cookie]);
  const isBodiless = method === 'HEAD' || status === 204 || status === 304;
  return {
    status,
    headers: [...pairs, ...type, ...setCookies].map(([name, value]) => [name.toLowerCase(), value]),
    body: isBodiless ? Buffer.alloc(0) : Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8'),
  };
}
