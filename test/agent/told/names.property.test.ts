import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { readAgentConfig } from '../../../src/agent/config.ts';
import { createConfigurer } from '../../../src/agent/configuration.ts';
import { servicesOf } from '../../../src/agent/told/services.ts';
import { layoutOf } from '../../../src/haproxy/running/layout.ts';
import { instance, rules, sighting, view, mergeSources } from '../../support/agent/sightings.ts';
import { tries } from '../../support/explorations.ts';
import { hostileTexts } from '../../support/hostile-texts.ts';

const { config } = readAgentConfig('sources: { file: { path: services.yaml } }', 'agent.yaml', {});
const hashes = { metrics: undefined, stats: undefined, listener: undefined };
const configure = createConfigurer(config, {
  base: undefined,
  extra: undefined,
  fingerprint: undefined,
  hashes,
});

const name = fc.oneof(
  fc.constantFrom('web', 'api', 'a:b', 'x/y', '__proto__'),
  fc.constantFrom(...hostileTexts),
  fc.string({ minLength: 1, maxLength: 20 }),
);
const service = fc
  .record({
    name,
    ids: fc.uniqueArray(name, { maxLength: 3 }),
    percent: fc.option(fc.integer({ min: 1, max: 99 })),
    isFunction: fc.boolean(),
  })
  .map(({ name, ids, percent, isFunction }) => {
    const attributes = {
      'route-host':
        percent === null ? `h${Buffer.from(name).toString('hex').slice(0, 20)}.example` : 'shared.example',
      ...(percent !== null && { 'route-percent': String(percent) }),
    };
    const instances = ids.map((id, at) => instance(id, { address: `10.0.0.${at + 1}`, attributes }));
    return sighting(name, instances, { attributes, isFunction });
  });

it('calls backends and servers as the file does, whatever their services and instances are called', () => {
  const lambda = { proxy: [{ address: '127.0.0.1', port: 8080 }], check: 'tcp' } as const;
  let count = 0;
  fc.assert(
    fc.property(fc.array(service, { maxLength: 8 }), (sightings) => {
      const model = mergeSources([view('consul', ...sightings)], rules({ lambda }));
      const { backends } = layoutOf(configure(model), '/map');
      const healths = new Map(
        [...backends].flatMap(([backend, { servers }]) =>
          [...servers.keys()].map(
            (server) => [`${backend}/${server}`, { state: 'up', health: 'L4OK' }] as const,
          ),
        ),
      );
      for (const { servers } of servicesOf(model, healths)) {
        for (const { state } of servers) expect(state).toBe('up');
        count += servers.length;
      }
    }),
    tries(200),
  );
  expect(count).toBeGreaterThan(100);
});
