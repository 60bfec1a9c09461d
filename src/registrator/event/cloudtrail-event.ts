import { parseFunctionArn, unqualifiedArn } from '../../lambda-service/arn.ts';
import { type Envelope, show, unsupported } from './event-schema.ts';

/** The function that an API call of Lambda concerns, by unqualified ARN, or why it concerns none. */
export type ConcernedFunction = { arn: string } | { ignored: string };

/**
 * CloudTrail names API calls with or without the date of the API version
 * (https://docs.aws.amazon.com/lambda/latest/dg/logging-using-cloudtrail.html).
 */
const eventNamePattern =
  /^(CreateFunction|DeleteFunction|UpdateFunctionCode|UpdateFunctionConfiguration|PublishVersion|CreateAlias|UpdateAlias|DeleteAlias|TagResource|UntagResource)(\d{8}(v\d+)?)?$/;

/** Rules that match names by prefix also deliver calls such as CreateFunctionUrlConfig, which change no tag. */
const relatedNamePattern =
  /^((Create|Update|Delete)(Function|Alias)|PublishVersion|TagResource|UntagResource)[A-Za-z0-9]*$/;

/**
 * Which function to look at after an API call of Lambda that CloudTrail recorded.
 * @throws AppError EVENT_UNSUPPORTED for calls that no rule of ours delivers, or that name no function
 */
export function concernedFunction(envelope: Envelope): ConcernedFunction {
  const { eventName = '', errorCode, requestParameters, responseElements } = envelope.detail;
  if (!relatedNamePattern.test(eventName)) throw unsupported(envelope);
  const [, call] = eventNamePattern.exec(eventName) ?? [];
  if (call === undefined) return { ignored: `${eventName} does not change what is registered.` };
  if (errorCode !== undefined) {
    return { ignored: `${eventName} failed with ${show(errorCode)} and changed nothing.` };
  }
  switch (call) {
    case 'CreateFunction':
      return resolve(envelope, responseElements?.functionArn ?? requestParameters?.functionName);
    case 'TagResource':
    case 'UntagResource':
      return taggedFunction(envelope, eventName);
    default:
      return resolve(envelope, requestParameters?.functionName);
  }
}

/** Tags of event source mappings, code signing configurations and the like are changed by the same two calls. */
function taggedFunction(envelope: Envelope, eventName: string): ConcernedFunction {
  const resource = envelope.detail.requestParameters?.resource;
  const [, type] = /^arn:[^:]+:lambda:[^:]*:[^:]*:([^:]+):/.exec(resource ?? '') ?? [];
  if (type === undefined || type === 'function') return resolve(envelope, resource);
  return { ignored: `${eventName} concerns ${show(resource)}, which is not a function.` };
}

/**
 * Lambda's API takes a name, a partial ARN or an ARN, each with or without a qualifier; what is left out is that of the
 * call (https://docs.aws.amazon.com/lambda/latest/api/API_DeleteFunction.html#API_DeleteFunction_RequestSyntax).
 */
const partialArn =
  /^(?:(?:(?<region>[a-z0-9-]+):)?(?<account>\d{12}):)?(?:function:)?(?<name>[^:]+)(?::[^:]+)?$/;

function resolve(envelope: Envelope, named = ''): ConcernedFunction {
  const { detail } = envelope;
  const partial = partialArn.exec(named)?.groups;
  const region = partial?.['region'] ?? detail.awsRegion ?? envelope.region ?? '';
  const account = partial?.['account'] ?? detail.recipientAccountId ?? envelope.account;
  const whole = `arn:${partitionOf(region)}:lambda:${region}:${account}:function:${partial?.['name']}`;
  const arn = parseFunctionArn(partial ? whole : named);
  if (arn === undefined) throw unsupported(envelope, `, function ${show(named)}`);
  return { arn: unqualifiedArn(arn) };
}

/** Regions outside the commercial partition (https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/partitions.html). */
const partitions: readonly (readonly [regionPrefix: string, partition: string])[] = [
  ['cn-', 'aws-cn'],
  ['us-gov-', 'aws-us-gov'],
  ['us-iso-', 'aws-iso'],
  ['us-isob-', 'aws-iso-b'],
  ['eu-isoe-', 'aws-iso-e'],
  ['us-isof-', 'aws-iso-f'],
];

function partitionOf(region: string): string {
  return partitions.find(([prefix]) => region.startsWith(prefix))?.[1] ?? 'aws';
}
