import { CloudwatchEventRule } from '@cdktf/provider-aws/lib/cloudwatch-event-rule/index.js';
import { CloudwatchEventTarget } from '@cdktf/provider-aws/lib/cloudwatch-event-target/index.js';
import { LambdaPermission } from '@cdktf/provider-aws/lib/lambda-permission/index.js';
import { SqsQueuePolicy } from '@cdktf/provider-aws/lib/sqs-queue-policy/index.js';
import { Construct } from 'constructs';
import type { registratorInputs } from '../../inputs/registrator.ts';
import { buildUnlessFalse, choose, existsWhen, not } from '../../values/decision.ts';
import type { ValuesOf } from '../../values/inputs.ts';
import type { DeadLetters } from './dead-letters.ts';
import { EventBuffer } from './event-buffer.ts';
import type { NodeFunction } from '../node-function.ts';
import { allowService, policyDocument } from '../policy.ts';

/**
 * Calls that can change what should be registered. CloudTrail appends a date and a revision to most names
 * (`TagResource20170331v2`), so each is a prefix; what else a prefix brings, the function ignores. The sources are
 * named because other services have calls of these names.
 */
const pattern = {
  source: ['aws.lambda'],
  'detail-type': ['AWS API Call via CloudTrail'],
  detail: {
    eventSource: ['lambda.amazonaws.com'],
    eventName: [
      'CreateAlias',
      'CreateFunction',
      'DeleteAlias',
      'DeleteFunction',
      'TagResource',
      'UntagResource',
      'UpdateAlias',
      'UpdateFunctionConfiguration',
    ].map((prefix) => ({ prefix })),
  },
};

/** EventBridge repeats a failed delivery this often before the event is a dead letter. */
const deliveryAttempts = 10;

interface LambdaEventsProps {
  readonly function: NodeFunction;
  readonly settings: ValuesOf<typeof registratorInputs>;
  readonly deadLetters: DeadLetters;
}

/** Lambda's CloudTrail events, delivered to the function or, in batches, through a queue. */
export class LambdaEvents extends Construct {
  constructor(scope: Construct, id: string, props: LambdaEventsProps) {
    super(scope, id);
    const { settings, deadLetters } = props;
    const rule = new CloudwatchEventRule(this, 'rule', {
      name: settings.name,
      description: 'Changes of Lambda functions, their tags and aliases',
      eventPattern: JSON.stringify(pattern),
      tags: settings.tags,
    });
    const buffer = buildUnlessFalse(
      settings.bufferEvents,
      (when) => new EventBuffer(this, 'buffer', { ...props, when, ruleArn: rule.arn }),
    );
    new CloudwatchEventTarget(this, 'target', {
      rule: rule.name,
      arn: choose(settings.bufferEvents, buffer?.queueArn ?? '', props.function.arn),
      deadLetterConfig: { arn: deadLetters.arn },
      retryPolicy: {
        maximumEventAgeInSeconds: settings.maximumEventAgeInSeconds,
        maximumRetryAttempts: deliveryAttempts,
      },
    });
    buildUnlessFalse(
      not(settings.bufferEvents),
      (when) =>
        new LambdaPermission(this, 'permission', {
          ...existsWhen(when),
          statementId: 'LambdaEvents',
          action: 'lambda:InvokeFunction',
          functionName: props.function.name,
          principal: 'events.amazonaws.com',
          sourceArn: rule.arn,
        }),
    );
    new SqsQueuePolicy(this, 'dead-letters-policy', {
      queueUrl: deadLetters.url,
      policy: policyDocument(this, 'dead-letters-access', [
        allowService({
          sid: 'UndeliveredEvents',
          service: 'events.amazonaws.com',
          actions: ['sqs:SendMessage'],
          resources: [deadLetters.arn],
          source: rule.arn,
        }),
      ]),
    });
  }
}
