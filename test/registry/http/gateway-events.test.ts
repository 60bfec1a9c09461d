import { describe, expect, it } from 'vitest';
import { answerEvent, requestIn } from '../../../src/registry/http/gateway-events.ts';

/** Events as API Gateway and Lambda send them, cut down to what tells them apart. */
const restEvent = {
  resource: '/{proxy+}',
  path: '/services/web',
  httpMethod: 'DELETE',
  headers: { Accept: 'application/json', 'X-Forwarded-For': '192.0.2.1' },
  multiValueHeaders: { Accept: ['application/json'] },
  queryStringParameters: { table: 'a b' },
  multiValueQueryStringParameters: { table: ['a b'] },
  pathParameters: { proxy: 'services/web' },
  stageVariables: null,
  requestContext: { stage: 'services', httpMethod: 'DELETE', path: '/services/services/web', identity: {} },
  body: null,
  isBase64Encoded: false,
};

const httpEvent = {
  version: '2.0',
  routeKey: 'POST /generate',
  rawPath: '/prod/generate',
  rawQueryString: 'table=a%20b',
  headers: { accept: '*/*', 'content-type': 'application/json' },
  requestContext: { stage: 'prod', http: { method: 'POST', path: '/prod/generate' } },
  body: Buffer.from('{"ü":1}').toString('base64'),
  isBase64Encoded: true,
};

it('reads an event of a REST API, which compresses by itself', () => {
  expect(requestIn(restEvent)).toEqual({
    method: 'DELETE',
    path: '/services/web',
    query: new URLSearchParams({ table: 'a b' }),
    headers: new Map([
      ['accept', 'application/json'],
      ['x-forwarded-for', '192.0.2.1'],
    ]),
    body: '',
    mayCompress: false,
  });
});

it('reads an event of an HTTP API: without the named stage, with the body decoded', () => {
  expect(requestIn(httpEvent)).toEqual({
    method: 'POST',
    path: '/generate',
    query: new URLSearchParams({ table: 'a b' }),
    headers: new Map([
      ['accept', '*/*'],
      ['content-type', 'application/json'],
    ]),
    body: '{"ü":1}',
    mayCompress: true,
  });
});

it('reads an event of an HTTP API in payload format 1.0', () => {
  const event = { ...restEvent, version: '1.0', path: '/prod/config', requestContext: { stage: 'prod' } };
  expect(requestIn(event)).toMatchObject({ method: 'DELETE', path: '/config', mayCompress: true });
});

it('reads an event of a Function URL', () => {
  const event = {
    version: '2.0',
    routeKey: '$default',
    rawPath: '/healthz',
    rawQueryString: '',
    headers: { host: 'x.lambda-url.eu-central-1.on.aws' },
    requestContext: { stage: '$default', accountId: 'anonymous', http: { method: 'GET', path: '/healthz' } },
    isBase64Encoded: false,
  };
  expect(requestIn(event)).toMatchObject({ method: 'GET', path: '/healthz', body: '', mayCompress: true });
});

describe('odd but real events', () => {
  it('lives without headers, query and context, as the consoles send them', () => {
    const event = {
      httpMethod: 'POST',
      path: '/generate',
      headers: null,
      queryStringParameters: null,
      body: '{}',
    };
    expect(requestIn(event)).toMatchObject({ path: '/generate', headers: new Map(), body: '{}' });
    expect(requestIn({ ...httpEvent, headers: null, rawPath: '/prod' })).toMatchObject({ path: '/' });
  });

  it('keeps a path that only begins like the stage', () => {
    expect(requestIn({ ...httpEvent, rawPath: '/production' })).toMatchObject({ path: '/production' });
    expect(requestIn({ ...httpEvent, rawPath: '/generate/' })).toMatchObject({ path: '/generate' });
  });
});

it.each([[{ table: 't', running: [] }], [{ requestContext: {} }], ['text'], [null], [[1]]])(
  'finds no request in %j',
  (event) => {
    expect(requestIn(event)).toBeUndefined();
  },
);

it('answers text as it is and bytes in base64', () => {
  expect(answerEvent({ status: 200, headers: { etag: 'x' }, body: 'text' })).toEqual({
    statusCode: 200,
    headers: { etag: 'x' },
    body: 'text',
    isBase64Encoded: false,
  });
  const bytes = Buffer.from([0x1f, 0x8b, 0]);
  expect(answerEvent({ status: 200, headers: {}, body: bytes })).toMatchObject({
    body: bytes.toString('base64'),
    isBase64Encoded: true,
  });
});
