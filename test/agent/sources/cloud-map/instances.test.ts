import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seenInstances } from '../../../../src/agent/sources/cloud-map/instances.ts';
import type { Health } from '../../../../src/aws/cloud-map/api.ts';
import { tries } from '../../../support/explorations.ts';

const ipv4 = { AWS_INSTANCE_IPV4: '10.0.0.1' };
const port = { AWS_INSTANCE_PORT: '8080' };

function see(attributes: Record<string, string>, defaultPort?: number) {
  const { instances, problems } = seenInstances([{ id: 'i', attributes, health: 'UNKNOWN' }], defaultPort);
  return instances[0] ?? problems[0]?.message;
}

describe('an instance', () => {
  it('is what its attributes say', () => {
    const own = { 'route-host': 'a.example', check: '/up', ECS_CLUSTER_NAME: 'prod' };
    const attributes = { ...ipv4, ...port, AWS_EC2_INSTANCE_ID: 'i-0abc', ...own };
    expect(see(attributes)).toEqual({
      id: 'i',
      address: '10.0.0.1',
      port: 8080,
      weight: 1,
      state: 'ready',
      attributes: own,
      routes: [],
    });
  });

  it.each([
    [
      'IPv4 before all',
      { ...ipv4, AWS_INSTANCE_IPV6: '2001:db8::1', AWS_INSTANCE_CNAME: 'c.example' },
      '10.0.0.1',
    ],
    [
      'IPv6 before a name',
      { AWS_INSTANCE_IPV6: '2001:db8::1', AWS_INSTANCE_CNAME: 'c.example' },
      '2001:db8::1',
    ],
    ['a name', { AWS_INSTANCE_CNAME: 'c.example' }, 'c.example'],
    [
      'an empty IPv4 as if it were missing',
      { AWS_INSTANCE_IPV4: '', AWS_INSTANCE_IPV6: '2001:db8::1' },
      '2001:db8::1',
    ],
  ])('is reached by %s', (_what, attributes, address) => {
    expect(see({ ...attributes, ...port })).toMatchObject({ address });
  });

  it('without an address is a problem', () => {
    expect(see(port)).toMatch(/^AWS_INSTANCE_IPV4, AWS_INSTANCE_IPV6 or AWS_INSTANCE_CNAME must be set: /);
  });

  it('that is an alias is a problem', () => {
    const message = see({ AWS_ALIAS_DNS_NAME: 'lb-1.elb.amazonaws.com' }, 80);
    expect(message).toContain('AWS_ALIAS_DNS_NAME names a load balancer (lb-1.elb.amazonaws.com)');
  });

  it('without a port has the default one, or none that is known', () => {
    expect(see(ipv4, 80)).toMatchObject({ port: 80 });
    expect(see(ipv4)).toMatchObject({ port: undefined });
  });

  it.each(['0', '', '65536', 'http', '80 ', '-1', '8e1', '80.5'])(
    'with the port "%s" is left out',
    (text) => {
      const message = see({ ...ipv4, AWS_INSTANCE_PORT: text }, 80);
      expect(message).toContain('AWS_INSTANCE_PORT must be a whole number from 1 to 65535');
    },
  );
});

describe('health', () => {
  const statesOf = (...healths: Health[]) => {
    const registered = healths.map((health, at) => ({ id: `i-${at}`, attributes: ipv4, health }));
    return seenInstances(registered, 80).instances.map(({ state }) => state);
  };

  it('of nobody known drains nobody', () => {
    expect(statesOf('UNKNOWN', 'UNKNOWN')).toEqual(['ready', 'ready']);
  });

  it('drains what is not healthy, and keeps it', () => {
    expect(statesOf('HEALTHY', 'UNHEALTHY', 'UNKNOWN')).toEqual(['ready', 'drain', 'drain']);
  });

  it('drains all that are unhealthy, whoever opens to them then', () => {
    expect(statesOf('UNHEALTHY', 'UNHEALTHY')).toEqual(['drain', 'drain']);
  });
});

it('does not depend on the order of instances', () => {
  const health = fc.constantFrom<Health>('HEALTHY', 'UNHEALTHY', 'UNKNOWN');
  const attributes = fc.dictionary(
    fc.constantFrom(
      'AWS_INSTANCE_IPV4',
      'AWS_INSTANCE_PORT',
      'AWS_ALIAS_DNS_NAME',
      'route-path',
      '__proto__',
    ),
    fc.string(),
  );
  const instance = fc.record({ id: fc.string({ minLength: 1 }), attributes, health });
  const lists = fc.uniqueArray(instance, { selector: ({ id }) => id });
  const orders = lists.chain((list) =>
    fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length })),
  );
  fc.assert(
    fc.property(orders, ([one, other]) => {
      const seen = seenInstances(one, 80);
      expect(seenInstances(other, 80)).toEqual(seen);
      expect(seen.instances.length + seen.problems.length).toBe(one.length);
    }),
    tries(300),
  );
});
