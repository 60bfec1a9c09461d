import { type Checked, accepted } from '../../core/checked.ts';
import { isPlainObject } from '../../core/objects.ts';
import { answerOf } from '../answers.ts';
import { eventBytes } from '../body.ts';
import { commonLogTime } from '../common-log-time.ts';
import { compactJson, jsonString, parseJson } from '../json-text.ts';
import type { Format, HttpAnswer, HttpRequest, Invoked } from '../message.ts';
import { combined, jsonOfTexts } from '../pairs.ts';
import { preludeIn } from '../prelude.ts';
import { decodedParameters } from '../query.ts';
import { apiId, defaultStage, domainOf, headerOf, hasText } from './requests.ts';

/** In what the front ends that speak payload 2.0 differ. */
interface Dialect {
  readonly accountId: string;
  /** Whether the `cookie` header stays beside `cookies`. */
  readonly keepsCookieHeader: boolean;
  pathOf(request: HttpRequest): string;
  readonly failureStatus: Format['failure']['status'];
}

/** A format of payload 2.0. */
export function payloadV2(name: string, dialect: Dialect): Format {
  return {
    name,
    encode: (request) => encode(request, dialect),
    decode,
    passesFunctionErrors: false,
    readsPreludes: true,
    failure: { status: dialect.failureStatus, emptyBody: false },
  };
}

/**
 * A request as payload 2.0 has it: names of headers in lower case, duplicates joined by commas, parameters decoded;
 * `cookies`, `queryStringParameters` and `body` are absent when empty
 * (https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html,
 * https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html). The text is put together here, since most of it is
 * the same each time: that takes half the time of writing an object.
 */
function encode(request: HttpRequest, dialect: Dialect): Buffer {
  const { query = '' } = request;
  const path = jsonString(dialect.pathOf(request));
  const headers = combined(request.headers, joinLines);
  const cookies = cookiesIn(headers.get('cookie'));
  if (!dialect.keepsCookieHeader) headers.delete('cookie');
  const parameters = jsonOfTexts(combined(decodedParameters(query), joinValues));
  const isText = hasText(request);
  const event =
    `{"version":"2.0","routeKey":"${defaultStage}","rawPath":${path},"rawQueryString":${jsonString(query)}` +
    (cookies.length > 0 ? `,"cookies":${JSON.stringify(cookies)}` : '') +
    `,"headers":${jsonOfTexts(headers)}` +
    (parameters === '{}' ? '' : `,"queryStringParameters":${parameters}`) +
    `,"requestContext":${contextOf(request, dialect, path)}` +
    `,"isBase64Encoded":${!isText}}`;
  return request.body.length > 0 ? eventBytes(event, request.body, isText) : Buffer.from(event);
}

function contextOf(request: HttpRequest, { accountId }: Dialect, path: string): string {
  const { method, protocol, sourceIp, requestId, time } = request;
  const { domainName, domainPrefix } = domainOf(request);
  return (
    `{"accountId":"${accountId}","apiId":"${apiId}"` +
    `,"domainName":${jsonString(domainName)},"domainPrefix":${jsonString(domainPrefix)}` +
    `,"http":{"method":${jsonString(method)},"path":${path},"protocol":${jsonString(protocol)}` +
    `,"sourceIp":${jsonString(sourceIp)},"userAgent":${jsonString(headerOf(request, 'user-agent') ?? '')}}` +
    `,"requestId":${jsonString(requestId)},"routeKey":"${defaultStage}","stage":"${defaultStage}"` +
    `,"time":"${commonLogTime(time)}","timeEpoch":${time}}`
  );
}

/** Cookies are `name=value` texts as the client wrote them, invalid ones too. */
function cookiesIn(header: string | undefined): string[] {
  if (header === undefined) return [];
  return header
    .split(';')
    .map((cookie) => cookie.trim())
    .filter((cookie) => cookie !== '');
}

/** Several lines of cookies are one list with semicolons (RFC 9113 section 8.2.3), all other lists have commas. */
function joinLines(held: string, value: string, name: string): string {
  return name === 'cookie' ? `${held}; ${value}` : joinValues(held, value);
}

function joinValues(held: string, value: string): string {
  return `${held},${value}`;
}

/**
 * An answer of payload 2.0. What has no status is the body of a 200 itself: text without its quotes, all else as compact
 * JSON. Header values that are lists are refused, as HTTP APIs do.
 */
function decode({ payload }: Invoked): Checked<HttpAnswer> {
  const streamed = preludeIn(payload);
  if (streamed) return streamed;
  const told = parseJson(payload);
  if (!told.ok) return told;
  if (!isPlainObject(told.value) || !Object.hasOwn(told.value, 'statusCode')) {
    const body = typeof told.value === 'string' ? Buffer.from(told.value) : compactJson(payload);
    return accepted({ status: 200, headers: [['content-type', 'application/json']], body });
  }
  const { statusCode, headers, cookies, body, isBase64Encoded } = told.value;
  return answerOf({ statusCode, headers, cookies, body, isBase64Encoded }, 'application/json');
}
