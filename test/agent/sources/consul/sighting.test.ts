import { describe, expect, it } from 'vitest';
import { readSighting, type SightingRules } from '../../../../src/agent/sources/consul/sighting.ts';
import type { InstanceHealth } from '../../../../src/consul/api.ts';
import { managedTag } from '../../../../src/lambda-service/service.ts';
import { arnOf } from '../../../support/aws/tag-world.ts';

const rules: SightingRules = {
  warning: 'keep',
  host: '{service}.example',
  functionHost: '{service}.fn.example',
};

function instance(
  service: Partial<InstanceHealth['Service']> = {},
  statuses: string[] = [],
  node = 'n',
): InstanceHealth {
  return {
    Node: { Node: node, Address: '192.0.2.1' },
    Service: {
      ID: 'web',
      Service: 'web',
      Kind: '',
      Tags: [],
      Meta: {},
      Address: '',
      Port: 80,
      Weights: { Passing: 4, Warning: 2 },
      ...service,
    },
    Checks: statuses.map((Status) => ({ Status })),
  };
}

const seen = (instances: InstanceHealth[], others: Partial<SightingRules> = {}) =>
  readSighting('web', instances, { ...rules, ...others });

describe('an instance', () => {
  it.each([
    [[], 'ready', 4],
    [['passing', 'passing'], 'ready', 4],
    [['passing', 'warning'], 'ready', 2],
    [['warning', 'critical'], 'drain', 4],
    [['critical'], 'drain', 4],
    [['passing', 'maintenance'], 'drain', 4],
    [['passing', ''], 'drain', 4],
  ])('with checks %j is %s with the weight %d', (statuses, state, weight) => {
    expect(seen([instance({}, statuses)]).sighting?.instances).toMatchObject([{ state, weight }]);
  });

  it('drains with a warning where that is the rule', () => {
    expect(seen([instance({}, ['warning'])], { warning: 'drain' }).sighting?.instances).toMatchObject([
      { state: 'drain', weight: 2 },
    ]);
  });

  it('has a port where Consul knows one', () => {
    expect(seen([instance({ Port: 0 })]).sighting?.instances[0]?.port).toBeUndefined();
  });

  it('is known by node and ID, whatever these hold', () => {
    const ids = seen([
      instance({ ID: 'b/c' }, [], 'a'),
      instance({ ID: 'c' }, [], 'a/b'),
      instance({ ID: 'c' }, [], 'a%2Fb'),
    ]).sighting?.instances.map(({ id }) => id);
    expect(ids).toEqual(['a%252Fb/c', 'a%2Fb/c', 'a/b/c']);
  });
});

describe('a service', () => {
  it('has the route of its name where its tags ask for none, good or bad', () => {
    expect(seen([instance()]).sighting?.fallback).toEqual([{ host: 'web.example' }]);
    expect(seen([instance({ Tags: ['urlprefix-/x'] })]).sighting?.fallback).toEqual([]);
    const bad = seen([instance({ Tags: ['urlprefix-nowhere'] })]);
    expect(bad.sighting?.fallback).toEqual([]);
    expect(bad.complaints).toMatchObject([{ instance: 'n/web' }]);
  });

  it.each(['connect-proxy', 'mesh-gateway', 'terminating-gateway', 'ingress-gateway', 'api-gateway'])(
    'is none where it is a %s',
    (Kind) => {
      expect(seen([instance({ Kind })])).toEqual({ sighting: undefined, complaints: [] });
      expect(seen([instance({ Kind, ID: 'p' }), instance()]).sighting?.instances).toHaveLength(1);
    },
  );

  it('is the same whatever the order of its instances', () => {
    const [one, other] = [instance({ ID: '1' }), instance({ ID: '2' })];
    expect(seen([one, other])).toEqual(seen([other, one]));
  });
});

describe('a function', () => {
  const meta = { 'lambda-arn': arnOf('pay') };
  const lambda = (Meta: Record<string, string> = meta, ID = 'pay') =>
    instance({ ID, Tags: [managedTag], Meta }, ['critical']);

  it('is ready whatever its checks, and has the routes of its Meta alone', () => {
    const tagged = lambda({ ...meta, 'lambda-route-path': '/x', 'route-host': 'other.example' });
    expect(seen([tagged]).sighting).toMatchObject({
      isFunction: true,
      fallback: [],
      instances: [{ state: 'ready', attributes: {}, routes: [{ path: '/x', strip: false }] }],
    });
  });

  it('has the route of its name where its Meta asks for none', () => {
    expect(seen([lambda()]).sighting?.fallback).toEqual([{ host: 'web.fn.example' }]);
    expect(seen([lambda({})]).sighting?.fallback).toEqual([{ host: 'web.fn.example' }]);
  });

  it('has no route where the one of its Meta is bad', () => {
    const bad = seen([lambda({ ...meta, 'lambda-route-host': 'no host', 'lambda-route-path': '/x' })]);
    expect(bad.sighting).toMatchObject({ fallback: [], instances: [{ routes: [] }] });
    expect(bad.complaints[0]?.message).toContain('lambda-route-host must be');
  });

  it('is left out beside instances with an address', () => {
    const both = seen([lambda(), instance()]);
    expect(both.sighting).toMatchObject({ isFunction: false, instances: [{ id: 'n/web' }] });
    expect(both.complaints).toMatchObject([{ instance: 'n/pay' }]);
  });
});
