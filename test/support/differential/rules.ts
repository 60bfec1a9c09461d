import { isAscii } from 'node:buffer';
import { type Pairs, valueLists } from '../../../src/http/pairs.ts';
import type { EventFormat } from './adapters.ts';
import type { RawRequest } from '../http/raw-http.ts';
import type { Observation, SeenEcho } from './observation.ts';

/**
 * A difference between an application as a server and as a function that is not the proxy's: by `apply` both look alike.
 * The test holds each against a handler that is called directly, and finds it wanting there.
 */
export interface Rule {
  readonly what: string;
  /** All, unless they are named. */
  readonly adapters?: readonly string[];
  readonly formats?: readonly EventFormat[];
  apply(seen: Observation, request: RawRequest): Observation;
}

const express = ['serverless-http', '@vendia/serverless-express', '@codegenie/serverless-express'];
const serverlessExpress = ['@vendia/serverless-express', '@codegenie/serverless-express'];
const fastify = ['@fastify/aws-lambda'];
const hono = ['hono/aws-lambda'];

/** What formats of events lose, whoever reads them. */
const ofFormats: readonly Rule[] = [
  {
    what: 'a question mark without a query is lost',
    formats: ['apigw-v2'],
    adapters: [...express, ...hono],
    apply: changeEcho(({ rawQuery }) => ({ rawQuery: rawQuery || undefined })),
  },
  {
    what: 'the blanks between cookies are lost, since cookies are a list',
    formats: ['apigw-v2'],
    adapters: [...express, ...hono],
    apply: changeEcho(({ cookie }) => ({
      cookie: cookie === undefined ? cookie : cookiesIn(cookie).join('; '),
    })),
  },
  {
    what: 'repeated headers of a request are joined by a comma alone',
    formats: ['apigw-v2'],
    apply: changeHeaders((value) => value.replaceAll(', ', ',')),
  },
  {
    what: 'a header of an answer has one value, so that adapters join several',
    formats: ['apigw-v2'],
    adapters: express,
    apply: joinAnswerHeaders,
  },
  {
    what: 'an answer without a type gets one',
    apply: (seen, { target }) =>
      untyped.test(target) ? { ...seen, headers: without(seen.headers, ['content-type']) } : seen,
  },
  {
    what: 'the query is a map, from which adapters build one anew',
    formats: ['apigw-v1', 'alb'],
    adapters: [...express, ...hono],
    apply: changeEcho(() => ({ rawQuery: undefined })),
  },
  {
    what: 'escapes of a query that are no UTF-8 are written anew',
    formats: ['apigw-v1'],
    adapters: [...express, ...hono],
    apply: withoutOddQuery,
  },
  {
    what: 'of repeated parameters and headers the last one counts',
    formats: ['alb'],
    apply: onlyLast,
  },
  {
    what: 'a header of an answer has one value, so that adapters lose several',
    formats: ['alb'],
    adapters: [...express, ...hono],
    apply: (seen) => ({ ...seen, headers: without(seen.headers, ['set-cookie', 'vary', 'x-list']) }),
  },
];

/** What adapters do of their own accord. */
const ofAdapters: readonly Rule[] = [
  {
    what: "the address of the client is not looked for in a balancer's event",
    formats: ['alb'],
    adapters: express,
    apply: changeEcho(() => ({ client: undefined })),
  },
  {
    what: 'a question mark at the start of a query is taken for the one before it',
    formats: ['apigw-v2'],
    adapters: express,
    apply: (seen, { target }) => (target.includes('??') ? { ...seen, echo: undefined } : seen),
  },
  {
    what: 'only the last of repeated headers is read',
    formats: ['apigw-v1'],
    adapters: ['serverless-http'],
    apply: onlyLast,
  },
  {
    what: 'several headers of an answer are told one by one and joined',
    formats: ['apigw-v1'],
    adapters: ['serverless-http'],
    apply: (seen) => ({ ...seen, headers: [...new Set(seen.headers.flatMap(elementsOf))].toSorted() }),
  },
  {
    what: 'repeated headers of a request are joined by a comma alone',
    formats: ['apigw-v1'],
    adapters: serverlessExpress,
    apply: (seen) =>
      changeEcho(({ cookie }) => ({ cookie: cookie?.replaceAll(/[,;] ?/g, ',') }))(
        changeHeaders((value) => value.replaceAll(', ', ','))(seen),
      ),
  },
  {
    what: 'escapes that are none are an error in a query, or stay as they are',
    formats: ['alb'],
    adapters: [...express, ...fastify],
    apply: (seen, { target }) => (isDecodable(target) ? seen : nothing),
  },
  {
    what: 'escapes of a query that are no UTF-8 are written anew',
    formats: ['apigw-v2', 'apigw-v1'],
    adapters: fastify,
    apply: withoutOddQuery,
  },
  {
    what: 'cookies are joined without blanks',
    formats: ['apigw-v2'],
    adapters: fastify,
    apply: changeEcho(({ cookie }) => ({
      cookie: cookie === undefined ? cookie : cookiesIn(cookie).join(';'),
    })),
  },
  {
    what: 'the URL is built anew from the event',
    adapters: fastify,
    apply: changeEcho(({ path, query, parameters }) => ({
      path: new URL(`http://host${path}`).pathname,
      rawQuery: undefined,
      query: commaJoined(query),
      parameters: commaJoined(parameters),
    })),
  },
  {
    what: 'a plus sign in a query is no blank',
    formats: ['alb'],
    adapters: fastify,
    apply: changeEcho(({ query, parameters }) => ({
      query: withBlanks(query),
      parameters: withBlanks(parameters),
    })),
  },
  {
    what: 'requests have headers of its own',
    adapters: fastify,
    apply: changeEcho(({ headers }) => ({ headers: withoutOwn(headers) })),
  },
  {
    what: 'several headers of an answer are joined',
    adapters: fastify,
    apply: joinAnswerHeaders,
  },
  {
    what: 'a byte order mark at the start of an answer is lost',
    adapters: hono,
    apply: (seen) => ({ ...seen, body: seen.body.replace(/^efbbbf/, '') }),
  },
  {
    what: 'the URL is put as the URL standard does',
    formats: ['apigw-v2'],
    adapters: hono,
    apply: changeEcho(({ rawQuery }) => ({ rawQuery: rawQuery?.replaceAll("'", '%27') })),
  },
  {
    what: 'empty headers are left out',
    formats: ['apigw-v2', 'alb'],
    adapters: hono,
    apply: changeEcho(({ headers }) => ({
      headers: Object.fromEntries(Object.entries(headers).filter(([, value]) => value !== '')),
    })),
  },
  {
    what: 'headers of a request are percent-encoded where they are no ASCII',
    adapters: hono,
    apply: changeHeaders((value) => (isAscii(Buffer.from(value)) ? value : encodeURIComponent(value))),
  },
];

