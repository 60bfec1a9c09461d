import { describe, expect, it } from 'vitest';
import { sharedBackendName } from '../../../src/agent/model/backends.ts';
import { instance, rules, sighting, view, mergeSources } from '../../support/agent/sightings.ts';

/** A service of Consul with one server of its own address, that asks for some of the requests to x. */
function canary(name: string, address: string, percent?: string, state: 'ready' | 'drain' = 'ready') {
  const attributes = { 'route-host': 'x', ...(percent === undefined ? {} : { 'route-percent': percent }) };
  return sighting(name, [instance('one', { address, attributes, state })]);
}

const sharesOf = (...services: ReturnType<typeof canary>[]) =>
  mergeSources([view('consul', ...services)], rules()).backends.map(({ name, servers }) => [
    name,
    ...servers.map(({ service, weight }) => `${service} ${weight}`).sort(),
  ]);

describe('a service that wants a percentage', () => {
  it('gets it by the weights of its servers beside the others', () => {
    expect(sharesOf(canary('web', '10.0.0.1'), canary('next', '10.0.0.2', '20'))).toEqual([
      [sharedBackendName(['web', 'next']), 'next 64', 'web 256'],
    ]);
    expect(sharesOf(canary('web', '10.0.0.1'), canary('next', '10.0.0.2', '0'))).toEqual([
      [sharedBackendName(['web', 'next']), 'next 0', 'web 256'],
    ]);
  });

  it('gets all where nobody else asks, and where nobody else has servers', () => {
    expect(sharesOf(canary('next', '10.0.0.2', '20'))).toEqual([['next', 'next 100']]);
    const empty = { ...canary('web', ''), instances: [], fallback: [{ host: 'x' }] };
    expect(sharesOf(empty, canary('next', '10.0.0.2', '20'))).toEqual([
      [sharedBackendName(['web', 'next']), 'next 256'],
    ]);
  });

  it('gets what others left, of several that want more than there is', () => {
    const all = [canary('web', '10.0.0.1'), canary('a', '10.0.0.2', '80'), canary('b', '10.0.0.3', '80')];
    expect(sharesOf(...all)).toEqual([[sharedBackendName(['web', 'a', 'b']), 'a 256', 'b 64', 'web 0']]);
  });

  it('is the first where all want percentages', () => {
    expect(sharesOf(canary('a', '10.0.0.1', '90'), canary('b', '10.0.0.2', '10'))).toEqual([
      [sharedBackendName(['a', 'b']), 'a 252', 'b 28'],
    ]);
  });

  it('leads to a backend whose name a change of the percentage does not change', () => {
    const namesAt = (percent: string) =>
      sharesOf(canary('web', '10.0.0.1'), canary('next', '10.0.0.2', percent)).map(([name]) => name);
    expect(namesAt('5')).toEqual(namesAt('50'));
  });

  it('may want another for another route', () => {
    const next = {
      ...canary('next', '10.0.0.2'),
      instances: [instance('one', { address: '10.0.0.2' })],
      fallback: [
        { host: 'x', percent: 10 },
        { host: 'y', percent: 50 },
      ],
    };
    const web = {
      ...canary('web', ''),
      instances: [instance('w')],
      fallback: [{ host: 'x' }, { host: 'y' }],
    };
    const { services, backends } = mergeSources([view('file', web, next)], rules());
    expect(backends).toHaveLength(2);
    expect(services[0]?.shares).toMatchObject([
      { host: 'x', percent: 10 },
      { host: 'y', percent: 50 },
    ]);
    expect(new Set(services[1]?.routes.map(({ backend }) => backend)).size).toBe(2);
  });
});
