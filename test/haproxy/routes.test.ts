import { describe, expect, it } from 'vitest';
import type { Route } from '../../src/haproxy/model.ts';
import { routeText, routesAt } from '../../src/haproxy/routes.ts';
import { shareRoutes } from '../../src/haproxy/sharing.ts';

const plain = { strip: false, tls: false };
const textsOf = (routes: readonly Route[] = []): string[] => routes.map(routeText);

describe('the routes at hosts and paths', () => {
  it.each<[string, string[], string[], string[]]>([
    ['each path on each host', ['a', '*.b'], ['/x', '/y'], ['a/x', 'a/y', '*.b/x', '*.b/y']],
    ['hosts alone', ['a', 'b'], [], ['a', 'b']],
    ['paths on any host', [], ['/x'], ['/x']],
    ['everything without either', [], [], ['*']],
    ['a host alone for the path /', ['a'], ['/', '/x'], ['a', 'a/x']],
    ['every path of every host for the path / alone', [], ['/'], ['*']],
    [
      'each once, though two spellings lead to one backend',
      ['2001_db8__1', '[2001:db8::1]'],
      [],
      ['[2001:db8::1]'],
    ],
  ])('are %s', (_what, hosts, paths, expected) => {
    expect(textsOf(routesAt({ hosts, paths }, plain))).toEqual(expected);
  });

  it('strip a path where there is one', () => {
    const routes = routesAt({ hosts: ['a'], paths: ['/', '/x'] }, { strip: true, tls: true });
    expect(routes).toEqual([
      { host: 'a', strip: false, tls: true },
      { host: 'a', path: '/x', strip: true, tls: true },
    ]);
  });
});

describe('a route that several services claim', () => {
  const claim = (service: string, ...hosts: string[]): { service: string; routes: Route[] } => ({
    service,
    routes: routesAt({ hosts, paths: [] }, plain),
  });

  it('belongs to the first of them, and the others are told who has it', () => {
    const { routes, conflicts } = shareRoutes([claim('b', 'x', 'y'), claim('a', 'y', 'z'), claim('c', 'y')]);
    expect([...routes].map(([service, won]) => [service, textsOf(won)])).toEqual([
      ['b', ['x', 'y']],
      ['a', ['z']],
      ['c', []],
    ]);
    const shown = conflicts.map(({ service, route, heldBy }) => [service, routeText(route), heldBy]);
    expect(shown).toEqual([
      ['a', 'y', 'b'],
      ['c', 'y', 'b'],
    ]);
  });

  it('is one route in whatever spelling leads to its backend', () => {
    const { conflicts } = shareRoutes([claim('a', '2001_db8__1'), claim('b', '[2001:db8::1]')]);
    expect(conflicts).toMatchObject([{ service: 'b', heldBy: 'a' }]);
  });
});
