import * as fc from 'fast-check';
import type { CatalogService, ServiceDefaults } from '../../../src/consul/api.ts';
import { managedTag, metaKeys } from '../../../src/lambda-service/service.ts';
import { agentsPlace, nameKey } from '../../../src/lambda-service/place.ts';
import type { PlanSettings } from '../../../src/registrator/plan/case.ts';
import { registeredPair } from './consul-model.ts';
import { type PlanFixture, scope } from './fixtures.ts';

/** Few names, so that functions, aliases and services meet, also by case. */
const functionNames = ['a', 'A', 'b', 'a-x', 'c'];
const serviceNames = [...functionNames, 'b-y', 'c-X', 'stray'];
const otherAccount = 'arn:aws:lambda:eu-west-1:999999999999:function:a';
const otherRegion = 'arn:aws:lambda:us-east-1:123456789012:function:a';
const ownArns = [...functionNames, 'a:x', 'a:X', 'b:y', 'c:X', 'gone-long-ago'];

/** What an entry called `name` stands for: often what its name says, else anything. */
const arn: fc.Arbitrary<(name: string) => string> = fc.oneof(
  { weight: 4, arbitrary: fc.constant((name: string) => name.replace(/-(?=[xyX]$)/, ':')) },
  { weight: 4, arbitrary: fc.constantFrom(...ownArns).map((own) => () => own) },
  { weight: 1, arbitrary: fc.constantFrom(otherAccount, otherRegion).map((other) => () => other) },
);

/** A world before it is turned into the planner's maps, so that its parts can be put into any order. */
export type LooseWorld = Required<Pick<PlanFixture, 'functions' | 'listed'>> & {
  consul: Required<PlanFixture['consul']>;
};

/** Most functions ask for little, as in life; else problems hide everything else. */
const tags: fc.Arbitrary<Record<string, string>> = fc
  .tuple(
    fc.constantFrom('true', 'true', 'true', 'true', 'true', 'false', 'yes'),
    fc.constantFrom(
      {},
      {},
      {},
      { aliases: 'x' },
      { aliases: 'x+X' },
      { aliases: 'b@d+y' },
      { 'service-name': 'a' },
      { 'service-name': 'B' },
      { 'service-name': '-' },
      { 'service-tags': 'blue+green' },
      { 'invocation-mode': 'ASYNCHRONOUS' },
      { 'invocation-mode': 'later' },
      { datacenter: 'dc1' },
      { datacenter: 'dc2' },
      { namespace: 'team' },
      { 'route-host': 'pay.example.com' },
    ),
  )
  .map(([enabled, other]) => Object.assign({ enabled }, other));

const functionState: fc.Arbitrary<PlanFixture['functions'][string]> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ tags, fresh: fc.boolean() }) },
  { weight: 1, arbitrary: fc.constant('gone' as const) },
  { weight: 1, arbitrary: fc.constant('unreadable' as const) },
);

const functions: fc.Arbitrary<PlanFixture['functions']> = fc
  .uniqueArray(fc.tuple(fc.constantFrom(...functionNames), functionState), { selector: ([name]) => name })
  .map((entries) => Object.fromEntries(entries));

const mark = fc.constantFrom(scope.ownerId, scope.ownerId, scope.ownerId, scope.ownerId, 'team-b', undefined);
const format = fc.constantFrom('envoy-extension' as const, 'meta' as const);

const service: fc.Arbitrary<(name: string) => CatalogService> = fc
  .record({
    arn,
    owner: mark,
    withArn: fc.constantFrom(true, true, true, false),
    tag: fc.constantFrom(managedTag, managedTag, managedTag, 'managed-by-terraform'),
    ownId: fc.integer({ min: 0, max: 9 }),
    port: fc.constantFrom(0, 443),
  })
  .map(({ arn, owner, withArn, tag, ownId, port }) => (name) => {
    const { service: made } = registeredPair(name, arn(name), owner);
    const meta = Object.entries({ ...made.Meta, team: 'payments' });
    const kept = meta.filter(
      ([key]) => (key !== metaKeys.owner || owner !== undefined) && (key !== metaKeys.arn || withArn),
    );
    return {
      ...made,
      ...(ownId === 0 ? { ID: `${name}-1` } : {}),
      Tags: [tag],
      Port: port,
      Meta: Object.fromEntries(kept),
    };
  });

