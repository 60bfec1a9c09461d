import { STATUS_CODES } from 'node:http';
import * as z from 'zod';
import { bodyFromEvent, bodyToEvent } from '../../http/body.ts';
import { byteString } from '../../http/headers.ts';
import { type Pairs, pairsIn, valueLists } from '../../http/pairs.ts';
import type { Answer } from './answers.ts';
import { resourcePath } from './paths.ts';

/** Whatever is absent may be null too, and what has another type counts as absent. */
const text = z.string().nullish().catch(undefined);
const map = z.record(z.string(), z.unknown()).nullish().catch(undefined);

/** The members of HTTP events that are read. */
const httpEvent = z.object({
  version: text,
  httpMethod: text,
  path: text,
  rawPath: text,
  rawQueryString: text,
  queryStringParameters: map,
  multiValueQueryStringParameters: map,
  headers: map,
  multiValueHeaders: map,
  body: text,
  isBase64Encoded: z.boolean().nullish().catch(undefined),
  requestContext: z
    .object({
      stage: text,
      domainName: text,
      elb: map,
      http: z.object({ method: text }).nullish().catch(undefined),
    })
    .nullish()
    .catch(undefined),
});
type HttpEvent = z.infer<typeof httpEvent>;

/** A request that came as an event of a Lambda function. */
export interface EventCall {
  request: Request;
  /** The path of the resource, as its bytes came: the URL of a `Request` would be a cleaned one. */
  path: string;
  /** How the front end reads the answer. */
  answerForm: 'headers' | 'elb' | 'elb-multi-value';
}

/** What a Lambda function answers to such an event. */
export interface EventAnswer {
  statusCode: number;
  statusDescription?: string;
  headers?: Record<string, string>;
  multiValueHeaders?: Record<string, string[]>;
  body: string;
  isBase64Encoded: boolean;
}

/**
 * The request inside an event of a REST API, an HTTP API (payload 1.0 or 2.0), a Function URL or an Application Load
 * Balancer; undefined for an event without HTTP around it. Formats:
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html and
 * https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html
 * @param basePath what a custom domain maps to the registry; empty for none
 * @throws TypeError for a method or a header that HTTP does not have, which no front end sends
 */
export function callIn(event: unknown, basePath: string): EventCall | undefined {
  const { data } = httpEvent.safeParse(event);
  const method = data?.httpMethod ?? data?.requestContext?.http?.method;
  if (!data || typeof method !== 'string') return undefined;
  const headers = headersOf(data);
  const body = bodyFromEvent(data.body, data.isBase64Encoded === true);
  return {
    request: new Request(`http://registry/?${queryOf(data).toString()}`, {
      method,
      headers,
      ...(['GET', 'HEAD'].includes(method) ? {} : { body }),
    }),
    path: pathOf(data, headers.get('host'), basePath),
    answerForm: answerFormFor(data),
  };
}

/** The answer to an event as its front end reads it. */
export async function answerEvent(
  response: Response,
  answerForm: EventCall['answerForm'],
): Promise<EventAnswer> {
  const { status, headers } = response;
  const content = { type: headers.get('content-type'), encoding: headers.get('content-encoding') };
  const lines =
    answerForm === 'elb-multi-value'
      ? { multiValueHeaders: valueLists(headers) }
      : { headers: Object.fromEntries(headers) };
  return {
    statusCode: status,
    ...(answerForm === 'headers' ? {} : { statusDescription: `${status} ${STATUS_CODES[status] ?? ''}` }),
    ...lines,
    ...bodyToEvent(Buffer.from(await response.arrayBuffer()), content),
  };
}

/** Lambda refuses larger answers (https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html: 6 MB). */
const largestEvent = 5_900_000;

/** Whether Lambda takes an answer, as the JSON that it becomes: text is escaped, other bytes grow by a third. */
export function fitsLambda({ headers, body }: Answer): boolean {
  const around = Buffer.byteLength(JSON.stringify({ headers }));
  const inside =
    typeof body === 'string' ? Buffer.byteLength(JSON.stringify(body)) : Math.ceil(body.length / 3) * 4;
  return around + inside <= largestEvent;
}

/** HTTP APIs name their payload version, Function URLs too; REST APIs and load balancers do not. */
function hasVersion({ version }: HttpEvent): boolean {
  return typeof version === 'string';
}

function answerFormFor({ requestContext, headers }: HttpEvent): EventCall['answerForm'] {
  if (!requestContext?.elb) return 'headers';
  return headers ? 'elb' : 'elb-multi-value';
}

/** The single values are the last of each name, so that the lists are read where they come. */
function eitherOf(multiple: HttpEvent['headers'], single: HttpEvent['headers']): Pairs {
  const pairs = pairsIn(multiple);
  return pairs.length > 0 ? pairs : pairsIn(single);
}

/** REST APIs compress by themselves and load balancers not at all, so that the wish for it ends there. */
function headersOf(event: HttpEvent): Headers {
  const headers = new Headers();
  for (const [name, value] of eitherOf(event.multiValueHeaders, event.headers)) {
    headers.append(name, byteString(value));
  }
  if (!hasVersion(event)) headers.delete('accept-encoding');
  return headers;
}

/** Load balancers leave the parameters encoded, API Gateway decodes them. */
function queryOf(event: HttpEvent): URLSearchParams {
  if (typeof event.rawQueryString === 'string') return new URLSearchParams(event.rawQueryString);
  const pairs = eitherOf(event.multiValueQueryStringParameters, event.queryStringParameters);
  if (event.requestContext?.elb) return new URLSearchParams(pairs.map((pair) => pair.join('=')).join('&'));
  return new URLSearchParams(pairs);
}

/**
 * An API's own address puts the stage in front of the path, except that REST APIs take it off; any other name has the
 * path of its mapping in front, which may look like the stage
 * (https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-custom-domain-names.html).
 */
function pathOf(event: HttpEvent, hostHeader: string | null, basePath: string): string {
  const path = event.rawPath ?? event.path ?? '/';
  const { domainName, stage } = event.requestContext ?? {};
  const host = domainName ?? hostHeader ?? '.execute-api.';
  if (!/(^|\.)execute-api\./i.test(host)) return resourcePath(path, basePath);
  return resourcePath(path, hasVersion(event) ? `/${stage ?? '$default'}` : '');
}
