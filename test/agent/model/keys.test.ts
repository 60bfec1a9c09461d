import { describe, expect, it } from 'vitest';
import type { AgentModel } from '../../../src/agent/model/agent-model.ts';
import type { RouteClaim } from '../../../src/agent/model/sighting.ts';
import {
  defaultOptions,
  instance,
  rules,
  sighting,
  view,
  mergeSources,
} from '../../support/agent/sightings.ts';

/** What becomes of a service with one instance that has these attributes. */
function modelOf(attributes: Record<string, string>, routes: RouteClaim[] = []): AgentModel {
  return mergeSources([view('docker', sighting('web', [instance('a', { attributes, routes })]))], rules());
}

function routesOf(attributes: Record<string, string>, routes: RouteClaim[] = []): string[] {
  const { services } = modelOf(attributes, routes);
  return (services[0]?.routes ?? []).map(
    ({ host, path, strip, tls }) => `${host ?? '*'}${path ?? ''}${strip ? ' strip' : ''}${tls ? ' tls' : ''}`,
  );
}

const messagesOf = (attributes: Record<string, string>) =>
  modelOf(attributes).problems.map(({ message }) => message);

describe('the keys of routes', () => {
  it.each([
    [{}, ['web.example']],
    [{ 'route-host': 'A.Example.' }, ['a.example']],
    [{ 'route-host': 'a.example:8080' }, ['a.example']],
    [{ 'route-host': 'b.example, a.example,' }, ['a.example', 'b.example']],
    [{ 'route-host': '*.example' }, ['*.example']],
    [{ 'route-host': '[2001:DB8::1]' }, ['[2001:db8::1]']],
    [{ 'route-path': '/api/' }, ['*/api']],
    [{ 'route-path': 'api' }, ['*/api']],
    [{ 'route-path': '/' }, ['*']],
    [{ 'route-host': 'a,b', 'route-path': '/x,/y' }, ['a/x', 'a/y', 'b/x', 'b/y']],
    [{ 'route-path': '/api', 'route-strip': 'true' }, ['*/api strip']],
    [{ 'route-path': '/', 'route-strip': 'yes' }, ['*']],
    [{ 'route-host': 'a', 'route-tls': 'TRUE' }, ['a tls']],
    [{ 'route-strip': 'true', 'route-tls': 'true' }, ['web.example tls']],
  ])('of %j lead to %j', (attributes, expected) => {
    expect(routesOf(attributes)).toEqual(expected);
    expect(messagesOf(attributes)).toEqual([]);
  });

  it.each([
    [{ 'route-host': 'a b', 'route-path': '/api' }, []],
    [{ 'route-host': '', 'route-path': '/api' }, []],
    [{ 'route-host': ' , ', 'route-path': '/api' }, []],
    [{ 'route-host': 'a', 'route-path': '/../b' }, []],
    [{ 'route-host': 'a', 'route-path': '' }, []],
    [{ 'route-host': 'http://a' }, []],
    [{ 'route-host': 'a, b c', 'route-path': '/x' }, ['a/x']],
    [{ 'route-host': 'a', 'route-path': '/x,//y' }, ['a/x']],
    [{ 'route-host': 'a', 'route-strip': 'maybe' }, ['a']],
    [{ 'route-host': 'a', 'route-percent': '101' }, ['a']],
  ])('of %j never lead further than to %j', (attributes, expected) => {
    expect(routesOf(attributes)).toEqual(expected);
    const [key] = /route-\w+/.exec(messagesOf(attributes).join()) ?? [];
    expect(Object.keys(attributes)).toContain(key);
  });

  it('make no more routes than somebody means', () => {
    const hosts = Array.from({ length: 40 }, (_, at) => `h${at}`).join();
    expect(routesOf({ 'route-host': hosts, 'route-path': hosts })).toEqual([]);
  });

  it('stand beside routes that are written otherwise, which may say more', () => {
    const claims = [{ host: 'b' }, { path: '/p/', strip: true }, { host: 'a b' }, { host: 'c', tls: false }];
    expect(routesOf({ 'route-host': 'a', 'route-tls': 'true' }, claims)).toEqual([
      '*/p strip tls',
      'a tls',
      'b tls',
      'c',
    ]);
  });
});

