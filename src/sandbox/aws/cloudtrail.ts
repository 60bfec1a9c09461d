import { randomUUID } from 'node:crypto';
import type { ApiCall, Result } from './api.ts';
import type { World } from './world.ts';

/** How CloudTrail spells the calls that change something (https://docs.aws.amazon.com/lambda/latest/dg/logging-using-cloudtrail.html). */
const eventNames: Readonly<Record<string, string>> = {
  CreateFunction: 'CreateFunction20150331',
  DeleteFunction: 'DeleteFunction20150331',
  UpdateFunctionCode: 'UpdateFunctionCode20150331v2',
  UpdateFunctionConfiguration: 'UpdateFunctionConfiguration20150331v2',
  PublishVersion: 'PublishVersion20150331',
  CreateAlias: 'CreateAlias20150331',
  UpdateAlias: 'UpdateAlias20150331',
  DeleteAlias: 'DeleteAlias20150331',
  TagResource: 'TagResource20170331v2',
  UntagResource: 'UntagResource20170331v2',
};

/** Members whose own keys are data, or that CloudTrail does not show. */
const verbatim = new Set(['Tags']);
const hidden = new Set(['Code', 'ZipFile', 'Environment']);

/** An EventBridge event, as rules on the default bus receive it. */
export type EventBridgeEvent = Readonly<Record<string, unknown>>;

/** What EventBridge delivers after a call that changed functions, their aliases or tags: nothing for any other. */
export function eventsOf(world: World, call: ApiCall, result: Result): EventBridgeEvent[] {
  if (call.service === 'tagging') return eventsOfTagging(world, call, result);
  const eventName = call.service === 'lambda' ? eventNames[call.operation] : undefined;
  if (eventName === undefined) return [];
  return [event(world, call, eventName, recorded(call.input), recorded(result.body ?? null))];
}

/** The tagging API calls Lambda once for each function; what failed is in its answer. */
function eventsOfTagging(world: World, call: ApiCall, result: Result): EventBridgeEvent[] {
  const eventName = eventNames[call.operation.replace(/Resources$/, 'Resource')];
  if (eventName === undefined) return [];
  const { ResourceARNList, ...change } = call.input as { ResourceARNList: string[] };
  const { FailedResourcesMap } = result.body as { FailedResourcesMap: Record<string, object> };
  return ResourceARNList.filter((arn) => !(arn in FailedResourcesMap)).map((arn) =>
    event(world, call, eventName, recorded({ Resource: arn, ...change }), null),
  );
}

/** CloudTrail starts every member with a lower-case letter. */
function recorded(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(recorded);
  const members = Object.entries(value).map(([name, member]) => [
    name.charAt(0).toLowerCase() + name.slice(1),
    hidden.has(name) ? {} : verbatim.has(name) ? member : recorded(member),
  ]);
  return Object.fromEntries(members);
}

/** Shapes: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html. */
function event(
  { account, region, partition }: World,
  { userAgent }: ApiCall,
  eventName: string,
  requestParameters: unknown,
  responseElements: unknown,
): EventBridgeEvent {
  const time = `${new Date().toISOString().slice(0, 19)}Z`;
  const detail = {
    eventVersion: '1.11',
    userIdentity: {
      type: 'IAMUser',
      principalId: 'AIDASANDBOXUSER000001',
      arn: `arn:${partition}:iam::${account}:user/sandbox`,
      accountId: account,
      userName: 'sandbox',
    },
    eventTime: time,
    eventSource: 'lambda.amazonaws.com',
    eventName,
    awsRegion: region,
    sourceIPAddress: '127.0.0.1',
    userAgent,
    requestParameters,
    responseElements,
    requestID: randomUUID(),
    eventID: randomUUID(),
    readOnly: false,
    eventType: 'AwsApiCall',
    managementEvent: true,
    recipientAccountId: account,
    eventCategory: 'Management',
  };
  return {
    version: '0',
    id: randomUUID(),
    'detail-type': 'AWS API Call via CloudTrail',
    source: 'aws.lambda',
    account,
    time,
    region,
    resources: [],
    detail,
  };
}
