import { type Checked, accepted } from '../../core/checked.ts';
import { isPlainObject } from '../../core/objects.ts';
import { answerOf, ownHeaders, wrong } from '../answers.ts';
import { eventBytes, travelsAsText } from '../body.ts';
import { parseJson } from '../json-text.ts';
import type { Format, HttpAnswer, HttpRequest, Invoked } from '../message.ts';
import { type Pairs, combined } from '../pairs.ts';
import { preludeIn } from '../prelude.ts';
import { rawParameters } from '../query.ts';
import { headerOf } from './requests.ts';

/**
 * The JSON of Envoy's AWS Lambda filter
 * (https://www.envoyproxy.io/docs/envoy/latest/configuration/http/http_filters/aws_lambda_filter; where it differs, as
 * https://github.com/envoyproxy/envoy/blob/main/source/extensions/filters/http/aws_lambda/aws_lambda_filter.cc has it).
 */
export const envoy: Format = {
  name: 'envoy',
  encode,
  decode,
  passesFunctionErrors: true,
  readsPreludes: true,
  failure: { status: 500, emptyBody: true },
};

/**
 * The path includes the query; of a parameter that comes several times the first value counts, still encoded. Envoy
 * keeps Host apart from headers, so that functions do not see it.
 */
function encode(request: HttpRequest): Buffer {
  const { method, path, query } = request;
  const headers = combined(request.headers, (held, value) => `${held},${value}`);
  headers.delete('host');
  const parameters = combined(rawParameters(query), (first) => first);
  const isText = travelsAsText(request.body, isTextual(request));
  const event = {
    raw_path: query === undefined ? path : `${path}?${query}`,
    method,
    headers: Object.fromEntries(headers),
    query_string_parameters: Object.fromEntries(parameters),
    is_base64_encoded: !isText,
  };
  return eventBytes(JSON.stringify(event), request.body, isText);
}

/** Text are types as they are written out, without parameters; all else is base64, and so is what came in chunks. */
function isTextual(request: HttpRequest): boolean {
  const type = headerOf(request, 'content-type') ?? '';
  return request.chunked !== true && /^(text\/.*|application\/(json|javascript|xml))$/is.test(type);
}

/** Errors of functions are answers too, as Lambda tells of them; headers of the function replace Lambda's own. */
function decode({ status, headers, functionError, payload }: Invoked): Checked<HttpAnswer> {
  const own = ownHeaders(headers);
  if (functionError !== undefined) {
    const error: Pairs = [['x-amz-function-error', functionError]];
    return accepted({ status, headers: replaced(own, error), body: payload });
  }
  const answer = preludeIn(payload) ?? answerIn(payload, status);
  return answer.ok ? accepted({ ...answer.value, headers: replaced(own, answer.value.headers) }) : answer;
}

/**
 * An answer in JSON of proto3 (https://protobuf.dev/programming-guides/json/): each member by its name or in camel case,
 * null for absent, other members ignored, and no value of another type; header values that are null are left out.
 */
function answerIn(payload: Buffer, invokeStatus: number): Checked<HttpAnswer> {
  const told = parseJson(payload);
  if (!told.ok) return told;
  if (!isPlainObject(told.value)) return wrong('be an object', told.value);
  const { headers, cookies, body } = told.value;
  const status = told.value['status_code'] ?? told.value['statusCode'] ?? 0;
  const isBase64Encoded = told.value['is_base64_encoded'] ?? told.value['isBase64Encoded'] ?? false;
  if (!isTextMap(headers)) return wrong('have an object of texts as headers', headers);
  if (!isTextList(cookies)) return wrong('have a list of texts as cookies', cookies);
  if (typeof isBase64Encoded !== 'boolean')
    return wrong('have a boolean as is_base64_encoded', isBase64Encoded);
  const statusCode = status === 0 || status === '0' ? invokeStatus : status;
  const lines = withoutPseudoHeaders(headers ?? {});
  return answerOf({ statusCode, headers: lines, cookies, body, isBase64Encoded }, 'application/json');
}

function isTextMap(value: unknown): value is Record<string, string | null> | null | undefined {
  if (value === null || value === undefined) return true;
  return isPlainObject(value) && Object.values(value).every((member) => member === null || isText(member));
}

function isTextList(value: unknown): boolean {
  return value === null || value === undefined || (Array.isArray(value) && value.every(isText));
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

/** Names such as `:status` are HTTP/2's own, and passed over. */
function withoutPseudoHeaders(headers: Record<string, string | null>): Record<string, string | null> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !name.startsWith(':')));
}

/** Lines, but for those whose names come again. */
function replaced(lines: Pairs, replacements: Readonly<Pairs>): Pairs {
  const names = new Set(replacements.map(([name]) => name));
  return [...lines.filter(([name]) => !names.has(name)), ...replacements];
}
