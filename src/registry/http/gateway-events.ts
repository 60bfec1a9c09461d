import type { HttpAnswer, HttpRequest } from './messages.ts';

/** The members of API Gateway's and Function URLs' events that are read; whatever is absent may also be null. */
interface HttpEvent {
  readonly version?: string | null;
  readonly httpMethod?: string | null;
  readonly path?: string | null;
  readonly rawPath?: string | null;
  readonly rawQueryString?: string | null;
  readonly queryStringParameters?: Readonly<Record<string, string | undefined>> | null;
  readonly headers?: Readonly<Record<string, string | undefined>> | null;
  readonly body?: string | null;
  readonly isBase64Encoded?: boolean | null;
  readonly requestContext?: {
    readonly stage?: string | null;
    readonly http?: { readonly method: string } | null;
  } | null;
}

/** What a Lambda function answers to such an event. */
export interface HttpEventAnswer {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly isBase64Encoded: boolean;
}

/**
 * The request inside an event of a REST API, an HTTP API (payload 1.0 or 2.0) or a Function URL; undefined for an event
 * without HTTP around it. Formats:
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
 */
export function requestIn(event: unknown): HttpRequest | undefined {
  if (!isHttpEvent(event)) return undefined;
  const { requestContext, headers, body, rawQueryString, queryStringParameters } = event;
  const text = body ?? '';
  return {
    method: event.httpMethod ?? requestContext?.http?.method ?? '',
    path: pathOf(event),
    query: new URLSearchParams(rawQueryString ?? definedOnly(queryStringParameters)),
    headers: new Map(
      Object.entries(definedOnly(headers)).map(([name, value]) => [name.toLowerCase(), value]),
    ),
    body: event.isBase64Encoded === true ? Buffer.from(text, 'base64').toString() : text,
    mayCompress: !isRest(event),
  };
}

/** Lambda refuses larger answers (https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html: 6 MB). */
const largestEvent = 5_900_000;

/** Whether Lambda takes an answer, as the JSON that it becomes. */
export function fitsLambda(answer: HttpAnswer): boolean {
  return Buffer.byteLength(JSON.stringify(answerEvent(answer))) <= largestEvent;
}

export function answerEvent({ status, headers, body }: HttpAnswer): HttpEventAnswer {
  const isText = typeof body === 'string';
  return {
    statusCode: status,
    headers,
    body: isText ? body : body.toString('base64'),
    isBase64Encoded: !isText,
  };
}

function isHttpEvent(event: unknown): event is HttpEvent {
  if (typeof event !== 'object' || event === null) return false;
  const { requestContext, httpMethod } = event as HttpEvent;
  return typeof httpMethod === 'string' || typeof requestContext?.http?.method === 'string';
}

/** A REST API compresses by itself, and its path has no stage; HTTP APIs name their payload version. */
function isRest({ version, httpMethod }: HttpEvent): boolean {
  return typeof httpMethod === 'string' && typeof version !== 'string';
}

function pathOf(event: HttpEvent): string {
  const path = event.rawPath ?? event.path ?? '/';
  const stage = event.requestContext?.stage ?? '$default';
  const staged = !isRest(event) && (path === `/${stage}` || path.startsWith(`/${stage}/`));
  return plainPath(staged ? path.slice(stage.length + 1) : path);
}

/** The path without a slash at its end. */
export function plainPath(path: string): string {
  return path.replace(/(?<=.)\/$/, '') || '/';
}

function definedOnly(
  values: Readonly<Record<string, string | undefined>> | null | undefined,
): Record<string, string> {
  const entries = Object.entries(values ?? {});
  return Object.fromEntries(
    entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}
