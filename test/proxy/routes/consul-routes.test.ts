import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RegisteredService } from '../../../src/lambda-service/registered-service.ts';
import type { ConsulSource, LocalRoute, RouteSpec } from '../../../src/proxy/config.ts';
import { consulRoutes, mergeRoutes } from '../../../src/proxy/routes/consul-routes.ts';
import { plainSource, textOf } from '../../support/proxy/consul-routes.ts';
import { tries } from '../../support/explorations.ts';
import { arnOf } from '../../support/aws/tag-world.ts';

function service(name: string, more: Partial<RegisteredService> = {}): RegisteredService {
  return {
    name,
    arn: arnOf(name),
    payloadPassthrough: false,
    invocationMode: 'synchronous',
    tags: [],
    ...more,
  };
}

const from = (services: readonly RegisteredService[], source: Partial<ConsulSource> = {}) =>
  consulRoutes(services, { ...plainSource, ...source });
const table = (...given: Parameters<typeof from>) => from(...given).routes.map(textOf);

const fileRoute = (hostname: string, pathPrefix: string): LocalRoute => ({
  kind: 'local',
  hostname,
  pathPrefix,
  stripPrefix: false,
  format: { name: 'apigw-v2', multiValueHeaders: false, decodePath: false },
  invocation: 'sync',
  timeoutMs: 1,
  queue: { size: 1, timeoutMs: 1 },
  endpoints: ['http://localhost:9000'],
  functionName: 'function',
  concurrency: 1,
});

describe('a Lambda service becomes a route', () => {
  it('with all that is needed to invoke its function', () => {
    const calls = {
      endpoint: 'http://localhost:4566',
      assumeRoleArn: 'arn:aws:iam::123456789012:role/invoke',
      externalId: 'us',
      streaming: true,
      concurrency: 5,
      timeoutMs: 7000,
      queue: { size: 3, timeoutMs: 400 },
    };
    const pay = service('pay-prod', {
      arn: `${arnOf('pay')}:prod`,
      routeHost: 'Pay.Example.com.',
      routePath: '/v1/',
    });
    expect(from([pay], { ...calls, region: 'us-east-1' })).toEqual({
      routes: [
        {
          kind: 'consul',
          hostname: 'pay.example.com',
          pathPrefix: '/v1',
          stripPrefix: false,
          format: { name: 'envoy', multiValueHeaders: false, decodePath: false },
          invocation: 'sync',
          functionName: arnOf('pay'),
          qualifier: 'prod',
          region: 'us-east-1',
          ...calls,
        },
      ],
      warnings: [],
    });
  });

  it.each([
    ['neither host nor path', {}, []],
    ['a host alone', { routeHost: 'a.example' }, ['a.example/ pay']],
    ['a path alone', { routePath: '/api' }, ['*/api pay']],
    ['every path of every host', { routePath: '/' }, ['*/ pay']],
    ['a wildcard', { routeHost: '*.example.com', routePath: '/a/b' }, ['*.example.com/a/b pay']],
    ['an address', { routeHost: '[2001:DB8::1]' }, ['[2001:db8::1]/ pay']],
  ])('where it asks for %s', (_what, asked, expected) => {
    expect(table([service('pay', asked)])).toEqual(expected);
  });

  it('below the domain by its name in lower case, dots kept, beside the host that it asks for', () => {
    const services = [
      service('Pay.v2', { arn: arnOf('pay'), routeHost: 'pay.example.com', routePath: '/x' }),
      service('mail'),
    ];
    expect(table(services, { domain: 'lambda.internal' })).toEqual([
      'pay.example.com/x pay',
      'pay.v2.lambda.internal/ pay',
      'mail.lambda.internal/ mail',
    ]);
  });

  it('once, where the host that it asks for is its name below the domain', () => {
    const result = from([service('pay', { routeHost: 'pay.lambda.internal' })], {
      domain: 'lambda.internal',
    });
    expect(result.routes.map(textOf)).toEqual(['pay.lambda.internal/ pay']);
    expect(result.warnings).toEqual([]);
  });

  it.each([
    ['auto', false, 'envoy'],
    ['auto', true, 'raw'],
    ['function-url', false, 'function-url'],
    ['apigw-v1', true, 'apigw-v1'],
  ] as const)('with the format %s and payload passthrough %s as %s', (format, payloadPassthrough, name) => {
    const pay = service('pay', { routeHost: 'a.example', payloadPassthrough });
    expect(from([pay], { format }).routes[0]?.format.name).toBe(name);
  });

  it('that does not wait for the function where its Meta says so', () => {
    const pay = service('pay', { routeHost: 'a.example', invocationMode: 'asynchronous' });
    expect(from([pay]).routes[0]?.invocation).toBe('async');
  });
});

