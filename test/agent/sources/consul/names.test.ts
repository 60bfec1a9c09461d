import { describe, expect, it } from 'vitest';
import { chosenNames } from '../../../../src/agent/sources/consul/names.ts';
import { fallbackRoutes } from '../../../../src/agent/sources/fallback-route.ts';

const chosen = (listed: string[], ...patterns: string[]) => [...chosenNames(listed, patterns).keys()].join();

describe('chosen services', () => {
  it('are named, or match a pattern in any case', () => {
    const listed = ['web', 'Web-Admin', 'mail', 'a.b', 'axb', 'ab\nc'];
    expect(chosen(listed, '*')).toBe('web-admin,a.b,ab\nc,axb,mail,web');
    expect(chosen(listed, 'WEB*')).toBe('web-admin,web');
    expect(chosen(listed, 'a.b', 'm??l')).toBe('a.b,mail');
    expect(chosen(listed, 'we')).toBe('');
    expect(chosen(['x(y', 'x[1]', 'x\\'], 'x(y', 'x[1]', 'x\\')).toBe('x(y,x[1],x\\');
    expect(chosen(listed)).toBe('');
  });

  it('are never Consul itself', () => {
    expect(chosen(['consul', 'Consul', 'consul-web'], '*', 'consul')).toBe('consul-web');
  });

  it('are one service where their names differ in case', () => {
    expect([...chosenNames(['web', 'Web', 'WEB'], ['*'])]).toEqual([['web', 'WEB']]);
  });
});

describe('the route of a service that asks for none', () => {
  it('has its name in the host', () => {
    expect(fallbackRoutes('{service}.example.com', 'web')).toEqual([{ host: 'web.example.com' }]);
    expect(fallbackRoutes('', 'web')).toEqual([]);
  });

  it('is none where the name makes no host', () => {
    for (const name of ['a b', 'a/b', '$&', '', 'é', 'a\nb'])
      expect(fallbackRoutes('{service}.example.com', name)).toEqual([]);
  });
});