describe('the keys of options', () => {
  it.each([
    [{ balance: 'LeastConn' }, { balance: 'leastconn' }],
    [{ check: '/healthz?a=b' }, { check: '/healthz?a=b' }],
    [{ check: 'off' }, { check: 'off' }],
    [{ maxconn: '10' }, { maxconn: 10 }],
    [{ timeout: '5' }, { timeoutMs: 5000 }],
    [{ timeout: '2h' }, { timeoutMs: 7_200_000 }],
    [{ cookie: 'SID' }, { cookie: 'SID' }],
    [{ sticky: 'true' }, { sticky: true }],
    [
      { cookie: 'SID', sticky: 'true' },
      { cookie: 'SID', sticky: false },
    ],
    [{ scheme: 'h2' }, { scheme: 'h2' }],
    [{ cookie: '', check: ' ' }, {}],
  ])('of %j make %j', (attributes, expected) => {
    expect(modelOf(attributes).backends[0]?.options).toEqual({ ...defaultOptions, ...expected });
    expect(messagesOf(attributes)).toEqual([]);
  });

  it.each([
    [{ balance: 'source' }, 'balance must be one of roundrobin, leastconn, random, not "source"'],
    [{ check: 'healthz' }, 'check must be tcp, off, or a path'],
    [{ maxconn: '-1' }, 'maxconn must be a whole number from 0 to 1000000, not "-1"'],
    [{ maxconn: '1e3' }, 'maxconn must be a whole number'],
    [{ timeout: '0' }, 'timeout must be a number of seconds or a duration'],
    [{ cookie: 'a;b' }, 'cookie must be 1 to 64 letters'],
    [{ sticky: '2' }, 'sticky must be true or false'],
    [{ scheme: 'fcgi' }, 'scheme must be one of http, https, h2'],
    [{ weight: '257' }, 'weight must be a whole number from 0 to 256'],
    [{ port: '80a' }, 'port must be a port from 1 to 65535'],
  ])('of %j cost the key alone', (attributes, problem) => {
    const { backends, services, problems } = modelOf(attributes);
    expect(backends[0]?.options).toEqual(defaultOptions);
    expect(backends[0]?.servers).toMatchObject([{ id: 'a', port: 80, weight: 100 }]);
    expect(services).toMatchObject([{ routes: [{ host: 'web.example' }] }]);
    expect(problems).toEqual([
      {
        source: 'docker',
        service: 'web',
        instance: 'a',
        message: expect.stringContaining(problem) as string,
      },
    ]);
  });
});

describe('an instance', () => {
  it.each([
    [{ address: '0.0.0.0' }, 'its address must be an address that a server can have'],
    [{ address: 'a b' }, 'its address must be an IPv4 address'],
    [{ port: undefined }, 'it has no port, so it is left out'],
    [{ port: 0 }, 'its port must be one from 1 to 65535, not 0'],
    [{ port: 70_000 }, 'its port must be one from 1 to 65535'],
    [{ port: 80, attributes: { port: '0' } }, 'port must be a port from 1 to 65535, not 0'],
    [{ weight: Number.NaN }, 'its weight must be 0 or more'],
    [{ weight: -1 }, 'its weight must be 0 or more'],
  ])('with %j is left out alone', (parts, problem) => {
    const good = instance('good', { address: '10.0.0.2' });
    const { backends, problems } = mergeSources(
      [view('consul', sighting('web', [instance('bad', parts), good]))],
      rules(),
    );
    expect(backends[0]?.servers.map(({ id }) => id)).toEqual(['good']);
    expect(problems).toEqual([
      expect.objectContaining({ instance: 'bad', message: expect.stringContaining(problem) as string }),
    ]);
  });

  it('has the port of its attribute before that of the source', () => {
    expect(modelOf({ port: '8080' }).backends[0]?.servers).toMatchObject([{ port: 8080 }]);
  });
});
