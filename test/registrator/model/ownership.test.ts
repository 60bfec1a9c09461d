import { describe, expect, it } from 'vitest';
import type { CatalogService, ServiceDefaults } from '../../../src/consul/api.ts';
import { agentsPlace } from '../../../src/lambda-service/place.ts';
import { managedTag, metaKeys } from '../../../src/lambda-service/service.ts';
import { defaultsArn } from '../../../src/lambda-service/service-defaults.ts';
import {
  functionOf,
  inScope,
  ownsDefaults,
  type Pair,
  standingOf,
} from '../../../src/registrator/model/ownership.ts';
import { keyOf } from '../../../src/registrator/model/key.ts';
import { pairsOf } from '../../../src/registrator/model/snapshot.ts';
import { registeredPair } from '../../support/plan/consul-model.ts';
import { fullArn, scope } from '../../support/plan/fixtures.ts';

const ours = fullArn('pay');
const foreign = 'arn:aws:lambda:eu-west-1:999999999999:function:pay';

/** A pair whose halves carry these marks and ARNs; a half that is not described is missing. */
function pair(halves: {
  service?: { mark?: string; arn?: string; tags?: string[] };
  defaults?: { mark?: string; arn?: string };
}): Pair {
  const { service, defaults } = halves;
  return {
    place: agentsPlace,
    namesakes: [],
    ...(service ? { service: serviceWith(service) } : {}),
    ...(defaults ? { defaults: defaultsWith(defaults) } : {}),
  };
}

function serviceWith({
  mark,
  arn,
  tags = [managedTag],
}: {
  mark?: string;
  arn?: string;
  tags?: string[];
}): CatalogService {
  const meta = { ...(mark ? { [metaKeys.owner]: mark } : {}), ...(arn ? { [metaKeys.arn]: arn } : {}) };
  return { ID: 'pay', Service: 'pay', Tags: tags, Meta: meta, ModifyIndex: 7 };
}

function defaultsWith({ mark, arn }: { mark?: string; arn?: string }): ServiceDefaults {
  const { defaults } = registeredPair('pay', arn ?? ours);
  return {
    ...defaults,
    Meta: mark ? { [metaKeys.owner]: mark } : {},
    EnvoyExtensions: arn ? (defaults.EnvoyExtensions ?? []) : [],
  };
}

const mark = scope.ownerId;

