import { describe, expect, it } from 'vitest';
import { type EventCall, answerEvent, callIn } from '../../../src/registry/http/gateway-events.ts';

/** Events as API Gateway, load balancers and Lambda send them, cut down to what tells them apart. */
const restEvent = {
  resource: '/{proxy+}',
  path: '/services/web',
  httpMethod: 'DELETE',
  headers: { Accept: 'application/json', 'Accept-Encoding': 'gzip', 'X-Forwarded-For': '192.0.2.1' },
  multiValueHeaders: null,
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
  headers: { accept: '*/*', 'accept-encoding': 'gzip', 'content-type': 'application/json' },
  requestContext: {
    stage: 'prod',
    domainName: 'abc123.execute-api.eu-west-1.amazonaws.com',
    http: { method: 'POST', path: '/prod/generate' },
  },
  body: Buffer.from('{"ü":1}').toString('base64'),
  isBase64Encoded: true,
};

const albEvent = {
  requestContext: { elb: { targetGroupArn: 'arn:aws:elasticloadbalancing:eu-west-1:1:targetgroup/r/1' } },
  httpMethod: 'POST',
  path: '/generate',
  multiValueQueryStringParameters: { table: ['a%20b', 'c'] },
  multiValueHeaders: {
    accept: ['text/plain', 'text/html'],
    host: ['lb.example.com'],
    'accept-encoding': ['gzip'],
  },
  body: '{}',
  isBase64Encoded: false,
};

function call(event: object, basePath = ''): EventCall {
  const found = callIn(event, basePath);
  if (!found) throw new Error('there is no request in the event');
  return found;
}

/** What the registry reads of a request. */
async function contentOf(event: object) {
  const { request, path, answerForm } = call(event);
  return {
    method: request.method,
    path,
    table: new URL(request.url).searchParams.getAll('table'),
    headers: Object.fromEntries(request.headers),
    body: await request.text(),
    answerForm,
  };
}

it('reads an event of a REST API, which compresses by itself', async () => {
  expect(await contentOf(restEvent)).toEqual({
    method: 'DELETE',
    path: '/services/web',
    table: ['a b'],
    headers: { accept: 'application/json', 'x-forwarded-for': '192.0.2.1' },
    body: '',
    answerForm: 'headers',
  });
});

it('reads an event of an HTTP API: without the named stage, with the body decoded', async () => {
  expect(await contentOf(httpEvent)).toEqual({
    method: 'POST',
    path: '/generate',
    table: ['a b'],
    headers: { accept: '*/*', 'accept-encoding': 'gzip', 'content-type': 'application/json' },
    body: '{"ü":1}',
    answerForm: 'headers',
  });
});

it('reads an event of an HTTP API in payload format 1.0', async () => {
  const event = { ...restEvent, version: '1.0', path: '/prod/config', requestContext: { stage: 'prod' } };
  expect(await contentOf(event)).toMatchObject({
    method: 'DELETE',
    path: '/config',
    headers: { 'accept-encoding': 'gzip' },
  });
});

it('reads an event of a Function URL', async () => {
  const event = {
    version: '2.0',
    routeKey: '$default',
    rawPath: '/healthz',
    rawQueryString: '',
    headers: { host: 'x.lambda-url.eu-central-1.on.aws' },
    requestContext: { stage: '$default', accountId: 'anonymous', http: { method: 'GET', path: '/healthz' } },
    isBase64Encoded: false,
  };
  expect(await contentOf(event)).toMatchObject({ method: 'GET', path: '/healthz', body: '' });
});

it('reads an event of a load balancer, whose query is still encoded', async () => {
  expect(await contentOf(albEvent)).toEqual({
    method: 'POST',
    path: '/generate',
    table: ['a b', 'c'],
    headers: { accept: 'text/plain, text/html', host: 'lb.example.com' },
    body: '{}',
    answerForm: 'elb-multi-value',
  });
  const { multiValueHeaders: _, multiValueQueryStringParameters: __, ...rest } = albEvent;
  const single = { ...rest, headers: { accept: 'text/plain' }, queryStringParameters: { table: 'a%20b' } };
  expect(await contentOf(single)).toMatchObject({
    table: ['a b'],
    headers: { accept: 'text/plain' },
    answerForm: 'elb',
  });
});

describe('several values of a name', () => {
  it('reads the lists where both forms come', async () => {
    const event = {
      ...restEvent,
      multiValueHeaders: { Accept: ['text/plain', 'application/json'] },
      queryStringParameters: { table: 'last' },
      multiValueQueryStringParameters: { table: ['first', 'last'] },
    };
    expect(await contentOf(event)).toMatchObject({
      table: ['first', 'last'],
      headers: { accept: 'text/plain, application/json' },
    });
  });

  it('reads the lists of a REST API whose headers are null, and answers it with headers', async () => {
    const event = { ...restEvent, headers: null, multiValueHeaders: { 'If-None-Match': ['"a"', '"b"'] } };
    expect(await contentOf(event)).toMatchObject({
      headers: { 'if-none-match': '"a", "b"' },
      answerForm: 'headers',
    });
  });
});