const rules: readonly Rule[] = [...ofFormats, ...ofAdapters];

/** The rules that hold for an adapter and a format. */
export function rulesFor(adapter: string, format: EventFormat): Rule[] {
  return rules.filter(
    ({ adapters, formats }) =>
      (adapters === undefined || adapters.includes(adapter)) &&
      (formats === undefined || formats.includes(format)),
  );
}

const nothing: Observation = { status: 0, headers: [], body: '', echo: undefined };

/** Answers that applications give no type. */
const untyped = /^\/answer\/(no-type|no-content|not-modified|redirect|see-other)$/;

function changeEcho(change: (echo: SeenEcho) => Partial<SeenEcho>): (seen: Observation) => Observation {
  return (seen) => (seen.echo ? { ...seen, echo: { ...seen.echo, ...change(seen.echo) } } : seen);
}

function changeHeaders(change: (value: string) => string): (seen: Observation) => Observation {
  return changeEcho(({ headers }) => ({
    headers: Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name, change(String(value))]),
    ),
  }));
}

function cookiesIn(cookie: string): string[] {
  return cookie
    .split(';')
    .map((pair) => pair.trim())
    .filter((pair) => pair !== '');
}

function without(headers: readonly string[], names: readonly string[]): string[] {
  return headers.filter((line) => !names.some((name) => line.startsWith(`${name}: `)));
}

function joinAnswerHeaders(seen: Observation): Observation {
  const pairs = seen.headers.map((line): Pairs[number] => [
    line.split(': ')[0] ?? '',
    line.replace(/^[^:]*: /, ''),
  ]);
  const { 'set-cookie': cookies = [], ...others } = valueLists(pairs);
  const joined = Object.entries(others).map(
    ([name, values]) => `${name}: ${values.join(',').replaceAll(', ', ',')}`,
  );
  return { ...seen, headers: [...joined, ...cookies] };
}

/** The line of a header for each element of its list. */
function elementsOf(line: string): string[] {
  const [, name = '', list = ''] = /^(vary|x-list): (.*)$/.exec(line) ?? [];
  return name === '' ? [line] : list.split(', ').map((element) => `${name}: ${element}`);
}

/** Where something of the request is repeated, all but the last of it is passed over. */
function onlyLast(seen: Observation, { headers }: RawRequest): Observation {
  const names = headers.map(([name]) => name.toLowerCase());
  const isRepeated = (name: string): boolean => names.indexOf(name) !== names.lastIndexOf(name);
  const last = (name: string, value: string): string =>
    isRepeated(name) ? (value.split(/[,;] ?/).at(-1) ?? '') : value;
  return changeEcho((echo) => ({
    parameters: Object.fromEntries(
      Object.entries(echo.parameters).map(([name, values]) => [name, values.slice(-1)]),
    ),
    query: mapValues(echo.query, (value) => (Array.isArray(value) ? (value as unknown[]).at(-1) : value)),
    cookie: echo.cookie === undefined ? undefined : last('cookie', echo.cookie),
    headers: Object.fromEntries(
      Object.entries(echo.headers).map(([name, value]) => [name, last(name, String(value))]),
    ),
  }))(seen);
}

function mapValues(map: unknown, change: (value: unknown) => unknown): Record<string, unknown> {
  const entries = Object.entries(map as Record<string, unknown>);
  return Object.fromEntries(entries.map(([name, value]) => [name, change(value)]));
}

function commaJoined(map: unknown): Record<string, string[]> {
  return mapValues(map, (value) => [String(value)]) as Record<string, string[]>;
}

function withBlanks(map: unknown): Record<string, string[]> {
  return JSON.parse(JSON.stringify(map).replaceAll('+', ' ')) as Record<string, string[]>;
}

function withoutOddQuery(seen: Observation, { target }: RawRequest): Observation {
  return isDecodable(target) ? seen : changeEcho(() => ({ query: {}, parameters: {} }))(seen);
}

function isDecodable(target: string): boolean {
  try {
    decodeURIComponent(target.split('?')[1] ?? '');
    return true;
  } catch {
    return false;
  }
}

function withoutOwn(headers: SeenEcho['headers']): SeenEcho['headers'] {
  const own = ([name, value]: [string, unknown]): boolean =>
    name === 'x-aws-lambda-fastify-request' || (name === 'user-agent' && value === 'lightMyRequest');
  return Object.fromEntries(Object.entries(headers).filter((header) => !own(header)));
}
