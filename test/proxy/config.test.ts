import { describe, expect, it } from 'vitest';
import { type AwsRoute, type LocalRoute, readProxyConfig } from '../../src/proxy/config.ts';

const read = (text: string, env: Record<string, string> = {}) => readProxyConfig(text, 'lrp.yaml', env);
const config = (text: string, env?: Record<string, string>) => read(text, env).config;

/** The first route of a file with one entry of `local`. */
function local(...keys: string[]): LocalRoute {
  const [route] = config(`local:\n  - hostname: h\n    ${keys.join('\n    ')}\n`).routes;
  if (route?.kind !== 'local') throw new Error('not local');
  return route;
}

/** The same of `aws`. */
function aws(keys: readonly string[], env?: Record<string, string>, top = ''): AwsRoute {
  const [route] = config(`${top}\naws:\n  - hostname: h\n    ${keys.join('\n    ')}\n`, env).routes;
  if (route?.kind !== 'aws') throw new Error('not aws');
  return route;
}

describe('the defaults', () => {
  it('are those of the whole file when it is empty', () => {
    expect(read('')).toEqual({
      config: {
        listen: { address: '0.0.0.0', port: 8080 },
        internalRoutePrefix: '',
        internalRoutes: true,
        accessLog: true,
        workers: 1,
        trustedProxies: [],
        tls: undefined,
        admin: undefined,
        limits: {
          headerBytes: 32_768,
          bodyBytes: 6_291_456,
          headerTimeoutMs: 10_000,
          bodyTimeoutMs: 60_000,
          idleTimeoutMs: 60_000,
          connections: 10_000,
          graceMs: 30_000,
        },
        routes: [],
        consul: undefined,
      },
      warnings: [],
    });
  });

  const routeDefaults = {
    hostname: 'h',
    pathPrefix: '/',
    stripPrefix: false,
    format: { name: 'apigw-v2', multiValueHeaders: false, decodePath: false },
    invocation: 'sync',
    timeoutMs: 900_000,
    queue: { size: 1000, timeoutMs: 60_000 },
  };
  const callDefaults = {
    region: 'eu-central-1',
    endpoint: undefined,
    assumeRoleArn: undefined,
    externalId: undefined,
    streaming: false,
    concurrency: 0,
  };

  it('of a local route are those of an emulator', () => {
    expect(local('endpoint: http://lambda-1:8080')).toEqual({
      ...routeDefaults,
      kind: 'local',
      endpoints: ['http://lambda-1:8080'],
      functionName: 'function',
      concurrency: 1,
    });
  });

  it('of a route to AWS are those of Lambda', () => {
    expect(aws(['function_name: pay'])).toEqual({
      ...routeDefaults,
      ...callDefaults,
      kind: 'aws',
      functionName: 'pay',
      qualifier: undefined,
    });
  });

  it('of Consul are its agent on this host', () => {
    expect(config('consul: {}').consul).toEqual({
      ...callDefaults,
      timeoutMs: 900_000,
      queue: { size: 1000, timeoutMs: 60_000 },
      settings: expect.objectContaining({
        address: { host: '127.0.0.1', port: 8500, secure: false, path: '' },
        sslVerify: true,
        token: undefined,
        tokenFile: undefined,
        ca: undefined,
      }) as unknown,
      place: {},
      domain: '',
      format: 'auto',
    });
  });

  it('of the admin listener are the loopback address and 9090', () => {
    expect(config('admin: {}').admin).toEqual({ address: '127.0.0.1', port: 9090 });
    expect(config('admin: { port: 0 }').admin).toEqual({ address: '127.0.0.1', port: 0 });
  });
});

