import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { sourceNames } from '../../../src/agent/model/agent-model.ts';
import { mergeSources, type SourceView } from '../../../src/agent/model/merge.ts';
import type { RouteClaim, SeenInstance, Sighting } from '../../../src/agent/model/sighting.ts';
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
import { hostileTexts } from '../../support/hostile-texts.ts';
import { rules } from '../../support/agent-sightings.ts';

const hostile = fc.oneof(
  fc.constantFrom(...hostileTexts),
  fc.constantFrom(...hostileTexts).map((text) => `a${text}b`),
  fc.string({ maxLength: 8 }),
);
const text = (...good: string[]) => fc.oneof({ arbitrary: fc.constantFrom(...good), weight: 3 }, hostile);
const host = text('a.example', 'B.example', '*.example', 'a.example:80', '10.0.0.1');
const path = text('/', '/api', '/api/', 'shop', '/stats');

const attributes: fc.Arbitrary<Record<string, string>> = fc.record(
  {
    'route-host': host,
    'route-path': path,
    'route-strip': text('true', 'false'),
    'route-tls': text('true'),
    'route-percent': text('0', '10', '90', '100'),
    port: text('8080', '0'),
    cookie: text('SID'),
    sticky: text('true'),
    balance: text('random'),
    check: text('/healthz', 'off'),
    weight: text('0', '1', '256'),
    maxconn: text('10'),
    timeout: text('5s'),
    scheme: text('https'),
  },
  { requiredKeys: [] },
);
const claim: fc.Arbitrary<RouteClaim> = fc
  .record(
    {
      host,
      path,
      strip: fc.boolean(),
      percent: fc.integer({ min: -1, max: 101 }),
      scheme: fc.constantFrom('http', 'https'),
    },
    { requiredKeys: [] },
  )
  .filter(({ host, path }) => host !== undefined || path !== undefined);
const oneInstance: fc.Arbitrary<SeenInstance> = fc.record({
  id: text('a', 'b', 'n/a', 'a:b', 'a_b'),
  address: text('10.0.0.1', '10.0.0.2', '::1', 'db.example', '0.0.0.0'),
  port: fc.constantFrom(80, 81, 0, undefined, 70_000),
  weight: fc.constantFrom(0, 1, 3, 500, Number.NaN),
  state: fc.constantFrom('ready', 'drain'),
  attributes,
  routes: fc.array(claim, { maxLength: 2 }),
});
const oneSighting: fc.Arbitrary<Sighting> = fc.record({
  service: text('web', 'Web', 'none', 'shop', 'canary'),
  instances: fc.uniqueArray(oneInstance, { maxLength: 4, selector: ({ id }) => id }),
  attributes,
  fallback: fc.array(claim, { maxLength: 2 }),
  isFunction: fc.boolean(),
});
const views: fc.Arbitrary<SourceView[]> = fc
  .tuple(
    ...sourceNames.map(() =>
      fc.uniqueArray(oneSighting, { maxLength: 3, selector: ({ service }) => service }),
    ),
  )
  .map((sightings) =>
    sourceNames.map((source, at) => ({ source, sightings: sightings[at] ?? [], problems: [] })),
  );

const world = rules({
  lambda: { proxy: [{ address: '127.0.0.1', port: 8080 }], check: 'tcp' },
  ownPaths: ['/stats'],
  isOwn: (address, port) => address === '::1' && port === 80,
});

/** The same, told in another order. */
function shuffled(views: readonly SourceView[]): SourceView[] {
  return views.toReversed().map((view) => ({
    ...view,
    sightings: [...view.sightings].toReversed().map((one) => ({
      ...one,
      attributes: Object.fromEntries(Object.entries(one.attributes ?? {}).toReversed()),
      instances: one.instances.toReversed(),
    })),
  }));
}

it('gives the same model for the same world, in whatever order it is told', () => {
  fc.assert(
    fc.property(views, (views) => {
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
    fc.property(views, (views) => {
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
    fc.property(attributes, (attributes) => {
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
