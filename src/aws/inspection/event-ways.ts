import type * as z from 'zod';
import type { Clock } from '../../core/clock.ts';
import type { Deadline } from '../../core/deadline.ts';
import type { Random } from '../../core/random.ts';
import { TokenBucket } from '../../core/token-bucket.ts';
import { createCaller } from '../limited-calls.ts';
import { type Page, readPages } from '../pages.ts';
import { type Ask, createAsk, type Question, reading } from '../transport/ask.ts';
import { createConnections } from '../transport/connections.ts';
import { createCredentialSource, type Provide } from '../transport/credentials.ts';
import { regionalEndpoint } from '../transport/endpoints.ts';
import { createJsonApi } from '../transport/json-api.ts';
import { provideDefault } from '../transport/providers.ts';
import { eventSelectors, patternResult, rulePage, targetPage, trailList, trailStatus } from './answers.ts';
import type { EventWays } from './api.ts';

export interface EventWaysOptions {
  readonly region: string;
  /** URLs without a slash at the end; the region's own without them. */
  readonly endpoints: { readonly cloudTrail?: string | undefined; readonly eventBridge?: string | undefined };
  readonly clock: Clock;
  /** Gives numbers in [0, 1) for the waits between attempts. */
  readonly random: Random;
  /** Gives the caller's credentials; found as the SDK does by default. */
  readonly credentials?: Provide;
  /** Milliseconds since 1970, for signatures and the ends of credentials. */
  readonly now?: () => number;
}

/**
 * Calls in a second once the burst is spent: half of what CloudTrail grants for its descriptions
 * (https://docs.aws.amazon.com/awscloudtrail/latest/userguide/WhatIsCloudTrail-Limits.html), and little of EventBridge's.
 */
const rate = { perSecond: 5, burst: 10 };

/** As many as one answer may hold. */
const pageSize = 100;

/** CloudTrail and EventBridge in one region, as far as events of Lambda come by them. Nothing is sent before it is asked. */
export function createEventWays(options: EventWaysOptions): EventWays {
  const { region, endpoints, clock, random, now = Date.now } = options;
  const { credentials = provideDefault('cloudtrail:DescribeTrails') } = options;
  const connections = createConnections(undefined);
  const parts = { connections, credentials: createCredentialSource(credentials, now), now };
  const askOf = (service: string, targetPrefix: string, given: string | undefined): Ask => {
    const endpoint = given ?? regionalEndpoint(service, region);
    const api = createJsonApi({ service, targetPrefix, region, endpoint, isOwn: given === undefined }, parts);
    return createAsk(api, service, createCaller(random, new TokenBucket(clock, rate.perSecond, rate.burst)));
  };
  const cloudTrail = 'com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101';
  return {
    ...createTrails(askOf('cloudtrail', cloudTrail, endpoints.cloudTrail)),
    ...createRules(askOf('events', 'AWSEvents', endpoints.eventBridge)),
    close: () => connections.close(),
  };
}

/** Trails of other regions and accounts are known here by their ARN alone. */
function createTrails(ask: Ask): Pick<EventWays, 'trails' | 'isLogging' | 'selectors'> {
  return {
    trails: (deadline) =>
      ask(
        { operation: 'DescribeTrails', input: { includeShadowTrails: true } },
        reading(trailList),
        deadline,
      ),
    isLogging: ({ arn }, deadline) =>
      ask(
        { operation: 'GetTrailStatus', resource: arn, input: { Name: arn } },
        reading(trailStatus),
        deadline,
      ),
    selectors: ({ arn }, deadline) =>
      ask(
        { operation: 'GetEventSelectors', resource: arn, input: { TrailName: arn } },
        reading(eventSelectors),
        deadline,
      ),
  };
}

function createRules(ask: Ask): Pick<EventWays, 'rules' | 'matches' | 'targets'> {
  async function all<Item>(
    { input, ...question }: Question,
    page: z.ZodType<Page<Item>>,
    deadline: Deadline,
  ): Promise<Item[]> {
    const { items, failure } = await readPages<Item>((NextToken) =>
      ask({ ...question, input: { ...input, Limit: pageSize, NextToken } }, reading(page), deadline),
    );
    if (failure) throw failure;
    return items;
  }
  return {
    rules: (deadline) => all({ operation: 'ListRules', input: {} }, rulePage, deadline),
    matches: ({ name, pattern }, event, deadline) => {
      const input = { EventPattern: pattern, Event: JSON.stringify(event) };
      const question = { operation: 'TestEventPattern', resource: name, input };
      return ask(question, reading(patternResult), deadline);
    },
    targets: ({ name }, deadline) =>
      all({ operation: 'ListTargetsByRule', resource: name, input: { Rule: name } }, targetPage, deadline),
  };
}