describe('a route that cannot be served is left out with a warning', () => {
  it.each([
    ['its host', { routeHost: 'not a host' }, 'lambda-route-host must be'],
    ['its path', { routeHost: 'a.example', routePath: '/a/../b' }, 'lambda-route-path must be'],
    ['its path without a host', { routePath: 'api' }, 'lambda-route-path must be'],
  ])('for %s, while the name below the domain is served', (_what, asked, problem) => {
    const { routes, warnings } = from([service('pay', asked)], { domain: 'internal' });
    expect(routes.map(textOf)).toEqual(['pay.internal/ pay']);
    expect(warnings).toEqual([
      {
        message: 'A route of a service cannot be served',
        fields: { service: 'pay', problem: expect.stringContaining(problem) },
      },
    ]);
  });

  it.each(['a b', 'a/b', '-a', 'a..b', 'x'.repeat(64), '*'])(
    'for the name %j, which is no host name',
    (name) => {
      const { routes, warnings } = from([service(name, { arn: arnOf('pay'), routeHost: 'a.example' })], {
        domain: 'internal',
      });
      expect(routes.map(textOf)).toEqual(['a.example/ pay']);
      expect(warnings).toMatchObject([{ fields: { service: name } }]);
    },
  );
});

describe('of several routes for one host and prefix', () => {
  it('that of the service with the smaller name counts', () => {
    const services = ['c', 'a', 'b'].map((name) => service(name, { routeHost: 'one.example' }));
    const { routes, warnings } = from(services);
    expect(routes.map(textOf)).toEqual(['one.example/ a']);
    expect(warnings.map(({ fields }) => fields)).toEqual([
      { service: 'b', hostname: 'one.example', path_prefix: '/', held_by: 'a' },
      { service: 'c', hostname: 'one.example', path_prefix: '/', held_by: 'a' },
    ]);
  });

  it('names that differ in case alone have one name below the domain', () => {
    expect(table([service('pay'), service('Pay')], { domain: 'internal' })).toEqual(['pay.internal/ Pay']);
  });

  it('that of the file counts, and other prefixes of the host are left to Consul', () => {
    const { routes } = from([
      service('a', { routeHost: 'one.example' }),
      service('b', { routeHost: 'one.example', routePath: '/b' }),
    ]);
    const inFile = fileRoute('one.example', '/');
    const merged = mergeRoutes([inFile], routes);
    expect(merged.routes).toEqual([inFile, routes[1]]);
    expect(merged.warnings).toEqual([
      {
        message: 'A route of the file wins over one of Consul',
        fields: { hostname: 'one.example', path_prefix: '/', function: arnOf('a') },
      },
    ]);
  });
});

describe('whatever the services are', () => {
  const hosts = fc.constantFrom(
    'a.example',
    'A.example.',
    '*.example',
    'b.internal',
    '10.0.0.1',
    'no host',
    '',
  );
  const paths = fc.constantFrom('/', '/a', '/a/', '/a/b', 'a', '/..');
  const services = fc.uniqueArray(
    fc.record(
      {
        name: fc.constantFrom('a', 'b', 'B', 'c.d', 'e f', '__proto__', 'constructor'),
        routeHost: hosts,
        routePath: paths,
        payloadPassthrough: fc.boolean(),
      },
      { requiredKeys: ['name'] },
    ),
    { selector: ({ name }) => name },
  );
  const source = fc.record({ domain: fc.constantFrom('', 'internal', 'example') });
  const fileRoutes = fc.uniqueArray(
    fc.tuple(fc.constantFrom('a.example', '*', 'b.internal'), fc.constantFrom('/', '/a')),
    { selector: ([host, path]) => host + path },
  );
  const made = (given: readonly ({ name: string } & Partial<RegisteredService>)[]) =>
    given.map((more) => service(more.name, { ...more, arn: arnOf('f') }));
  const keys = (routes: readonly RouteSpec[]) =>
    routes.map(({ hostname, pathPrefix }) => hostname + pathPrefix);

  it('any order of them gives the same routes and warnings', () => {
    const property = fc.property(services, source, fc.infiniteStream(fc.nat()), (given, options, order) => {
      const shuffled = made(given)
        .map((one) => ({ one, at: order.next().value as number }))
        .toSorted((left, right) => left.at - right.at)
        .map(({ one }) => one);
      expect(from(shuffled, options)).toEqual(from(made(given), options));
    });
    fc.assert(property, tries());
  });

  it('no two routes have one host and prefix, and those of the file are all there, first and as they were', () => {
    const property = fc.property(services, source, fileRoutes, (given, options, inFile) => {
      const ours = inFile.map(([host, path]) => fileRoute(host, path));
      const { routes: fromConsul } = from(made(given), options);
      const { routes, warnings } = mergeRoutes(ours, fromConsul);
      expect(new Set(keys(routes)).size).toBe(routes.length);
      expect(routes.slice(0, ours.length)).toEqual(ours);
      expect(new Set([...keys(routes), ...keys(fromConsul)]).size).toBe(routes.length);
      expect(warnings).toHaveLength(ours.length + fromConsul.length - routes.length);
    });
    fc.assert(property, tries());
  });
});