const defaults: fc.Arbitrary<(name: string) => ServiceDefaults> = fc
  .record({
    arn,
    owner: mark,
    format,
    protocol: fc.constantFrom('http', 'http', 'tcp'),
    lambda: fc.constantFrom(true, true, true, false),
    others: fc.constantFrom('none', 'lua', 'second lambda'),
  })
  .map((parts) => (name) => {
    const { defaults: made } = registeredPair(name, parts.arn(name), parts.owner, parts.format);
    const lambda = parts.lambda ? (made.EnvoyExtensions ?? []) : [];
    const lua = { Name: 'builtin/lua', Required: true, Arguments: { Script: 'x' } };
    const second = registeredPair(name, otherRegion).defaults.EnvoyExtensions ?? [];
    const others = { none: [], lua: [lua], 'second lambda': second }[parts.others];
    const meta = Object.entries(made.Meta ?? {}).filter(([key]) =>
      key === metaKeys.owner ? parts.owner !== undefined : parts.lambda,
    );
    return {
      ...made,
      Protocol: parts.protocol,
      Meta: Object.fromEntries(meta),
      EnvoyExtensions: [...others, ...lambda],
    };
  });

/** A service and service-defaults that fit together, so that whole pairs are as frequent as odd ones. */
const wholePair = fc.record({ arn, owner: mark, format }).map(({ arn, owner, format }) => (name: string) => {
  const made = registeredPair(name, arn(name), owner, format);
  if (owner !== undefined) return made;
  delete made.defaults.Meta?.[metaKeys.owner];
  return { ...made, service: { ...made.service, Meta: {} } };
});

const oddPair = fc
  .record({
    service: fc.option(service, { nil: undefined }),
    defaults: fc.option(defaults, { nil: undefined }),
  })
  .map((make) => (name: string) => ({ service: make.service?.(name), defaults: make.defaults?.(name) }));

const pairs = fc
  .uniqueArray(fc.tuple(fc.constantFrom(...serviceNames), fc.oneof(wholePair, oddPair)), {
    selector: ([name]) => nameKey(name),
  })
  .map((made) => made.map(([name, make]) => make(name)));

const isPresent = <Value>(value: Value | undefined): value is Value => value !== undefined;

/** Everything that the planner can be shown: functions in every state, pairs of every standing, views whole or not. */
export const looseWorlds: fc.Arbitrary<LooseWorld> = fc
  .record({
    functions,
    listed: fc.constantFrom(true, true, true, false),
    complete: fc.constantFrom(true, true, true, false),
    pairs,
    elsewhere: fc.dictionary(
      fc.constantFrom(...serviceNames.map(nameKey)),
      fc.constantFrom('ours' as const, 'foreign' as const),
      { maxKeys: 2 },
    ),
  })
  .map(({ functions, listed, complete, pairs, elsewhere }) => ({
    functions,
    listed,
    consul: {
      services: pairs.map((pair) => pair.service).filter(isPresent),
      serviceDefaults: pairs.map((pair) => pair.defaults).filter(isPresent),
      complete,
      elsewhere,
    },
  }));

export const settingsArbitrary: fc.Arbitrary<PlanSettings> = fc.record({
  scope: fc.constant(scope),
  home: fc.constant(agentsPlace),
  datacenter: fc.constantFrom('dc1', 'dc1', undefined),
  isRestricted: fc.constant(true),
  partitions: fc.constant(undefined),
  format,
  policy: fc.constantFrom('sync' as const, 'sync' as const, 'upsert-only' as const),
  adoptUnowned: fc.boolean(),
});
