import { describe, expect, it } from 'vitest';
import {
  defaultPortOf,
  namespacesNamed,
  plainName,
  routesByName,
  serviceKey,
  wantedNamespaces,
} from '../../../../src/agent/sources/cloud-map/namespaces.ts';
import { entryOf } from '../../../support/agent/followed-cloud-map.ts';

describe('the name of a service', () => {
  it.each([
    ['web', 'web'],
    ['_web._tcp', 'web'],
    ['_my-app._tcp', 'my-app'],
    ['_a.b_c._tcp', 'a.b_c'],
    ['_Web._TCP', 'Web'],
    ['my_app', 'my_app'],
    ['_web', '_web'],
    ['_web._udp', '_web._udp'],
    ['_._tcp', '_._tcp'],
    ['x_web._tcp', 'x_web._tcp'],
  ])('%s is %s', (service, name) => {
    expect(plainName(service)).toBe(name);
  });
});

describe('a wanted namespace', () => {
  it('is one, however often it is named', () => {
    const [wanted, ...others] = wantedNamespaces([
      entryOf('cluster', { domain: 'a.example' }),
      entryOf('cluster', { domain: 'b.example', defaultPort: 8080 }),
      entryOf('cluster', { mode: 'path' }),
    ]);
    expect(others).toEqual([]);
    if (wanted === undefined) throw new Error('no namespace');
    expect(routesByName(wanted, '_web._tcp')).toEqual([
      { host: 'web.a.example' },
      { host: 'web.b.example' },
      { path: '/web', strip: true },
    ]);
    expect(defaultPortOf(wanted)).toBe(8080);
    expect(serviceKey(wanted, '_web._tcp')).toBe('web.cluster');
  });

  it('has keys of its own beside that of another account', () => {
    const wanted = wantedNamespaces([
      entryOf('cluster'),
      entryOf('cluster', { ownerAccount: '210987654321' }),
      entryOf('other', { ownerAccount: '210987654321' }),
    ]);
    const keys = wanted.map((each) => serviceKey(each, 'web'));
    expect(keys).toEqual(['web.cluster', 'web.cluster.210987654321', 'web.other']);
  });

  it('is the one of its account, and first the one that is discovered by its name', () => {
    const named = (id: string, httpName: string, owner: string) => ({
      id,
      arn: `arn:${id}`,
      name: 'cluster',
      httpName,
      owner,
    });
    const listed = [
      named('ns-1', 'cluster-1a2b', '123456789012'),
      named('ns-2', 'cluster', '123456789012'),
      named('ns-3', 'cluster', '210987654321'),
      { ...named('ns-4', 'x', '123456789012'), name: 'x' },
    ];
    const idsFor = (ownerAccount: string | undefined) =>
      wantedNamespaces([entryOf('cluster', { ownerAccount })]).flatMap((wanted) =>
        namespacesNamed(wanted, listed).map(({ id }) => id),
      );
    expect(idsFor('123456789012')).toEqual(['ns-2', 'ns-1']);
    expect(idsFor('210987654321')).toEqual(['ns-3']);
    expect(idsFor(undefined)).toEqual(['ns-2', 'ns-3', 'ns-1']);
  });
});
