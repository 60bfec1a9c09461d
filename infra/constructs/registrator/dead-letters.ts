import { SqsQueue } from '@cdktf/provider-aws/lib/sqs-queue/index.js';
import { Construct } from 'constructs';

/** 14 days, the longest that SQS keeps a message. */
const retentionSeconds = 1_209_600;

/** Where events go that could not be delivered or handled. */
export class DeadLetters extends Construct {
  readonly name: string;
  readonly arn: string;
  readonly url: string;

  constructor(scope: Construct, id: string, props: { name: string; tags: Record<string, string> }) {
    super(scope, id);
    const queue = new SqsQueue(this, 'queue', {
      name: `${props.name}-dead-letters`,
      messageRetentionSeconds: retentionSeconds,
      sqsManagedSseEnabled: true,
      tags: props.tags,
    });
    this.name = queue.name;
    this.arn = queue.arn;
    this.url = queue.url;
  }
}
