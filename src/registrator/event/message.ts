import * as z from 'zod';
import { AppError } from '../../core/errors.ts';
import { quoted } from '../../core/wording.ts';
import type { FunctionHome } from '../../lambda-service/arn.ts';
import { readApiCall } from './cloudtrail-event.ts';
import { readEnvelope, text, unsupported } from './event-schema.ts';
import { readManualEvent } from './manual-event.ts';
import type { Trigger } from './trigger.ts';

/** What SNS puts around a message (https://docs.aws.amazon.com/sns/latest/dg/sns-message-and-json-formats.html). */
const notificationSchema = z.object({
  Type: z.enum(['Notification', 'SubscriptionConfirmation', 'UnsubscribeConfirmation']),
  TopicArn: text,
  Message: z.string(),
});

/** Detail types; events written by hand may leave them out. */
const scheduled = 'Scheduled Event';
const apiCall = 'AWS API Call via CloudTrail';

/**
 * What one event asks the registrator in `home` to look at: a schedule, a CloudTrail event of Lambda, a request by hand,
 * or any of these in an envelope of SNS.
 * @throws AppError EVENT_UNSUPPORTED naming what was received
 */
export function readMessage(event: unknown, home: FunctionHome): Trigger {
  const notification = notificationSchema.safeParse(event);
  if (notification.success) return readNotification(notification.data, home);
  const envelope = readEnvelope(event);
  const { source = '', 'detail-type': detailType } = envelope;
  if (source === 'lambda-registrator') return readManualEvent(event);
  if (['aws.events', 'aws.scheduler'].includes(source) && (detailType ?? scheduled) === scheduled) {
    return { kind: 'full', dryRun: false };
  }
  if (source === 'aws.lambda' && (detailType ?? apiCall) === apiCall) return readApiCall(envelope, home);
  throw unsupported(envelope);
}

/**
 * What a message in text asks for.
 * @throws AppError EVENT_UNSUPPORTED naming what was received
 */
export function readMessageText(body: string, home: FunctionHome): Trigger {
  return readMessage(parseJson(body), home);
}

function readNotification(
  { Type, TopicArn, Message }: z.infer<typeof notificationSchema>,
  home: FunctionHome,
): Trigger {
  if (Type === 'Notification') return readMessageText(Message, home);
  throw new AppError(
    'EVENT_UNSUPPORTED',
    `The message is a ${Type} of the SNS topic ${quoted(TopicArn)}, not an event. Confirm the subscription if it is wanted, and turn on raw message delivery for it, so that a queue receives events alone.`,
  );
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch (cause) {
    const message = `The message body ${quoted(body)} is not JSON; send one event a message.`;
    throw new AppError('EVENT_UNSUPPORTED', message, { cause });
  }
}