it('reads the file of lambda-reverse-proxy unchanged', () => {
  const text = `
region: eu-south-1
host: 0.0.0.0
port: "8081"
internal_route_prefix: __@@__
local:
  - hostname: foo.domain.lb
    endpoint: http://lambda-1:8080
  - hostname: bar.domain.lb
    endpoint: http://lambda-2:8080/
aws:
  - hostname: baz.domain.lb
    function_name: golden-goose
`;
  const { config, warnings } = read(text);
  expect(warnings).toEqual([]);
  expect(config).toMatchObject({
    listen: { address: '0.0.0.0', port: 8081 },
    internalRoutePrefix: '/__@@__',
    routes: [
      { kind: 'local', hostname: 'foo.domain.lb', endpoints: ['http://lambda-1:8080'] },
      { kind: 'local', hostname: 'bar.domain.lb', endpoints: ['http://lambda-2:8080'] },
      { kind: 'aws', hostname: 'baz.domain.lb', functionName: 'golden-goose', region: 'eu-south-1' },
    ],
  });
  expect(read('internal_route_proxy: x').warnings).toEqual([
    'lrp.yaml:1: internal_route_proxy: unknown key, ignored; did you mean internal_route_prefix?',
  ]);
});

describe('what the proxy is told', () => {
  it.each([
    ['host: "::1"', { listen: { address: '::1', port: 8080 } }],
    ['host: "[2001:DB8:0::1]"', { listen: { address: '2001:db8::1', port: 8080 } }],
    ['host: localhost\nport: 0', { listen: { address: 'localhost', port: 0 } }],
    ['host: ""', { listen: { address: '0.0.0.0', port: 8080 } }],
    ['internal_route_prefix: /a/b/', { internalRoutePrefix: '/a/b' }],
    ['internal_route_prefix: /', { internalRoutePrefix: '' }],
    ['internal_routes: false', { internalRoutes: false }],
    ['access_log: false', { accessLog: false }],
    ['workers: 4', { workers: 4 }],
    ['workers: auto', { workers: 'auto' }],
    [
      'trusted_proxies: [10.0.0.0/8, "2001:DB8::/32", 192.0.2.1]',
      { trustedProxies: ['10.0.0.0/8', '2001:db8::/32', '192.0.2.1'] },
    ],
    ['tls: { cert: /etc/tls.crt, key: tls.key }', { tls: { cert: '/etc/tls.crt', key: 'tls.key' } }],
    ['admin: { host: "::", port: "9091" }', { admin: { address: '::', port: 9091 } }],
  ])('is read from %s', (text, expected) => {
    expect(config(text)).toMatchObject(expected);
  });

  it('has limits of its own', () => {
    const text =
      'limits: { header_bytes: 1024, body_bytes: 1, header_timeout: 1s, body_timeout: 2, idle_timeout: 1m, connections: 5, grace: 0 }';
    expect(config(text).limits).toEqual({
      headerBytes: 1024,
      bodyBytes: 1,
      headerTimeoutMs: 1000,
      bodyTimeoutMs: 2000,
      idleTimeoutMs: 60_000,
      connections: 5,
      graceMs: 0,
    });
  });
});

describe('a route', () => {
  const endpoint = 'endpoint: http://e';

  it.each([
    ['FOO.Example.', 'foo.example'],
    ['"*.foo"', '*.foo'],
    ['"*"', '*'],
    ['"[2001:DB8::0:1]"', '[2001:db8::1]'],
    ['127.0.0.1', '127.0.0.1'],
  ])('is for the hostname %s', (text, hostname) => {
    const text_ = `local:\n  - hostname: ${text}\n    ${endpoint}\n`;
    expect(config(text_).routes).toMatchObject([{ hostname }]);
  });

  it.each([
    ['path_prefix: /api/', { pathPrefix: '/api' }],
    ['strip_prefix: true', { stripPrefix: true }],
    ['timeout: 500ms', { timeoutMs: 500 }],
    ['queue: { size: 0 }', { queue: { size: 0, timeoutMs: 60_000 } }],
    ['queue: { timeout: 0 }', { queue: { size: 1000, timeoutMs: 0 } }],
    ['format: envoy', { format: { name: 'envoy' } }],
    ['invocation: ASYNCHRONOUS', { invocation: 'async' }],
    ['invocation: Async', { invocation: 'async' }],
    ['invocation: synchronous', { invocation: 'sync' }],
    ['function_name: Stack/Fn', { functionName: 'Stack/Fn' }],
    ['concurrency: 8', { concurrency: 8 }],
  ])('has %s', (key, expected) => {
    expect(local(endpoint, key)).toMatchObject(expected);
  });

  it('has a pool of endpoints, each once, or one below a path', () => {
    const pool = 'endpoints: [http://a:1/, http://b:2, http://a:1]';
    expect(local(pool).endpoints).toEqual(['http://a:1', 'http://b:2']);
    expect(local('endpoint: HTTPS://A.example:443/base/').endpoints).toEqual(['https://a.example/base']);
    expect(local(endpoint, 'endpoints: []').endpoints).toEqual(['http://e']);
  });

  it('has settings of formats', () => {
    expect(local(endpoint, 'format: alb', 'multi_value_headers: true').format.multiValueHeaders).toBe(true);
    expect(local(endpoint, 'decode_path: true').format.decodePath).toBe(true);
  });
});

