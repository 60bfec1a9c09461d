import type { ALBEvent, APIGatewayProxyEvent, APIGatewayProxyEventV2 } from 'aws-lambda';
import { describe, expect, it } from 'vitest';
import bareGet from '../../fixtures/http/bare-get.json' with { type: 'json' };
import getWithEverything from '../../fixtures/http/get-with-everything.json' with { type: 'json' };
import type { HttpRequest } from '../../src/http/message.ts';
import { allFormats, eventOf, formatNamed, requestOf } from '../support/http/messages.ts';

/** The fixtures are events of these types, which the compiler sees. */
const {
  'apigw-v2': v2,
  'function-url': url,
  'apigw-v1': v1,
  alb,
  'alb with lists': lists,
} = getWithEverything.events;
({ v2, url, alb, lists, v1 }) satisfies {
  v2: APIGatewayProxyEventV2;
  url: APIGatewayProxyEventV2;
  alb: ALBEvent;
  lists: ALBEvent;
  v1: Omit<APIGatewayProxyEvent, 'requestContext'>;
};

const cases = [
  ['everything that a GET may have', getWithEverything] as const,
  ['nothing but a path', bareGet] as const,
].flatMap(([title, { request, events }]) => {
  const expected = new Map<string, unknown>(Object.entries(events));
  return allFormats
    .filter(([name]) => expected.has(name))
    .map(([name, format]) => ({ name, title, format, request, event: expected.get(name) }));
});

it.each(cases)('$name tells functions of $title', ({ format, request, event }) => {
  expect(eventOf(format, request as Partial<HttpRequest>)).toEqual(event);
});

it.each(allFormats.filter(([name]) => name !== 'raw'))(
  '%s keeps names that objects have of themselves',
  (_name, format) => {
    const query = '__proto__=1&constructor=2';
    const headers: [string, string][] = [
      ['__proto__', 'x'],
      ['constructor', 'y'],
    ];
    const event = format.encode(requestOf({ query, headers })).toString();
    for (const [name, value] of [...headers, ['__proto__', '1'], ['constructor', '2']])
      expect(event).toMatch(new RegExp(`"${name}":\\[?"${value}"`));
  },
);

describe.each(['apigw-v2', 'function-url', 'apigw-v1', 'alb'] as const)('a body in %s', (name) => {
  const format = formatNamed(name);

  it.each([
    ['text/plain', undefined],
    ['text/html; charset=utf-8', undefined],
    ['application/json', undefined],
    ['application/json; charset=utf-8', 'identity'],
    ['application/javascript', undefined],
    ['application/xml', undefined],
  ])('of the type %s with the coding %s is text', (type, encoding) => {
    expect(
      eventOf(format, { headers: contentHeaders(type, encoding), body: Buffer.from('"ü"') }),
    ).toMatchObject({ body: '"ü"', isBase64Encoded: false });
  });

  it.each([
    [undefined, undefined],
    ['application/x-www-form-urlencoded', undefined],
    ['multipart/form-data; boundary=x', undefined],
    ['image/png', undefined],
    ['application/json', 'gzip'],
  ])('of the type %s with the coding %s is base64', (type, encoding) => {
    expect(
      eventOf(format, { headers: contentHeaders(type, encoding), body: Buffer.from('ü') }),
    ).toMatchObject({
      body: 'w7w=',
      isBase64Encoded: true,
    });
  });
});

describe('envoy', () => {
  const envoy = formatNamed('envoy');

  it.each(['application/json', 'Application/JavaScript', 'application/xml', 'text/html; charset=utf-8'])(
    'leaves a body of the type %s as it is',
    (type) => {
      expect(eventOf(envoy, post(type))).toMatchObject({ body: 'ü', is_base64_encoded: false });
    },
  );

  it.each([
    ['a type with parameters', post('application/json; charset=utf-8')],
    ['a relative of JSON', post('application/problem+json')],
    ['no type', post(undefined)],
    ['chunks', { ...post('application/json'), chunked: true }],
  ])('makes base64 of a body with %s', (_title, request) => {
    expect(eventOf(envoy, request)).toMatchObject({ body: 'w7w=', is_base64_encoded: true });
  });

  it('never loses bytes that are called text', () => {
    const request = { ...post('text/plain'), body: Buffer.from([0xfc]) };
    expect(eventOf(envoy, request)).toMatchObject({ body: '/A==', is_base64_encoded: true });
  });

  it('tells a question mark without parameters from none', () => {
    expect(eventOf(envoy, { path: '/a', query: '' })).toMatchObject({ raw_path: '/a?' });
    expect(eventOf(envoy, { path: '/a' })).toMatchObject({ raw_path: '/a' });
  });
});

describe('apigw-v2 with decoded paths', () => {
  it.each([
    ['/a%2Fb', '/a/b'],
    ['/%C3%BC+', '/ü+'],
    ['/pa2%Fth/%zz', '/pa2%Fth/%zz'],
    ['/a%3Fb=c', '/a'],
  ])('gives %s as %s, as HTTP APIs do', (path, decoded) => {
    expect(eventOf(formatNamed('apigw-v2', { decodePath: true }), { path })).toMatchObject({
      rawPath: decoded,
      requestContext: { http: { path: decoded } },
    });
  });
});

it('names the domain by its first label, and the whole of an address in brackets', () => {
  const domain = (host: string): unknown => eventOf(formatNamed('apigw-v2'), { host });
  expect(domain('a.b.c')).toMatchObject({ requestContext: { domainName: 'a.b.c', domainPrefix: 'a' } });
  expect(domain('alone')).toMatchObject({ requestContext: { domainName: 'alone', domainPrefix: 'alone' } });
  expect(domain('[::1]')).toMatchObject({ requestContext: { domainName: '[::1]', domainPrefix: '[::1]' } });
  expect(domain('')).toMatchObject({ requestContext: { domainName: '', domainPrefix: '' } });
});

it('hands raw bodies on as they are', () => {
  const body = Buffer.from([0, 255]);
  expect(formatNamed('raw').encode(requestOf({ method: 'POST', query: 'a=b', body }))).toBe(body);
});

it.each([
  ['apigw-v2', 500, false],
  ['function-url', 502, false],
  ['apigw-v1', 502, false],
  ['alb', 502, false],
  ['envoy', 500, true],
  ['raw', 502, false],
] as const)('%s shows failures of functions as %i, with an empty body: %s', (name, status, emptyBody) => {
  const format = formatNamed(name);
  expect(format.name).toBe(name);
  expect(format.failure).toEqual({ status, emptyBody });
  expect(format.passesFunctionErrors).toBe(name === 'envoy');
});

function contentHeaders(type: string | undefined, encoding: string | undefined): HttpRequest['headers'] {
  return [
    ...(type ? [['content-type', type] as [string, string]] : []),
    ...(encoding ? [['content-encoding', encoding] as [string, string]] : []),
  ];
}

function post(type: string | undefined): Partial<HttpRequest> {
  return { method: 'POST', headers: contentHeaders(type, undefined), body: Buffer.from('ü') };
}
