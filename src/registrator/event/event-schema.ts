import * as z from 'zod';
import { AppError } from '../../core/errors.ts';
import { quoted } from '../../core/wording.ts';

/** Text; anything of another type counts as absent. */
export const text = z.string().optional().catch(undefined);

/**
 * The fields of a CloudTrail record that are read here. Where CloudTrail leaves parameters out, it puts null, text or
 * `{"omitted":true}` in their place
 * (https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html).
 */
const recordSchema = z
  .object({
    eventSource: text,
    eventName: text,
    errorCode: text,
    awsRegion: text,
    recipientAccountId: text,
    requestParameters: z.object({ functionName: text, resource: text }).partial().catch({}),
    responseElements: z.object({ functionArn: text, functionName: text, aliasArn: text }).partial().catch({}),
    resources: z.array(z.object({ ARN: text }).partial().catch({})).catch([]),
  })
  .partial()
  .catch({});
export type CloudTrailRecord = z.infer<typeof recordSchema>;

/**
 * The fields of EventBridge events that are read here
 * (https://docs.aws.amazon.com/eventbridge/latest/ref/overiew-event-structure.html).
 */
const envelopeSchema = z.object({
  source: text,
  'detail-type': text,
  account: text,
  region: text,
  detail: recordSchema,
});
export type Envelope = z.infer<typeof envelopeSchema>;

/**
 * An event of EventBridge, also when its rule's target hands on the CloudTrail record alone, as with the InputPath
 * `$.detail`, or without what stands around `detail`: the record names its service, as `lambda.amazonaws.com`.
 * @throws AppError EVENT_UNSUPPORTED for anything but an object
 */
export function readEnvelope(event: unknown): Envelope {
  const parsed = envelopeSchema.safeParse(event);
  if (!parsed.success) {
    const message = `Unsupported event: received ${quoted(event)}. ${wholeEvents}`;
    throw new AppError('EVENT_UNSUPPORTED', message);
  }
  const envelope = parsed.data;
  if (envelope.source !== undefined) return envelope;
  const detail = envelope.detail.eventSource === undefined ? recordSchema.parse(event) : envelope.detail;
  if (detail.eventSource === undefined) return envelope;
  return { ...envelope, source: `aws.${detail.eventSource.split('.', 1)[0]}`, detail };
}

/** EVENT_UNSUPPORTED naming what was received and what may be sent. */
export function unsupported({ source, 'detail-type': detailType, detail }: Envelope): AppError {
  const received = `source ${quoted(source)}, detail-type ${quoted(detailType)}, event name ${quoted(detail.eventName)}`;
  const accepted =
    'schedules, CloudTrail events of aws.lambda or {"source":"lambda-registrator","action":"sync"}';
  const cure = source === undefined ? ` ${wholeEvents}` : '';
  return new AppError('EVENT_UNSUPPORTED', `Unsupported event: ${received}. Send ${accepted}.${cure}`);
}

/** What keeps an event from naming its source: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html. */
const wholeEvents =
  'If an EventBridge rule sent it, let the target of the rule pass the whole event: remove InputPath and InputTransformer from the target.';