describe('a function of AWS', () => {
  const arn = 'arn:aws-cn:lambda:cn-north-1:123456789012:function:pay';

  it.each([
    ['pay', {}, { functionName: 'pay', qualifier: undefined, region: 'eu-central-1' }],
    ['pay:prod', {}, { functionName: 'pay', qualifier: 'prod' }],
    ['123456789012:function:pay:7', {}, { functionName: '123456789012:function:pay', qualifier: '7' }],
    [arn, {}, { functionName: arn, qualifier: undefined }],
    [`${arn}:prod`, { qualifier: 'prod' }, { functionName: arn, qualifier: 'prod' }],
    ['pay', { qualifier: 7 }, { qualifier: '7' }],
    ['pay', { qualifier: '"$LATEST"' }, { qualifier: '$LATEST' }],
    ['pay', { region: 'us-gov-west-1' }, { region: 'us-gov-west-1' }],
    ['pay', { concurrency: 3, streaming: true }, { concurrency: 3, streaming: true }],
    [
      'pay',
      { assume_role_arn: 'arn:aws:iam::1:role/x', external_id: 'id' },
      { assumeRoleArn: 'arn:aws:iam::1:role/x', externalId: 'id' },
    ],
  ])('is named %s with %j', (name, keys, expected) => {
    const lines = Object.entries(keys).map(([key, value]) => `${key}: ${String(value)}`);
    expect(aws([`function_name: ${name}`, ...lines])).toMatchObject(expected);
  });

  it('that is named without a region has that of its own key, the file or the environment, in this order', () => {
    const env = { AWS_REGION: 'us-east-1', AWS_DEFAULT_REGION: 'us-east-2' };
    const regionOf = (key: string, top: string, env: Record<string, string>) =>
      aws(['function_name: pay', key], env, top).region;
    expect(regionOf('region: eu-west-1', 'region: eu-west-2', env)).toBe('eu-west-1');
    expect(regionOf('', 'region: eu-west-2', env)).toBe('eu-west-2');
    expect(regionOf('', '', env)).toBe('us-east-1');
    expect(regionOf('', '', { ...env, AWS_REGION: '' })).toBe('us-east-2');
    expect(regionOf('', '', {})).toBe('eu-central-1');
  });

  it('is invoked at its own endpoint, or that of the environment', () => {
    const env = { AWS_ENDPOINT_URL_LAMBDA: 'http://l:1/', AWS_ENDPOINT_URL: 'http://a:2' };
    const endpointOf = (key: string, env: Record<string, string>) =>
      aws(['function_name: pay', key], env).endpoint;
    expect(endpointOf('endpoint: http://own/', env)).toBe('http://own');
    expect(endpointOf('', env)).toBe('http://l:1');
    expect(endpointOf('', { ...env, AWS_ENDPOINT_URL_LAMBDA: '' })).toBe('http://a:2');
    expect(endpointOf('', {})).toBeUndefined();
    expect(config('consul: {}', env).consul?.endpoint).toBe('http://l:1');
  });

  it('is not looked for by a faulty environment', () => {
    const env = { AWS_REGION: 'Europe!', AWS_ENDPOINT_URL: 'localhost:4566' };
    expect(() => read('', env)).toThrow(/AWS_REGION must be a region[^]*AWS_ENDPOINT_URL must be a URL/);
  });
});
