import { describe, expect, it } from 'vitest';
import { instance, instances, rules, sighting, view, mergeSources } from '../../support/agent/sightings.ts';

const optionsOf = (attributes: Record<string, string>, over: object) =>
  mergeSources(
    [view('docker', sighting('web', [instance('a', { attributes })]))],
    rules({ overrides: { web: over } }),
  ).backends[0]?.options;

it('has one cookie: the application’s, unless the configuration wants one of HAProxy', () => {
  expect(optionsOf({ cookie: 'SID' }, { sticky: true })).toMatchObject({ sticky: true, cookie: undefined });
  expect(optionsOf({ cookie: 'SID', sticky: 'true' }, {})).toMatchObject({ sticky: false, cookie: 'SID' });
  expect(optionsOf({ sticky: 'true' }, { cookie: 'SID' })).toMatchObject({ sticky: false, cookie: 'SID' });
  expect(optionsOf({}, { cookie: 'SID', sticky: true })).toMatchObject({ sticky: false, cookie: 'SID' });
});

it('takes the first instance by its id, whatever else its id holds', () => {
  const named = (id: string) => instance(id, { attributes: { 'route-host': `${id.length}.of` } });
  const model = mergeSources([view('docker', sighting('web', [named('a!'), named('a')]))], rules());
  expect(model.services[0]?.routes).toMatchObject([{ host: '1.of' }]);
});

it('tells of an instance whose id others have already', () => {
  const routed = { attributes: { 'route-host': 'x' } };
  const same = ['10.0.0.1', '10.0.0.2', '10.0.0.3'].map((address) => instance('a', { address, ...routed }));
  const model = mergeSources([view('file', sighting('web', same))], rules());
  expect(model.backends[0]?.servers).toHaveLength(2);
  expect(model.problems).toMatchObject([
    { source: 'file', service: 'web', instance: 'a', message: expect.stringContaining('its id') as string },
  ]);
});

it('leaves out a service whose name holds control characters, and says so', () => {
  const odd = view('docker', sighting('a\0b', instances('a'), { fallback: [{ host: 'x' }] }));
  expect(mergeSources([odd], rules())).toMatchObject({
    services: [],
    backends: [],
    problems: [{ source: 'docker', service: 'a\0b', message: expect.stringContaining('control') as string }],
  });
});

it('speaks to servers as their own service wants it, where services share a route', () => {
  const web = sighting('web', [instance('w', { attributes: { 'route-host': 'x', maxconn: '7' } })]);
  const attributes = { 'route-host': 'x', 'route-percent': '10', scheme: 'h2' };
  const next = sighting('next', [instance('n', { address: '10.0.0.2', attributes })]);
  expect(mergeSources([view('consul', web, next)], rules()).backends[0]?.servers).toMatchObject([
    { of: 'next', name: 'n', scheme: 'h2', maxconn: 0 },
    { of: 'web', name: 'w', scheme: 'http', maxconn: 7 },
  ]);
});

describe('the proxy of functions', () => {
  const lambda = {
    proxy: [
      { address: '127.0.0.1', port: 80 },
      { address: '127.0.0.1', port: 8080 },
    ],
    check: 'tcp',
  } as const;
  const isOwn = (_: string, port: number): boolean => port === 80;

  it('is told of where it is HAProxy itself, once', () => {
    const fn = (name: string) => sighting(name, [], { isFunction: true });
    const model = mergeSources([view('consul', fn('pay'), fn('ship'))], rules({ lambda, isOwn }));
    expect(model.backends).toMatchObject([{ servers: [{ port: 8080 }] }]);
    expect(model.problems).toMatchObject([
      { service: undefined, message: expect.stringContaining('lambda.proxy 127.0.0.1:80') as string },
    ]);
  });

  it('is not told of where there are no functions', () => {
    const model = mergeSources([view('consul', sighting('web', []))], rules({ lambda, isOwn }));
    expect(model.problems).toEqual([]);
  });
});
