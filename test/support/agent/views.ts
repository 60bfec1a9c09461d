import * as fc from 'fast-check';
import { sourceNames } from '../../../src/agent/model/agent-model.ts';
import type { SourceView } from '../../../src/agent/model/merge.ts';
import type { RouteClaim, SeenInstance, Sighting } from '../../../src/agent/model/sighting.ts';
import { hostileTexts } from '../hostile-texts.ts';

const hostile = fc.oneof(
  fc.constantFrom(...hostileTexts),
  fc.constantFrom(...hostileTexts).map((text) => `a${text}b`),
  fc.string({ maxLength: 8 }),
);
const text = (...good: string[]) => fc.oneof({ arbitrary: fc.constantFrom(...good), weight: 3 }, hostile);
const host = text('a.example', 'B.example', '*.example', 'a.example:80', '10.0.0.1');
const path = text('/', '/api', '/api/', 'shop', '/stats');

/** What instances and services may say, and what nobody may. */
export const anyAttributes: fc.Arbitrary<Record<string, string>> = fc.record(
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
  attributes: anyAttributes,
  routes: fc.array(claim, { maxLength: 2 }),
});
export const anySighting: fc.Arbitrary<Sighting> = fc.record({
  service: text('web', 'Web', 'none', 'shop', 'canary'),
  instances: fc.uniqueArray(oneInstance, { maxLength: 4, selector: ({ id }) => id }),
  attributes: anyAttributes,
  fallback: fc.array(claim, { maxLength: 2 }),
  isFunction: fc.boolean(),
});
/** What is believed of all sources. */
export const anyViews: fc.Arbitrary<SourceView[]> = fc
  .tuple(
    ...sourceNames.map(() =>
      fc.uniqueArray(anySighting, { maxLength: 3, selector: ({ service }) => service }),
    ),
  )
  .map((sightings) =>
    sourceNames.map((source, at) => ({ source, sightings: sightings[at] ?? [], problems: [] })),
  );

/** The same, told in another order. */
export function shuffled(views: readonly SourceView[]): SourceView[] {
  return views.toReversed().map((view) => ({
    ...view,
    sightings: [...view.sightings].toReversed().map((one) => ({
      ...one,
      attributes: Object.fromEntries(Object.entries(one.attributes ?? {}).toReversed()),
      instances: one.instances.toReversed(),
    })),
  }));
}
