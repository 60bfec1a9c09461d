import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { attributesOf, prefixRoutes } from '../../../../src/agent/sources/consul/tags.ts';
import { tries } from '../../../support/explorations.ts';

describe('routes in tags of fabio', () => {
  it.each([
    ['urlprefix-/', { path: '/' }],
    ['urlprefix-/api', { path: '/api' }],
    ['urlprefix-/api/', { path: '/api' }],
    ['urlprefix-Web.Example./', { host: 'web.example', path: '/' }],
    ['urlprefix-*.example.com/x', { host: '*.example.com', path: '/x' }],
    ['urlprefix-[::1]/x', { host: '[::1]', path: '/x' }],
    ['urlprefix-/api strip=/api', { path: '/api', strip: true }],
    ['urlprefix-/api/ strip=/api', { path: '/api', strip: true }],
    [
      'urlprefix-a.example/api  proto=https strip=/api/ ',
      { host: 'a.example', path: '/api', scheme: 'https', strip: true },
    ],
    [' urlprefix-/a proto=http', { path: '/a', scheme: 'http' }],
  ])('%j', (tag, route) => {
    expect(prefixRoutes([tag])).toEqual({ routes: [route], problems: [] });
  });

  it.each([
    'urlprefix-',
    'urlprefix-web.example',
    'urlprefix-:3306 proto=tcp',
    'urlprefix-web.example:8080/',
    'urlprefix-:80/x',
    'urlprefix-/x proto=grpc',
    'urlprefix-/x proto=',
    'urlprefix-/x proto=http proto=https',
    'urlprefix-/x strip=/x strip=/x',
    'urlprefix-/api/v1 strip=/api',
    'urlprefix-/x strip=',
    'urlprefix-/x redirect=302,https://other.example$path',
    'urlprefix-/x weight=0,5',
    'urlprefix-/x weight=0.5',
    'urlprefix-/x host=dst',
    'urlprefix-/x opts "strip=/x',
    'urlprefix-/x "strip=/x"',
    'urlprefix-/x strip=/x\n',
    'urlprefix-/x\nbackend evil',
    'urlprefix-/x\tproto=http',
    'urlprefix-/a b',
    'urlprefix-/../x',
    'urlprefix-//x',
    'urlprefix-/x?y',
    'urlprefix-/%41',
    'urlprefix-a..b/x',
    'urlprefix-*/x',
    'urlprefix-/x\u0000',
    'urlprefix-/x#y',
  ])('are no route in %j, and cost no other', (tag) => {
    const good = Array.from({ length: 20 }, (_, count) => `urlprefix-/good-${count}`);
    const { routes, problems } = prefixRoutes([...good.slice(0, 10), tag, ...good.slice(10)]);
    expect(routes).toHaveLength(20);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(JSON.stringify(tag).slice(0, 20));
    expect(problems[0]).not.toMatch(/\n/);
  });

  const hostile = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.string().map((text) => `urlprefix-${text}`),
    fc
      .string({
        unit: fc.constantFrom('/', 'a', '.', ' ', '=', ':', ',', '"', '*', '\n', 'strip=', 'proto=', 'http'),
      })
      .map((text) => `urlprefix-${text}`),
  );

  it('never fail, and survive any neighbours', () => {
    const property = fc.property(fc.array(hostile), fc.array(hostile), (before, after) => {
      const { routes, problems } = prefixRoutes([...before, 'urlprefix-good.example/x strip=/x', ...after]);
      expect(routes).toContainEqual({ host: 'good.example', path: '/x', strip: true });
      for (const { host, path } of routes) {
        expect(path).toMatch(/^\/[A-Za-z0-9._~/-]*$/);
        expect(host ?? 'any').toMatch(/^[a-z0-9_.*:[\]-]+$/);
      }
      const asked = [...before, ...after].filter((tag) => /^ *urlprefix-/.test(tag));
      expect(routes.length + problems.length).toBe(asked.length + 1);
    });
    fc.assert(property, tries(500));
  });
});

describe('attributes', () => {
  it('are keys of Meta, and of tags with a value', () => {
    const tags = [
      'v1',
      'weight=10',
      'route-host=a.example,b.example',
      'x=a=b',
      '=none',
      'urlprefix-/x strip=/x',
    ];
    expect(attributesOf({ check: '/healthz' }, tags)).toEqual({
      check: '/healthz',
      weight: '10',
      'route-host': 'a.example,b.example',
      x: 'a=b',
    });
  });

  it('are those of Meta where a tag says otherwise, and of the first tag', () => {
    expect(attributesOf({ weight: '1' }, ['weight=2', 'balance=random', 'balance=leastconn'])).toEqual({
      weight: '1',
      balance: 'random',
    });
  });

  it('are data, whatever they are called', () => {
    const property = fc.property(
      fc.array(fc.string()),
      fc.dictionary(fc.string(), fc.string()),
      (tags, meta) => {
        const attributes = attributesOf(meta, [...tags, '__proto__=x', 'constructor=y']);
        expect(Object.getPrototypeOf(attributes)).toBe(Object.prototype);
        expect(Object.hasOwn(attributes, '__proto__')).toBe(true);
        expect(attributes).toMatchObject({ ...meta });
      },
    );
    fc.assert(property, tries());
  });
});