describe('the standing of a pair', () => {
  it.each<[string, Parameters<typeof pair>[0], object]>([
    ['both halves are missing', {}, { kind: 'free' }],
    [
      'both are marked and name ours',
      { service: { mark, arn: ours }, defaults: { mark, arn: ours } },
      { kind: 'ours', arns: [ours], isTakenOver: false },
    ],
    [
      'only the service is there, marked and ours',
      { service: { mark, arn: ours } },
      { kind: 'ours', arns: [ours], isTakenOver: false },
    ],
    [
      'only the service-defaults are there, marked and ours',
      { defaults: { mark, arn: ours } },
      { kind: 'ours', arns: [ours], isTakenOver: false },
    ],
    [
      'the service-defaults lost their mark',
      { service: { mark, arn: ours }, defaults: { arn: ours } },
      { kind: 'ours', arns: [ours], isTakenOver: false },
    ],
    [
      'the service-defaults lost everything',
      { service: { mark, arn: ours }, defaults: {} },
      { kind: 'ours', arns: [ours], isTakenOver: false },
    ],
    [
      'the service lost its ARN',
      { service: { mark }, defaults: { mark, arn: ours } },
      { kind: 'ours', arns: [ours], isTakenOver: false },
    ],
    [
      'the halves name two of ours, the service first',
      { service: { mark, arn: ours }, defaults: { mark, arn: fullArn('a') } },
      { kind: 'ours', arns: [ours, fullArn('a')], isTakenOver: false },
    ],
    [
      'our mark is on nothing that has an ARN',
      { service: { mark }, defaults: { mark } },
      { kind: 'foreign', owner: undefined },
    ],
    [
      'our mark is on another account’s function',
      { service: { mark, arn: foreign } },
      { kind: 'foreign-arn', arn: foreign },
    ],
    [
      'one half under our mark names another account’s',
      { service: { mark, arn: ours }, defaults: { mark, arn: foreign } },
      { kind: 'foreign-arn', arn: foreign },
    ],
    [
      'the half without our mark names another account’s',
      { service: { mark, arn: ours }, defaults: { arn: foreign } },
      { kind: 'foreign', owner: undefined },
    ],
    [
      'another owner marked both',
      { service: { mark: 'team-b', arn: ours }, defaults: { mark: 'team-b', arn: ours } },
      { kind: 'foreign', owner: 'team-b' },
    ],
    [
      'another owner marked one half',
      { service: { mark, arn: ours }, defaults: { mark: 'team-b', arn: ours } },
      { kind: 'foreign', owner: 'team-b' },
    ],
    [
      'a registrator of another kind manages the service',
      { service: { tags: ['managed-by-terraform'] }, defaults: { mark, arn: ours } },
      { kind: 'foreign', owner: undefined },
    ],
    [
      'nobody marked what the Go registrator made',
      { service: {}, defaults: { arn: ours } },
      { kind: 'unmarked', arn: ours, adoptable: true, leftover: true },
    ],
    [
      'nobody marked a service without a registrator’s tag',
      { service: { tags: [] }, defaults: { arn: ours } },
      { kind: 'unmarked', arn: ours, adoptable: true, leftover: false },
    ],
    [
      'nobody marked what a registrator of another kind manages',
      { service: { tags: ['managed-by-terraform'] }, defaults: { arn: ours } },
      { kind: 'unmarked', arn: ours, adoptable: false, leftover: false },
    ],
    [
      'nobody marked what names another account’s function',
      { service: {}, defaults: { arn: foreign } },
      { kind: 'unmarked', arn: foreign, adoptable: true, leftover: false },
    ],
    [
      'nobody marked what names two functions',
      { service: { arn: fullArn('a') }, defaults: { arn: ours } },
      { kind: 'unmarked', arn: ours, adoptable: false, leftover: false },
    ],
    [
      'nobody marked a lone service',
      { service: {} },
      { kind: 'unmarked', arn: undefined, adoptable: false, leftover: false },
    ],
    [
      'nobody marked lone service-defaults',
      { defaults: { arn: ours } },
      { kind: 'unmarked', arn: ours, adoptable: false, leftover: false },
    ],
  ])('when %s', (_when, halves, standing) => {
    expect(standingOf(pair(halves), scope)).toEqual(standing);
  });

  it('is foreign where the name is in use under another ID on our node', () => {
    const service = { ...serviceWith({ mark, arn: ours }), ID: 'pay-1' };
    const pairs = pairsOf(agentsPlace, [service], []);
    expect([...pairs.keys()].toSorted()).toEqual([keyOf(agentsPlace, 'pay'), keyOf(agentsPlace, 'pay-1')]);
    for (const found of pairs.values())
      expect(standingOf(found, scope)).toEqual({ kind: 'foreign', owner: undefined });
  });

  it('joins halves whose names differ in case', () => {
    const { service, defaults } = registeredPair('Pay', 'pay');
    const pairs = pairsOf(agentsPlace, [service], [{ ...defaults, Name: 'pay' }]);
    expect(pairs.size).toBe(1);
    expect(pairs.get(keyOf(agentsPlace, 'PAY'))).toMatchObject({ service, defaults: { Name: 'pay' } });
  });
});

describe('service-defaults', () => {
  it.each([
    [{ mark, arn: ours }, true],
    [{ mark }, true],
    [{ arn: ours }, true],
    [{ arn: foreign }, false],
    [{}, false],
  ])('with %j may be deleted with their service: %s', (half, owned) => {
    expect(ownsDefaults(defaultsWith(half), scope)).toBe(owned);
  });
});

describe('the scope', () => {
  it.each([
    [ours, true],
    [`${ours}:prod`, true],
    [foreign, false],
    ['arn:aws:lambda:us-east-1:123456789012:function:pay', false],
    ['arn:aws-cn:lambda:eu-west-1:123456789012:function:pay', false],
    ['arn:aws:lambda:eu-west-1:123456789012:event-source-mapping:x', false],
    ['pay', false],
  ])('holds %s: %s', (arn, expected) => {
    expect(inScope(arn, scope)).toBe(expected);
  });

  it('knows the function behind an alias', () => {
    expect(functionOf(`${ours}:prod`)).toBe(ours);
    expect(functionOf('pay')).toBe('pay');
    expect(defaultsArn(defaultsWith({ arn: ours }))).toBe(ours);
  });
});
