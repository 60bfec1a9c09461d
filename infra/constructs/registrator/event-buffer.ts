import { LambdaEventSourceMapping } from '@cdktf/provider-aws/lib/lambda-event-source-mapping/index.js';
import { SqsQueue } from '@cdktf/provider-aws/lib/sqs-queue/index.js';
import { SqsQueuePolicy } from '@cdktf/provider-aws/lib/sqs-queue-policy/index.js';
import { Token, Op } from 'cdktf';
import { Construct } from 'constructs';
import type { registratorInputs } from '../../inputs/registrator.ts';
import { type Decision, existsWhen } from '../../values/decision.ts';
import type { ValuesOf } from '../../values/inputs.ts';
import type { DeadLetters } from './dead-letters.ts';
import type { NodeFunction } from '../node-function.ts';
import { allowService, policyDocument, type Statement } from '../policy.ts';

/**
 * Receptions of a message before it is a dead letter; at least five, as Lambda advises
 * (https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html).
 */
const receptions = 5;

interface EventBufferProps {
  readonly when: Decision;
  readonly function: NodeFunction;
  readonly settings: ValuesOf<typeof registratorInputs>;
  readonly deadLetters: DeadLetters;
  readonly ruleArn: string;
}

/** A queue between the rule and the function: a burst of events becomes a few batches, handled a few at a time. */
export class EventBuffer extends Construct {
  readonly queueArn: string;

  constructor(scope: Construct, id: string, props: EventBufferProps) {
    super(scope, id);
    const { settings, deadLetters } = props;
    const exists = existsWhen(props.when);
    const queue = new SqsQueue(this, 'queue', {
      ...exists,
      name: bufferName(settings.name),
      visibilityTimeoutSeconds: visibilitySeconds(settings.timeout, settings.bufferWindowInSeconds),
      redrivePolicy: JSON.stringify({ deadLetterTargetArn: deadLetters.arn, maxReceiveCount: receptions }),
      sqsManagedSseEnabled: true,
      tags: settings.tags,
    });
    new SqsQueuePolicy(this, 'policy', {
      ...exists,
      queueUrl: queue.url,
      policy: policyDocument(
        this,
        'access',
        [
          allowService({
            sid: 'LambdaEvents',
            service: 'events.amazonaws.com',
            actions: ['sqs:SendMessage'],
            resources: [queue.arn],
            source: props.ruleArn,
          }),
        ],
        props.when,
      ),
    });
    new LambdaEventSourceMapping(this, 'batches', {
      ...exists,
      eventSourceArn: queue.arn,
      functionName: props.function.arn,
      batchSize: settings.bufferBatchSize,
      maximumBatchingWindowInSeconds: settings.bufferWindowInSeconds,
      functionResponseTypes: ['ReportBatchItemFailures'],
      scalingConfig: { maximumConcurrency: settings.bufferMaximumConcurrency },
    });
    this.queueArn = queue.arn;
  }
}

/** What the function needs to take events out of the queue, which it names itself to break the circle. */
export function receiveEvents(queueArn: string, when: Decision): Statement {
  return {
    sid: 'ReceiveEvents',
    when,
    actions: ['sqs:DeleteMessage', 'sqs:GetQueueAttributes', 'sqs:ReceiveMessage'],
    resources: [queueArn],
  };
}

/** Name of the queue of a registrator. */
export function bufferName(name: string): string {
  return `${name}-events`;
}

/**
 * Six function timeouts and the batch window, as Lambda advises so that throttled batches are retried
 * (https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html).
 */
function visibilitySeconds(timeout: number, batchWindow: number): number {
  const known = !Token.isUnresolved(timeout) && !Token.isUnresolved(batchWindow);
  return known ? 6 * timeout + batchWindow : Token.asNumber(Op.add(Op.mul(timeout, 6), batchWindow));
}
