import { describe, expect, it } from 'vitest';
import type { SeenInstance, Sighting } from '../../../src/agent/model/sighting.ts';
import { payloadOf } from '../../../src/agent/push/payload.ts';

function instance(parts: Partial<SeenInstance> = {}): SeenInstance {
  const attributes = { 'route-host': 'web.example.com' };
  return {
    id: 'c1',
    address: '10.0.0.1',
    port: 80,
    weight: 1,
    state: 'ready',
    attributes,
    routes: [],
    ...parts,
  };
}

function sighting(service: string, instances: SeenInstance[], fallback: Sighting['fallback'] = []): Sighting {
  return { service, instances, fallback, isFunction: false };
}

function report(...sightings: Sighting[]) {
  return payloadOf(sightings, { table: 'prod', host: 'docker-1' });
}

function candidateOf(parts: Partial<SeenInstance>, fallback: Sighting['fallback'] = []) {
  const { payload, omissions } = report(sighting('web', [instance(parts)], fallback));
  const [candidate] = payload.candidates;
  const {
    serviceName: _name,
    containers: _containers,
    ...rest
  } = candidate ?? { serviceName: '', containers: [] };
  const { port: _port, ...told } = rest as Record<string, unknown>;
  return { ...told, omissions: omissions.map(({ message }) => message) };
}

it('reports everything that runs, and what is wanted for it', () => {
  const web = sighting('web', [instance(), instance({ id: 'c2', address: '10.0.0.2' })]);
  const api = sighting('api', [instance({ id: 'c3', address: 'fd00::3', port: 8080 })]);
  expect(report(web, api)).toEqual({
    payload: {
      table: 'prod',
      host: 'docker-1',
      running: [
        { serviceName: 'api', id: 'c3', ip: 'fd00::3' },
        { serviceName: 'web', id: 'c1', ip: '10.0.0.1' },
        { serviceName: 'web', id: 'c2', ip: '10.0.0.2' },
      ],
      candidates: [
        {
          serviceName: 'api',
          configMode: 'host',
          predicate: 'web.example.com',
          port: 8080,
          containers: [{ id: 'c3', ip: 'fd00::3' }],
        },
        {
          serviceName: 'web',
          configMode: 'host',
          predicate: 'web.example.com',
          port: 80,
          containers: [
            { id: 'c1', ip: '10.0.0.1' },
            { id: 'c2', ip: '10.0.0.2' },
          ],
        },
      ],
    },
    omissions: [],
  });
  expect(report(api, web)).toEqual(report(web, api));
});

it('reports that nothing runs, for nobody in particular where no host is named', () => {
  expect(payloadOf([], { table: 'prod', host: '' }).payload).toEqual({
    table: 'prod',
    running: [],
    candidates: [],
  });
});

describe('the route', () => {
  it.each<[string, Partial<SeenInstance>, object]>([
    [
      'of hosts',
      { attributes: { 'route-host': 'a.example, b.example' } },
      { configMode: 'host', predicate: 'a.example', hosts: ['b.example'] },
    ],
    [
      'of hosts with paths',
      { attributes: { 'route-host': 'a.example', 'route-path': '/x,/y' } },
      { configMode: 'host', predicate: 'a.example', paths: ['/x', '/y'] },
    ],
    [
      'of paths',
      { attributes: { 'route-path': '/x,/y' } },
      { configMode: 'path', predicate: '/x', paths: ['/y'] },
    ],
    [
      "of Cosmonaut's host",
      { attributes: {}, routes: [{ host: 'a.example' }] },
      { configMode: 'host', predicate: 'a.example' },
    ],
    [
      "of Cosmonaut's path",
      { attributes: {}, routes: [{ path: '/api/' }] },
      { configMode: 'path', predicate: '/api/' },
    ],
    [
      'of services that ask for none',
      { attributes: {} },
      { configMode: 'host', predicate: 'web.example.com' },
    ],
  ])('%s is told', (_what, parts, route) => {
    expect(candidateOf(parts, [{ host: 'web.example.com' }])).toEqual({ ...route, omissions: [] });
  });
});

it('tells options in the types that the registry takes, and leaves the judgement to it', () => {
  const route = { 'route-path': '/x' };
  const told = {
    cookie: 'S',
    balance: 'leastconn',
    check: '/up',
    weight: '50',
    maxconn: 'many',
    'route-tls': 'true',
    'route-strip': 'yes',
  };
  expect(candidateOf({ attributes: { ...route, ...told } })).toEqual({
    configMode: 'path',
    predicate: '/x',
    cookie: 'S',
    balance: 'leastconn',
    check: '/up',
    weight: 50,
    maxconn: 'many',
    tls: true,
    strip: 'yes',
    omissions: [],
  });
  expect(candidateOf({ attributes: { ...route, check: 'tcp', weight: '' } })).toEqual({
    configMode: 'path',
    predicate: '/x',
    omissions: [],
  });
  expect(candidateOf({ attributes: { ...route, timeout: '5s' } }).omissions).toEqual([
    'timeout is nothing that a registry knows',
  ]);
});

describe('instances', () => {
  it('that drain are left out, as long as others are ready', () => {
    const two = [instance({ state: 'drain' }), instance({ id: 'c2', address: '10.0.0.2' })];
    expect(report(sighting('web', two)).payload.running.map(({ id }) => id)).toEqual(['c2']);
    expect(report(sighting('web', two.slice(0, 1))).payload.running.map(({ id }) => id)).toEqual(['c1']);
  });

  it('without a port, or with another than the first, are left out', () => {
    const web = sighting('web', [
      instance({ port: undefined }),
      instance({ id: 'c2' }),
      instance({ id: 'c3', port: 81 }),
    ]);
    const { payload, omissions } = report(web);
    expect(payload.running.map(({ id }) => id)).toEqual(['c2']);
    expect(omissions).toEqual([
      { service: 'web', instance: 'c1', message: 'has no port' },
      { service: 'web', instance: 'c3', message: 'has port 81, where others of the service have 80' },
    ]);
    expect(report(sighting('web', [instance({ port: undefined })])).payload).toMatchObject({
      running: [],
      candidates: [],
    });
  });
});