describe('paths', () => {
  const at = (domainName: string, stage: string, rawPath: string, basePath = ''): string =>
    call(
      { ...httpEvent, rawPath, requestContext: { ...httpEvent.requestContext, domainName, stage } },
      basePath,
    ).path;
  const ownHost = 'abc123.execute-api.eu-west-1.amazonaws.com';

  it.each([
    [ownHost, 'prod', '/prod/generate', '/generate'],
    [ownHost, 'prod', '/prod', '/'],
    [ownHost, 'prod', '/production', '/production'],
    [ownHost, 'services', '/services/services/web', '/services/web'],
    ['vpce-1.execute-api.eu-west-1.vpce.amazonaws.com', 'prod', '/prod/config', '/config'],
    [ownHost, '$default', '/registry/generate', '/registry/generate'],
    ['api.example.com', 'services', '/services', '/services'],
    ['api.example.com', '$default', '/registry/generate', '/generate'],
    ['api.example.com', 'prod', '/registry', '/'],
    ['api.example.com', 'prod', '/registry/', '/'],
    ['api.example.com', 'prod', '/registryx/config', '/registryx/config'],
    ['api.example.com', 'prod', '/healthz', '/healthz'],
    ['api.example.com', '$default', '', '/'],
  ])('of %s with the stage %s: %s is %s', (host, stage, rawPath, path) => {
    expect(at(host, stage, rawPath, '/registry')).toBe(path);
  });

  it('takes the host of an event without a domain name from its headers, where there are any', () => {
    const { domainName: _, ...requestContext } = httpEvent.requestContext;
    expect(call({ ...httpEvent, requestContext }).path).toBe('/generate');
    const custom = { ...httpEvent, headers: { host: 'api.example.com' }, requestContext };
    expect(call(custom).path).toBe('/prod/generate');
    expect(call({ ...custom, rawPath: '/r/generate' }, '/r').path).toBe('/generate');
  });

  it('takes the base path off the paths of a REST API and of a load balancer', () => {
    const context = { stage: 'prod', domainName: 'api.example.com' };
    const rest = { ...restEvent, path: '/registry/generate', requestContext: context };
    expect(call(rest, '/registry').path).toBe('/generate');
    expect(call(rest).path).toBe('/registry/generate');
    expect(call({ ...albEvent, path: '/registry/generate' }, '/registry').path).toBe('/generate');
  });

  it.each(['//generate', '/./generate', '/a/../generate', '/%67enerate', '/a?b', '/a#b'])(
    'keeps the bytes of %s',
    (path) => {
      expect(call({ ...restEvent, path }).path).toBe(path);
    },
  );
});

describe('odd but real events', () => {
  it('lives without headers, query and context, as the consoles send them', async () => {
    const event = {
      httpMethod: 'POST',
      path: '/generate',
      headers: null,
      queryStringParameters: null,
      body: '{}',
    };
    expect(await contentOf(event)).toMatchObject({ path: '/generate', headers: {}, body: '{}' });
  });

  it('reads a GET that has a body, without the body', async () => {
    const event = { ...restEvent, httpMethod: 'GET', body: '{}' };
    expect(await contentOf(event)).toMatchObject({ method: 'GET', body: '' });
  });

  it('reads headers that are not ASCII', async () => {
    const event = { ...restEvent, headers: { 'X-Name': 'żółw', Accept: 'text/plain' } };
    expect(await contentOf(event)).toMatchObject({ headers: { accept: 'text/plain' } });
  });

  it('passes over members of other types', async () => {
    const event = { ...restEvent, headers: { accept: 1, host: [null, 'x'] }, isBase64Encoded: 'no', body: 7 };
    expect(await contentOf(event)).toMatchObject({ headers: { host: 'x' }, body: '' });
  });
});

it.each([
  [{ table: 't', running: [] }],
  [{ requestContext: {} }],
  ['text'],
  [null],
  [[1]],
  [{ httpMethod: 1 }],
])('finds no request in %j', (event) => {
  expect(callIn(event, '')).toBeUndefined();
});

describe('answers', () => {
  const text = (): Response => new Response('text', { headers: { etag: 'x', 'content-type': 'text/plain' } });

  it('are text as it is and bytes in base64', async () => {
    expect(await answerEvent(text(), 'headers')).toEqual({
      statusCode: 200,
      headers: { etag: 'x', 'content-type': 'text/plain' },
      body: 'text',
      isBase64Encoded: false,
    });
    const bytes = Buffer.from([0x1f, 0x8b, 0]);
    const headers = { 'content-type': 'text/plain', 'content-encoding': 'gzip' };
    expect(await answerEvent(new Response(bytes, { headers }), 'headers')).toMatchObject({
      body: bytes.toString('base64'),
      isBase64Encoded: true,
    });
  });

  it('are empty text without a body', async () => {
    const gone = new Response(null, { status: 204 });
    expect(await answerEvent(gone, 'headers')).toEqual({
      statusCode: 204,
      headers: {},
      body: '',
      isBase64Encoded: false,
    });
  });

  it('have the headers of a load balancer in the form of its event', async () => {
    const rest = { statusCode: 200, statusDescription: '200 OK', body: 'text', isBase64Encoded: false };
    expect(await answerEvent(text(), 'elb-multi-value')).toEqual({
      ...rest,
      multiValueHeaders: { etag: ['x'], 'content-type': ['text/plain'] },
    });
    expect(await answerEvent(text(), 'elb')).toEqual({
      ...rest,
      headers: { etag: 'x', 'content-type': 'text/plain' },
    });
  });
});
