import { expect, it } from 'vitest';
import { nearestWord } from '../../src/config/nearest.ts';

const words = ['host', 'port', 'internal_route_prefix', 'internal_routes', 'tls', 'timeout', 'endpoint'];

it.each([
  ['internal_route_proxy', 'internal_route_prefix'],
  ['internalRoutePrefix', 'internal_route_prefix'],
  ['prot', 'port'],
  ['tsl', 'tls'],
  ['HOST', 'host'],
  ['timout', 'timeout'],
  ['endpoints', 'endpoint'],
])('takes %s for %s', (mistyped, meant) => {
  expect(nearestWord(mistyped, words)).toBe(meant);
});

it.each(['', 'x', 'certificate', 'hots_of_it', 'timeout'.repeat(1000)])(
  'takes %s for nothing known',
  (mistyped) => {
    expect(nearestWord(mistyped, words)).toBeUndefined();
  },
);
