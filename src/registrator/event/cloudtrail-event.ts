import { quoted } from '../../core/wording.ts';
import {
  type FunctionArn,
  type FunctionHome,
  isEdgeReplica,
  parseFunctionArn,
  unqualifiedArn,
} from '../../lambda-service/arn.ts';
import { type CloudTrailRecord, type Envelope, unsupported } from './event-schema.ts';
import type { Ignored, Trigger } from './trigger.ts';

/**
 * CloudTrail names API calls with or without the date of the API version
 * (https://docs.aws.amazon.com/lambda/latest/dg/logging-using-cloudtrail.html).
 */
const eventNamePattern =
  /^(CreateFunction|DeleteFunction|UpdateFunctionCode|UpdateFunctionConfiguration|PublishVersion|CreateAlias|UpdateAlias|DeleteAlias|TagResource|UntagResource)(\d{8}(v\d+)?)?$/;

/** Rules that match names by prefix also deliver calls such as CreateFunctionUrlConfig, which change no tag. */
const relatedNamePattern =
  /^((Create|Update|Delete)(Function|Alias)|PublishVersion|TagResource|UntagResource)[A-Za-z0-9]*$/;

/** Errors of calls that Lambda did not begin with; any other may have come after a change was made. */
const turnedAwayPattern = /AccessDenied|Unauthorized|Throttl|TooManyRequests/;

/**
 * Which function to look at after an API call of Lambda that CloudTrail recorded, `home` being where the registrator
 * itself runs. A record that names no function is ignored with a warning, since Lambda would repeat an error in vain.
 * @throws AppError EVENT_UNSUPPORTED for calls that no rule of ours delivers
 */
export function readApiCall(envelope: Envelope, home: FunctionHome): Trigger {
  const { eventName = '', errorCode } = envelope.detail;
  if (!relatedNamePattern.test(eventName)) throw unsupported(envelope);
  if (!eventNamePattern.test(eventName)) {
    return { kind: 'ignored', reason: `${eventName} does not change what is registered.`, level: 'info' };
  }
  if (errorCode !== undefined && turnedAwayPattern.test(errorCode)) {
    const reason = `${eventName} was turned away with ${quoted(errorCode)}.`;
    return { kind: 'ignored', reason, level: 'info' };
  }
  const named = namesIn(envelope.detail);
  const [arn] = named.flatMap((name) => resolve(name, envelope, home) ?? []);
  if (arn === undefined) return concernsNone(eventName, named);
  return { kind: 'functions', arns: [unqualifiedArn(arn)], dryRun: false };
}

/** What a record names, ARNs before names: answers are there after successful calls alone, and not for all of them. */
function namesIn({ requestParameters, responseElements, resources }: CloudTrailRecord): string[] {
  return [
    responseElements?.functionArn,
    responseElements?.aliasArn,
    requestParameters?.functionName,
    requestParameters?.resource,
    responseElements?.functionName,
    ...(resources ?? []).map(({ ARN }) => ARN),
  ].filter((name) => name !== undefined);
}

/**
 * Lambda's API takes a name, a partial ARN or an ARN, each with or without a qualifier; what is left out is that of the
 * call (https://docs.aws.amazon.com/lambda/latest/api/API_DeleteFunction.html#API_DeleteFunction_RequestSyntax).
 */
const partialArnPattern =
  /^(?:(?:(?<region>[a-z0-9-]+):)?(?<account>\d{12}):)?(?:function:)?(?<name>[^:]+)(?::[^:]+)?$/;

/** The function that `named` means; its partition is the registrator's, which EventBridge does not deliver across. */
function resolve(
  named: string,
  { account, region, detail }: Envelope,
  home: FunctionHome,
): FunctionArn | undefined {
  const partial = partialArnPattern.exec(named)?.groups;
  if (partial === undefined) return parseFunctionArn(named);
  const whole: FunctionArn = {
    partition: home.partition,
    region: partial['region'] ?? detail.awsRegion ?? region ?? home.region,
    account: partial['account'] ?? detail.recipientAccountId ?? account ?? home.account,
    functionName: partial['name'] ?? '',
  };
  return parseFunctionArn(unqualifiedArn(whole));
}

/** Tags of event source mappings, code signing configurations and the like are changed by the calls for functions. */
const otherResourcePattern = /^arn:[^:]+:lambda:[^:]*:[^:]*:(?!function:)/;

function concernsNone(eventName: string, named: readonly string[]): Ignored {
  const concerns = (what: string, why: string): Ignored => ({
    kind: 'ignored',
    reason: `${eventName} concerns ${quoted(what)}, which is ${why}.`,
    level: 'info',
  });
  const replica = named.find(isEdgeReplica);
  if (replica !== undefined) return concerns(replica, 'a Lambda@Edge replica and never registered');
  const other = named.find((name) => otherResourcePattern.test(name));
  if (other !== undefined) return concerns(other, 'not a function');
  const instead = named.length === 0 ? '' : `, but ${quoted(named[0])}`;
  return {
    kind: 'ignored',
    reason: `${eventName} names no function${instead}. The next full sync sees what it changed.`,
    level: 'warn',
  };
}
