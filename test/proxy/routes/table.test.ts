import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RouteTable, withoutPrefix } from '../../../src/proxy/routes/table.ts';
import { tries } from '../../support/explorations.ts';

interface Route {
  hostname: string;
  pathPrefix: string;
}

const route = (hostname: string, pathPrefix = '/'): Route => ({ hostname, pathPrefix });

/** As `host/prefix`. */
function matched(routes: readonly Route[], host: string, path: string): string | undefined {
  const found = new RouteTable(routes).match(host, path);
  return found && `${found.hostname} ${found.pathPrefix}`;
}

describe('the first tier that matches', () => {
  const routes = [
    route('a.x', '/api'),
    route('a.x', '/api/v1'),
    route('*.x', '/api'),
    route('*.x', '/w'),
    route('*', '/'),
    route('*', '/api/v1/all'),
  ];

  it.each([
    ['a.x', '/api', 'a.x /api'],
    ['a.x', '/api/', 'a.x /api'],
    ['a.x', '/api/v1', 'a.x /api/v1'],
    ['a.x', '/api/v1/all', 'a.x /api/v1'],
    ['a.x', '/api/v2', 'a.x /api'],
    ['a.x', '/w/1', '*.x /w'],
    ['b.x', '/api/v1', '*.x /api'],
    ['a.x', '/apix', '* /'],
    ['b.a.x', '/api', '* /'],
    ['x', '/api', '* /'],
    ['.x', '/api', '* /'],
    ['', '/api/v1/all/1', '* /api/v1/all'],
    ['', '*', '* /'],
  ])('wins: %s%s', (host, path, expected) => {
    expect(matched(routes, host, path)).toBe(expected);
  });

  it('may be none', () => {
    expect(matched([route('a.x', '/api')], 'a.x', '/')).toBeUndefined();
    expect(matched([route('a.x', '/api')], 'b.x', '/api')).toBeUndefined();
    expect(matched([], 'a.x', '/')).toBeUndefined();
  });
});

it('compares bytes: nothing is decoded or cleaned', () => {
  const routes = [route('*', '/api')];
  for (const path of ['/%61pi', '//api', '/./api', '/API', '/api;x', '/x/../api', '/api%2Fx', '/api\\x']) {
    expect(matched(routes, '', path)).toBeUndefined();
  }
  expect(matched(routes, '', '/api//x')).toBe('* /api');
});

it('takes the last of two routes for the same', () => {
  const [first, last] = [route('a', '/p'), route('a', '/p')];
  expect(new RouteTable([first, last]).match('a', '/p')).toBe(last);
});

describe('every table', () => {
  const prefix = fc
    .array(fc.constantFrom('a', 'b', 'ab'), { maxLength: 3 })
    .map((segments) => `/${segments.join('/')}`);
  const path = fc
    .array(fc.constantFrom('/', 'a', 'b', 'ab', '/a', '/b', '%2F'), { maxLength: 8 })
    .map((parts) => `/${parts.join('')}`);
  const host = fc.constantFrom('', 'x', 'a.x', 'b.x', 'b.a.x', 'a', '.x', 'a.', '[::1]');
  const hostname = fc.constantFrom('x', 'a.x', '*.x', '*.a.x', '*', '[::1]');
  const routes = fc.array(fc.record({ hostname, pathPrefix: prefix }), { maxLength: 12 });

  it('finds what looking at each route finds', () => {
    fc.assert(
      fc.property(routes, host, path, (routes, host, path) => {
        expect(new RouteTable(routes).match(host, path)).toBe(slowMatch(routes, host, path));
      }),
      tries(3000),
    );
  });

  it('takes off the prefix of the route that it found, and nothing else', () => {
    fc.assert(
      fc.property(routes, host, path, (routes, host, path) => {
        const found = new RouteTable(routes).match(host, path);
        fc.pre(found !== undefined && found.pathPrefix !== '/');
        const { pathPrefix } = found;
        const rest = withoutPrefix(path, pathPrefix);
        expect(rest.startsWith('/')).toBe(true);
        expect([pathPrefix, pathPrefix + rest]).toContain(path);
      }),
      tries(1000),
    );
  });
});

/** The obvious way: every route of the best tier that matches, the longest prefix, the last given. */
function slowMatch(routes: readonly Route[], host: string, path: string): Route | undefined {
  const onPath = routes.filter(
    ({ pathPrefix: prefix }) => prefix === '/' || path === prefix || path.startsWith(`${prefix}/`),
  );
  const tiers = [
    onPath.filter(({ hostname }) => hostname === host),
    onPath.filter(({ hostname }) => {
      const ending = hostname.slice(1);
      const label = host.slice(0, -ending.length);
      return hostname.startsWith('*.') && host.endsWith(ending) && label !== '' && !label.includes('.');
    }),
    onPath.filter(({ hostname }) => hostname === '*'),
  ];
  const tier = tiers.find(({ length }) => length > 0) ?? [];
  const length = Math.max(...tier.map(({ pathPrefix }) => pathPrefix.length));
  return tier.findLast(({ pathPrefix }) => pathPrefix.length === length);
}

it.each([
  ['/api/x', '/api', '/x'],
  ['/api', '/api', '/'],
  ['/api/', '/api', '/'],
  ['/api//x', '/api', '//x'],
  ['/x', '/', '/x'],
  ['*', '/', '*'],
])('makes of %s without %s %s', (path, prefix, rest) => {
  expect(withoutPrefix(path, prefix)).toBe(rest);
});
