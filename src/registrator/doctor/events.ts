import { randomUUID } from 'node:crypto';
import type { EventRule, EventWays, Trail } from '../../aws/inspection/api.ts';
import { mapConcurrent } from '../../core/concurrency.ts';
import type { Deadline } from '../../core/deadline.ts';
import { type AppError, isAppError } from '../../core/errors.ts';
import { isPlainObject } from '../../core/objects.ts';
import type { Scope } from '../model/ownership.ts';
import { type Examination, type Finding, ok, remedyOf, skip, some, warn } from './check.ts';
import { recordsTagging } from './selectors.ts';
import type { Subject } from './subject.ts';

const needs = ['AWS identity'];
const atOnce = 4;

/** How changes of functions reach the registrator at once; without it the schedule alone brings them. */
export const eventExaminations: readonly Examination[] = [
  { name: 'CloudTrail trail', needs, patienceMs: 60_000, look: trail },
  { name: 'EventBridge rule', needs, patienceMs: 120_000, look: rule },
];

/** A trail that could be judged, or why it could not. */
type Judged = { name: string; verdict: 'records' | 'stopped' | 'other' | AppError };

async function trail(subject: Subject, deadline: Deadline): Promise<Finding> {
  try {
    const ways = await subject.ways(deadline);
    const trails = await ways.trails(deadline);
    const judged = await mapConcurrent(trails, atOnce, (one) => judge(ways, one, deadline));
    const recording = judged.find(({ verdict }) => verdict === 'records');
    if (recording) return ok(`${recording.name} logs write management events`);
    const unread = judged.map(({ verdict }) => verdict).find((verdict) => isAppError(verdict));
    if (unread) return unseen(unread);
    const found =
      judged.length === 0
        ? 'there is no trail: changes of functions send no events, and wait for the schedule'
        : `no trail logs write management events: ${some(judged.map(described))}`;
    return warn(found, 'Let a trail with logging switched on take write management events of all sources.');
  } catch (error) {
    if (isAppError(error)) return unseen(error);
    throw error;
  }
}

function described({ name, verdict }: Judged): string {
  return verdict === 'stopped' ? `${name} is switched off` : `${name} takes others`;
}

async function judge(ways: EventWays, one: Trail, deadline: Deadline): Promise<Judged> {
  const { name } = one;
  try {
    if (!(await ways.isLogging(one, deadline))) return { name, verdict: 'stopped' };
    return { name, verdict: recordsTagging(await ways.selectors(one, deadline)) ? 'records' : 'other' };
  } catch (error) {
    if (isAppError(error)) return { name, verdict: error };
    throw error;
  }
}

async function rule(subject: Subject, deadline: Deadline): Promise<Finding> {
  try {
    const ways = await subject.ways(deadline);
    const event = taggingEvent(await subject.scope(deadline), subject.now());
    const likely = (await ways.rules(deadline)).filter(mayTakeLambda);
    const matching = (
      await mapConcurrent(likely, atOnce, async (one) =>
        (await ways.matches(one, event, deadline)) ? [one] : [],
      )
    ).flat();
    return await judgeRules(ways, matching, deadline);
  } catch (error) {
    if (isAppError(error)) return unseen(error);
    throw error;
  }
}

/** What delivers events: a function itself, or a queue that it reads. */
const receiver = /^arn:[^:]+:(lambda|sqs):/;

async function judgeRules(
  ways: EventWays,
  matching: readonly EventRule[],
  deadline: Deadline,
): Promise<Finding> {
  const remedy =
    'Deploy the rule of the Terraform module, or one for source aws.lambda whose target is the registrator or its queue.';
  const enabled = matching.filter(({ enabled: isOn }) => isOn);
  const targets = await mapConcurrent(enabled, atOnce, async (one) => ({
    name: one.name,
    receivers: (await ways.targets(one, deadline)).filter((arn) => receiver.test(arn)),
  }));
  const delivering = targets.filter(({ receivers }) => receivers.length > 0);
  if (delivering.length > 0)
    return ok(some(delivering.map(({ name, receivers }) => `${name} → ${receivers.join(', ')}`)));
  const waits = 'changes of functions wait for the schedule';
  const [idle] = targets;
  if (idle) return warn(`${idle.name} has neither a function nor a queue as its target: ${waits}`, remedy);
  const [off] = matching;
  if (off) return warn(`${off.name} is disabled: ${waits}`, `Enable the rule ${off.name}.`);
  return warn(`no rule on the default bus matches a TagResource20170331v2 of Lambda: ${waits}`, remedy);
}

/** Whether a pattern does not name other sources alone; AWS judges the rest of it. */
function mayTakeLambda({ pattern }: EventRule): boolean {
  try {
    const value: unknown = JSON.parse(pattern);
    const sources = isPlainObject(value) ? value['source'] : undefined;
    if (!Array.isArray(sources)) return true;
    return sources.some((source) => source === 'aws.lambda' || typeof source !== 'string');
  } catch {
    return true;
  }
}

/** What EventBridge delivers when a function is tagged (https://docs.aws.amazon.com/eventbridge/latest/ref/overiew-event-structure.html). */
function taggingEvent({ partition, account, region }: Scope, now: number): object {
  const time = `${new Date(now).toISOString().slice(0, 19)}Z`;
  const id = randomUUID();
  return {
    version: '0',
    id,
    'detail-type': 'AWS API Call via CloudTrail',
    source: 'aws.lambda',
    account,
    time,
    region,
    resources: [],
    detail: {
      eventVersion: '1.08',
      eventTime: time,
      eventSource: 'lambda.amazonaws.com',
      eventName: 'TagResource20170331v2',
      awsRegion: region,
      requestParameters: {
        resource: `arn:${partition}:lambda:${region}:${account}:function:orders`,
        tags: {},
      },
      responseElements: null,
      eventID: id,
      readOnly: false,
      eventType: 'AwsApiCall',
      managementEvent: true,
      recipientAccountId: account,
      eventCategory: 'Management',
    },
  };
}

/** Nothing depends on this but how soon a change is heard of, so that a closed door is no failure. */
function unseen(error: AppError): Finding {
  const isAbsent = String(error.details['error']).startsWith('Unknown');
  if (!isAbsent) return skip(error.message, remedyOf(error));
  const found = `The endpoint in use has no ${String(error.details['action'])}.`;
  return skip(found, 'Look again where AWS itself answers, without AWS_ENDPOINT_URL.');
}
