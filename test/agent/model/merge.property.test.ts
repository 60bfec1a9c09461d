import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { createModeller, type SourceView } from '../../../src/agent/model/merge.ts';
import type { Sighting } from '../../../src/agent/model/sighting.ts';
import type { Checked } from '../../../src/core/checked.ts';
import { checkServerAddress } from '../../../src/core/network/addresses.ts';
import { balances } from '../../../src/haproxy/model.ts';
import {
  checkCookieName,
  checkFileName,
  checkHealthPath,
  checkRouteHost,
  checkRoutePath,
} from '../../../src/haproxy/names.ts';
import { backendName } from '../../../src/haproxy/routes.ts';
import { tries } from '../../support/explorations.ts';
import { anyAttributes, anySighting, anyViews, shuffled } from '../../support/agent/views.ts';
import { rules, mergeSources } from '../../support/agent/sightings.ts';

const world = rules({
  lambda: { proxy: [{ address: '127.0.0.1', port: 8080 }], check: 'tcp' },
  ownPaths: ['/stats'],
  isOwn: (address, port) => address === '::1' && port === 80,
});

it('gives the same model for the same world, in whatever order it is told', () => {
  fc.assert(
    fc.property(anyViews, (views) => {
      expect(JSON.stringify(mergeSources(shuffled(views), world))).toBe(
        JSON.stringify(mergeSources(views, world)),
      );
    }),
    tries(100),
  );
});

const isNormal = (check: (text: string) => Checked<string>, text: string): boolean => {
  const checked = check(text);
  return checked.ok && checked.value === text;
};

it('lets nothing through that is not on an allow-list, and makes no name twice', () => {
  fc.assert(
    fc.property(anyViews, (views) => {
      const { services, backends } = mergeSources(views, world);
      const routes = services.flatMap((service) => service.routes);
      for (const { host, path, backend } of routes) {
        expect([host === undefined || isNormal(checkRouteHost, host), host]).toEqual([true, host]);
        expect([path === undefined || isNormal(checkRoutePath, path), path]).toEqual([true, path]);
        expect(backends.filter((one) => one.name === backend)).toHaveLength(1);
      }
      expect(new Set(routes.map((route) => backendName(route))).size).toBe(routes.length);
      expect(new Set(backends.map((backend) => backend.name)).size).toBe(backends.length);
      for (const { name: called, options, servers } of backends) {
        expect(isNormal(checkFileName, called)).toBe(true);
        expect(balances).toContain(options.balance);
        expect(options.cookie === undefined || isNormal(checkCookieName, options.cookie)).toBe(true);
        expect(['tcp', 'off'].includes(options.check) || isNormal(checkHealthPath, options.check)).toBe(true);
        expect(new Set(servers.map(({ of, name }) => `${of} ${name}`)).size).toBe(servers.length);
        for (const server of servers) {
          expect(isNormal(checkFileName, server.name)).toBe(true);
          expect(checkServerAddress(server.address)).toEqual({ ok: true, value: server.address });
          expect(Number.isInteger(server.weight) && server.weight >= 0 && server.weight <= 256).toBe(true);
          expect(server.port > 0 && server.port <= 65_535 && !world.isOwn(server.address, server.port)).toBe(
            true,
          );
        }
      }
    }),
    tries(100),
  );
});

it('never gives a service a host or path that it did not ask for', () => {
  fc.assert(
    fc.property(anyAttributes, (attributes) => {
      const one = {
        id: 'a',
        address: '10.0.0.1',
        port: 80,
        weight: 1,
        state: 'ready',
        attributes,
        routes: [],
      } as const;
      const sighting = { service: 'web', instances: [one], fallback: [], isFunction: false };
      const { services } = mergeSources([{ source: 'docker', sightings: [sighting], problems: [] }], rules());
      const paths = attributes['route-path']?.split(',').map((text) => text.trim());
      const widened = (services[0]?.routes ?? []).filter(
        ({ host, path }) =>
          (host === undefined && 'route-host' in attributes) ||
          (path === undefined && paths?.includes('/') === false),
      );
      expect(widened).toEqual([]);
    }),
    tries(500),
  );
});

/** Views in which some sightings are others, or gone, and the rest are the same objects. */
const anyChange = fc.record({
  source: fc.nat(),
  at: fc.nat(),
  sighting: fc.option(anySighting),
});

it('remembers services, and gives what it would give if it did not', () => {
  fc.assert(
    fc.property(anyViews, fc.array(anyChange, { maxLength: 8 }), (first, changes) => {
      const modeller = createModeller(world);
      let views: readonly SourceView[] = first;
      expect(modeller(views)).toEqual(mergeSources(views, world));
      for (const { source, at, sighting } of changes) {
        views = views.map((view, index) =>
          index === source % views.length ? changed(view, at, sighting) : view,
        );
        expect(modeller(views)).toEqual(mergeSources(views, world));
      }
    }),
    tries(100),
  );
});

function changed(view: SourceView, at: number, sighting: Sighting | null): SourceView {
  const before = [...view.sightings];
  const kept = before.filter(
    ({ service }, index) => index !== at % before.length && service !== sighting?.service,
  );
  return { ...view, sightings: sighting === null ? kept : [...kept, sighting] };
}

it('makes nothing anew of services that did not change', () => {
  const named = (service: string): Sighting => ({
    service,
    instances: [],
    fallback: [{ host: `${service}.example` }],
    isFunction: false,
  });
  const [a, b] = [named('a'), named('b')];
  const modeller = createModeller(world);
  const before = modeller([{ source: 'consul', sightings: [a, b], problems: [] }]);
  const after = modeller([{ source: 'consul', sightings: [a, { ...b }], problems: [] }]);
  expect(after).toEqual(before);
  expect(after.backends[0]).toBe(before.backends[0]);
  expect(after.backends[1]).not.toBe(before.backends[1]);
});
