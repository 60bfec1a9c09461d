import { describe, expect, it } from 'vitest';
import {
  type Filter,
  filterOf,
  hashOf,
  kindCounts,
  matching,
} from '../../../src/agent/page/client/model/filter.ts';
import { viewOf } from '../../../src/agent/page/client/model/service-view.ts';
import { ageText, instantText, routeMarks, routeWords } from '../../../src/agent/page/client/model/words.ts';
import { routeStatus, serverStatus, serviceStatus } from '../../support/page/fixtures.ts';

const web = serviceStatus('web', {
  sources: ['docker', 'consul'],
  routes: [routeStatus('Shop.example.com', { path: '/Cart' }), routeStatus(null, { path: '/web' })],
  servers: [serverStatus('i-1', { address: '10.1.2.3:80' }), serverStatus('i-2', { state: 'drain' })],
});
const api = serviceStatus('api', { servers: [serverStatus('a', { state: 'down' })] });
const idle = serviceStatus('idle', { servers: [] });
const fine = serviceStatus('fine');
const services = [api, fine, idle, web].map(viewOf);

const noFilter: Filter = { text: '', only: 'all' };
const found = (text: string, only = noFilter.only) =>
  matching(services, { text, only }).map(({ service }) => service.name);

describe('the filter', () => {
  it.each([
    ['a name', 'idl', ['idle']],
    ['a host with its path, in any case', 'shop.EXAMPLE.com/cart', ['web']],
    ['an address', '10.1.2.3', ['web']],
    ['an id', 'i-2', ['web']],
    ['a source', 'docker', ['web']],
    ['a backend', 'be_api', ['api']],
    ['every word, whatever it stands for', ' docker   /web ', ['web']],
    ['words of which one is nowhere', 'docker api', []],
    ['no words', '  ', ['api', 'fine', 'idle', 'web']],
  ])('finds by %s', (_, text, names) => {
    expect(found(text)).toEqual(names);
  });

  it('finds by what is wrong', () => {
    expect(found('', 'trouble')).toEqual(['api', 'idle', 'web']);
    expect(found('', 'down')).toEqual(['api']);
    expect(found('', 'drain')).toEqual(['web']);
    expect(found('', 'empty')).toEqual(['idle']);
    expect(found('example', 'trouble')).toEqual(['api', 'idle', 'web']);
    expect(kindCounts(services)).toEqual({ all: 4, trouble: 3, down: 1, drain: 1, empty: 1 });
  });

  it('comes back from an address as it went', () => {
    const filter = { text: 'a b&c=d #ü', only: 'down' } as const;
    expect(filterOf(`#${hashOf(filter)}`)).toEqual(filter);
    expect(hashOf(noFilter)).toBe('');
    expect(filterOf('#only=everything&x=%')).toEqual(noFilter);
  });
});

describe('a service', () => {
  it('tells its servers in words, and how bad it is', () => {
    const of = (...states: ('up' | 'down' | 'drain' | 'maint' | 'checking')[]) => {
      const servers = states.map((state, at) => serverStatus(String(at), { state }));
      const { summary, mark } = viewOf(serviceStatus('a', { servers }));
      return `${mark}: ${summary}`;
    };
    expect(of('up', 'up')).toBe('good: 2 up');
    expect(of('down', 'drain', 'up', 'up')).toBe('partly: 2 up, 1 down, 1 draining');
    expect(of('checking', 'maint')).toBe('partly: 1 in maintenance, 1 checking');
    expect(of('down', 'maint')).toBe('bad: 1 down, 1 in maintenance');
    expect(of()).toBe('bad: no servers');
  });

  it('tells its routes', () => {
    expect(routeWords(routeStatus(null))).toBe('any host');
    expect(routeWords(routeStatus('*.a', { path: '/b' }))).toBe('*.a/b');
    expect(routeMarks(routeStatus('a', { tls: true, strip: true, percent: 0 }))).toEqual([
      'TLS',
      'path stripped',
      '0 %',
    ]);
  });
});

it('tells times by their largest unit, and instants by the day when it is another', () => {
  expect([-5, 59_999, 60_000, 3_599_000, 3_600_000, 200_000_000].map(ageText)).toEqual([
    '0 s',
    '59 s',
    '1 min',
    '59 min',
    '1 h',
    '2 d',
  ]);
  const noon = new Date(2026, 2, 2, 12, 0, 1);
  expect(instantText(noon.toISOString(), noon.getTime() + 1000)).toBe('12:00:01');
  expect(instantText(noon.toISOString(), noon.getTime() + 86_400_000)).toBe('2026-03-02 12:00:01');
  expect(instantText('soon', 0)).toBe('soon');
});
