import * as z from 'zod';
import type { BasicSelector, EventRule, FieldSelector, Trail } from './api.ts';

/**
 * What answers of CloudTrail (https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_Operations.html) and
 * EventBridge (https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_Operations.html) hold.
 */

const NextToken = z.string().nullish();
const texts = z
  .array(z.string())
  .nullish()
  .transform((list) => list ?? []);

const trail = z
  .object({ TrailARN: z.string().min(1), Name: z.string() })
  .transform(({ TrailARN, Name }): Trail => ({ arn: TrailARN, name: Name }));

export const trailList = z.object({ trailList: z.array(trail) }).transform((answer) => answer.trailList);

export const trailStatus = z.object({ IsLogging: z.boolean() }).transform((answer) => answer.IsLogging);

/** What is left out has the value that AWS says it has by default. */
const basicSelector = z
  .object({
    ReadWriteType: z.string().default('All'),
    IncludeManagementEvents: z.boolean().default(true),
    ExcludeManagementEventSources: texts,
  })
  .transform((selector): BasicSelector => ({
    readWrite: selector.ReadWriteType,
    management: selector.IncludeManagementEvents,
    withoutSources: selector.ExcludeManagementEventSources,
  }));

const fieldSelector = z
  .object({
    Field: z.string(),
    Equals: texts,
    StartsWith: texts,
    EndsWith: texts,
    NotEquals: texts,
    NotStartsWith: texts,
    NotEndsWith: texts,
  })
  .transform((selector): FieldSelector => ({
    field: selector.Field,
    equals: selector.Equals,
    startsWith: selector.StartsWith,
    endsWith: selector.EndsWith,
    notEquals: selector.NotEquals,
    notStartsWith: selector.NotStartsWith,
    notEndsWith: selector.NotEndsWith,
  }));

export const eventSelectors = z
  .object({
    EventSelectors: z.array(basicSelector).nullish(),
    AdvancedEventSelectors: z.array(z.object({ FieldSelectors: z.array(fieldSelector) })).nullish(),
  })
  .transform(({ EventSelectors, AdvancedEventSelectors }) => ({
    basic: EventSelectors ?? [],
    advanced: (AdvancedEventSelectors ?? []).map((selector) => selector.FieldSelectors),
  }));

/** A rule as it is listed: without a pattern where it is a schedule. */
const rule = z
  .object({
    Name: z.string().min(1),
    EventPattern: z.string().nullish(),
    State: z.string(),
  })
  .transform(({ Name, EventPattern, State }): EventRule[] =>
    EventPattern ? [{ name: Name, pattern: EventPattern, enabled: State.startsWith('ENABLED') }] : [],
  );

export const rulePage = z
  .object({ Rules: z.array(rule), NextToken })
  .transform((answer) => ({ items: answer.Rules.flat(), next: answer.NextToken ?? undefined }));

export const patternResult = z.object({ Result: z.boolean() }).transform((answer) => answer.Result);

export const targetPage = z
  .object({ Targets: z.array(z.object({ Arn: z.string() })), NextToken })
  .transform((answer) => ({
    items: answer.Targets.map(({ Arn }) => Arn),
    next: answer.NextToken ?? undefined,
  }));
