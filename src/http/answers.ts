import { type Checked, accepted } from '../core/checked.ts';
import { isPlainObject } from '../core/objects.ts';
import { quoted } from '../core/wording.ts';
import { decodeBase64 } from './body.ts';
import { byteString, endToEnd, isHeaderName, isHeaderValue } from './headers.ts';
import type { HttpAnswer } from './message.ts';
import type { Pairs } from './pairs.ts';

/** What comes before the body of an answer. */
export type AnswerHead = Pick<HttpAnswer, 'status' | 'headers'>;

/** The head of an answer as a function's JSON tells it; nothing of it is checked yet. */
export interface ToldHead {
  readonly statusCode: unknown;
  readonly headers: unknown;
  readonly multiValueHeaders?: unknown;
  /** Each becomes a `set-cookie`; what is no list is ignored. */
  readonly cookies?: unknown;
}

/** An answer as a function's JSON tells it. */
export interface ToldAnswer extends ToldHead {
  readonly body: unknown;
  readonly isBase64Encoded: unknown;
}

type ToldLines = [name: string, value: unknown][];

/**
 * The answer that a function tells of, or why it is none.
 * @param defaultType the content type of an answer without one
 */
export function answerOf(told: ToldAnswer, defaultType: string): Checked<HttpAnswer> {
  const head = headOf(told, defaultType);
  if (!head.ok) return head;
  const body = bodyOf(told.body, told.isBase64Encoded === true);
  if (!body.ok) return body;
  return accepted({ status: head.value.status, headers: head.value.headers, body: body.value });
}

/**
 * The status and the headers that a function tells of. Names are in lower case; headers of one connection and the
 * length are left out, since they are the server's to set; a pair that is among `headers` and `multiValueHeaders` comes
 * once (https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html).
 */
export function headOf(told: ToldHead, defaultType: string): Checked<AnswerHead> {
  const { headers, multiValueHeaders, cookies } = told;
  const status = statusOf(told.statusCode);
  if (!status.ok) return status;
  if (!isMap(headers)) return wrong('have an object as headers', headers);
  if (!isMap(multiValueHeaders)) return wrong('have an object as multiValueHeaders', multiValueHeaders);
  const single = linesOf(Object.entries(headers ?? {}));
  if (!single.ok) return single;
  const several = linesOf([...severalOf(multiValueHeaders ?? {}), ...cookieLines(cookies)]);
  if (!several.ok) return several;
  const lines = ownHeaders(united(single.value, several.value));
  if (!lines.some(([name]) => name === 'content-type')) lines.push(['content-type', defaultType]);
  return accepted({ status: status.value, headers: lines });
}

/** The headers of an answer that are its own: neither those of one connection nor the length, which the server sets. */
export function ownHeaders(pairs: Readonly<Pairs>): Pairs {
  return endToEnd(pairs).filter(([name]) => name !== 'content-length');
}

/** Final statuses, as numbers or as text, which AWS takes too; 1xx are none (RFC 9110 section 15.2). */
function statusOf(value: unknown): Checked<number> {
  const status = typeof value === 'string' && /^\d{3}$/.test(value) ? Number(value) : value;
  return typeof status === 'number' && Number.isInteger(status) && status >= 200 && status <= 599
    ? accepted(status)
    : wrong('have a whole number from 200 to 599 as statusCode', value);
}

/** A body is text; API Gateway refuses other values (https://github.com/aws/aws-lambda-go/pull/373). */
function bodyOf(body: unknown, isBase64Encoded: boolean): Checked<Buffer> {
  if (body === null || body === undefined) return accepted(Buffer.alloc(0));
  if (typeof body !== 'string') return wrong('have text as body', body);
  if (!isBase64Encoded) return accepted(Buffer.from(body));
  const bytes = decodeBase64(body);
  return bytes
    ? accepted(bytes)
    : { ok: false, problem: 'must have base64 as body, as isBase64Encoded says' };
}

/** What an answer must be or have, and is not; lists and objects are not shown, since they may be of any size and depth. */
export function wrong(rule: string, value: unknown): { readonly ok: false; readonly problem: string } {
  const shown = Array.isArray(value) ? 'a list' : isPlainObject(value) ? 'an object' : quoted(value, 40);
  return { ok: false, problem: `must ${rule}, not ${shown}` };
}

/** A map of headers; they may be absent. */
function isMap(value: unknown): value is Record<string, unknown> | null | undefined {
  return value === null || value === undefined || isPlainObject(value);
}

function severalOf(lists: Record<string, unknown>): ToldLines {
  return Object.entries(lists).flatMap(([name, values]) =>
    [values].flat().map((value): ToldLines[number] => [name, value]),
  );
}

function cookieLines(cookies: unknown): ToldLines {
  return Array.isArray(cookies) ? cookies.map((cookie: unknown) => ['set-cookie', cookie]) : [];
}

/**
 * Header lines as HTTP has them. Values that are null are left out; no line is ever made of a value that would end it or
 * of a name that is none.
 */
function linesOf(told: ToldLines): Checked<Pairs> {
  const lines: Pairs = [];
  for (const [name, value] of told) {
    if (value === null) continue;
    const text = typeof value === 'number' || typeof value === 'boolean' ? String(value) : value;
    if (typeof text !== 'string') return wrong(`have text as the header ${quoted(name, 40)}`, value);
    if (!isHeaderName(name) || !isHeaderValue(text)) {
      return {
        ok: false,
        problem: `must not have the header ${quoted(name, 40)}, which HTTP does not allow`,
      };
    }
    lines.push([name.toLowerCase(), byteString(text)]);
  }
  return accepted(lines);
}

/** A pair that is in both comes once, among the several. */
function united(single: Pairs, several: Pairs): Pairs {
  if (several.length === 0) return single;
  const isAmong = ([name, value]: Pairs[number]): boolean =>
    several.some((other) => other[0] === name && other[1] === value);
  return [...single.filter((line) => !isAmong(line)), ...several];
}
