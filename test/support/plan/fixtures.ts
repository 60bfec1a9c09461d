import { readdirSync, readFileSync } from 'node:fs';
import type { CatalogService, ServiceDefaults } from '../../../src/consul/api.ts';
import { AppError } from '../../../src/core/errors.ts';
import { parseFunctionArn } from '../../../src/lambda-service/arn.ts';
import { readTags, tagPrefix } from '../../../src/lambda-service/tags.ts';
import type { Scope } from '../../../src/registrator/model/ownership.ts';
import type { PlanSettings } from '../../../src/registrator/plan/case.ts';
import type { Plan } from '../../../src/registrator/plan/plan.ts';
import { keyOf, placeKey } from '../../../src/registrator/model/key.ts';
import { agentsPlace } from '../../../src/lambda-service/place.ts';
import type { Action, SkipReason } from '../../../src/registrator/model/report.ts';
import {
  type FunctionState,
  type FunctionStates,
  pairsOf,
  type Snapshot,
} from '../../../src/registrator/model/snapshot.ts';

/** The registrator that plans in tests: account 123456789012, region eu-west-1, node `lambdas`. */
const tagSettings = { servicePrefix: '', terminatingGateway: undefined };

export const scope: Scope = {
  ownerId: '123456789012/eu-west-1/lambdas',
  partition: 'aws',
  account: '123456789012',
  region: 'eu-west-1',
  previousOwnerIds: [],
};

export const planSettings: PlanSettings = {
  scope,
  home: agentsPlace,
  datacenter: 'dc1',
  isRestricted: true,
  partitions: undefined,
  format: 'envoy-extension',
  policy: 'sync',
  adoptUnowned: false,
};

/** One situation and what the planner makes of it. Functions are named `pay` or `pay:prod`, tags without their prefix. */
export interface PlanFixture {
  title: string;
  /** The row of the table in planChanges' doc comment, its first two cells; or else the rule that is shown. */
  row?: string;
  rule?: string;
  /** What differs from {@link planSettings}; datacenter null while ours is not known. */
  settings?: Partial<Omit<PlanSettings, 'scope' | 'home' | 'datacenter'>> & { datacenter?: string | null };
  functions: Record<string, FixtureFunction>;
  /** False when the listing of functions ended early. */
  listed?: boolean;
  consul: {
    services?: CatalogService[];
    serviceDefaults?: ServiceDefaults[];
    elsewhere?: Record<string, 'ours' | 'foreign'>;
    /** False when Consul may have hidden something. */
    complete?: boolean;
  };
  expected: FixturePlan;
}

type FixtureFunction = 'gone' | 'unreadable' | { tags: Record<string, string>; fresh: boolean };

/** A plan, as fixtures write it. */
export interface FixturePlan {
  changes: { action: Action; service: string; arn: string; fields: string[]; restsOn: string[] }[];
  skips: { service: string; arn: string; reason: SkipReason }[];
  unchanged: number;
  owned: number;
}

/** All of `fixtures/plans`, by file name. */
export function readPlanFixtures(): [string, PlanFixture][] {
  const folder = new URL('../../../fixtures/plans/', import.meta.url);
  const files = readdirSync(folder).filter((file) => file.endsWith('.json'));
  return files
    .toSorted()
    .map((file) => [file, JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as PlanFixture]);
}

/** The full ARN of `pay` or `pay:prod` in the tests' own account; anything that is an ARN already stays. */
export function fullArn(short: string): string {
  if (short.startsWith('arn:')) return short;
  return `arn:${scope.partition}:lambda:${scope.region}:${scope.account}:function:${short}`;
}

/** What a fixture describes. */
export function snapshotOf(fixture: Pick<PlanFixture, 'functions' | 'consul' | 'listed'>): Snapshot {
  const { services = [], serviceDefaults = [], elsewhere = {}, complete = true } = fixture.consul;
  return {
    isListed: fixture.listed ?? true,
    functions: functionStates(fixture.functions),
    observed: {
      nodes: new Map([[placeKey(agentsPlace), { node: undefined, isWhole: complete }]]),
      pairs: pairsOf(agentsPlace, services, serviceDefaults),
      others: new Map(Object.entries(elsewhere).map(([name, use]) => [keyOf(agentsPlace, name), use])),
      closed: new Map(),
      silent: new Set(),
      gateways: new Map(),
    },
  };
}

/** The settings under which a fixture is planned. */
export function settingsOf({ settings = {} }: PlanFixture): PlanSettings {
  const { datacenter = planSettings.datacenter, ...others } = settings;
  return { ...planSettings, ...others, datacenter: datacenter ?? undefined };
}

/** Functions by ARN, their tags read. */
export function functionStates(functions: Record<string, FixtureFunction>): FunctionStates {
  return new Map(
    Object.entries(functions).map(([name, description]) => [fullArn(name), functionState(name, description)]),
  );
}

/** What is kept of a plan in a fixture. */
export function summaryOf(plan: Plan): FixturePlan {
  return {
    changes: [...plan.upserts, ...plan.deletions].map((change) => ({
      action: change.action,
      service: change.service,
      arn: change.arn,
      fields: change.fields,
      restsOn: change.restsOn,
    })),
    skips: plan.skips.map(({ service, arn, reason }) => ({ service, arn, reason })),
    unchanged: plan.unchanged,
    owned: plan.owned,
  };
}

/** A fixture's expectation with full ARNs. */
export function withFullArns(expected: FixturePlan): FixturePlan {
  return {
    ...expected,
    changes: expected.changes.map((change) => ({
      ...change,
      arn: fullArn(change.arn),
      restsOn: change.restsOn.map(fullArn),
    })),
    skips: expected.skips.map((skip) => ({ ...skip, arn: fullArn(skip.arn) })),
  };
}

function functionState(name: string, description: FixtureFunction): FunctionState {
  if (description === 'gone') return { kind: 'gone' };
  if (description === 'unreadable') {
    return {
      kind: 'unreadable',
      error: new AppError('UPSTREAM_THROTTLED', `Reading the tags of ${name} was throttled.`),
    };
  }
  const arn = parseFunctionArn(fullArn(name));
  if (arn === undefined) throw new Error(`${name} names no function`);
  const tags = Object.entries(description.tags).map(([key, value]) => [tagPrefix + key, value] as const);
  return {
    kind: 'tagged',
    tags: readTags(arn, Object.fromEntries(tags), tagSettings),
    fresh: description.fresh,
  };
}
