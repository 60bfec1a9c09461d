import * as z from 'zod';
import { AppError } from '../../core/errors.ts';

const text = z.string().optional().catch(undefined);

/**
 * The fields of EventBridge events that are read here; anything of another type counts as absent
 * (https://docs.aws.amazon.com/eventbridge/latest/ref/overiew-event-structure.html). Of `detail` those of CloudTrail
 * (https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html).
 */
export const envelopeSchema = z.object({
  source: text,
  'detail-type': text,
  account: text,
  region: text,
  detail: z
    .object({
      eventName: text,
      errorCode: text,
      awsRegion: text,
      recipientAccountId: text,
      requestParameters: z.object({ functionName: text, resource: text }).partial().catch({}),
      responseElements: z.object({ functionArn: text }).partial().catch({}),
    })
    .partial()
    .catch({}),
});
export type Envelope = z.infer<typeof envelopeSchema>;

/** EVENT_UNSUPPORTED naming what was received and what may be sent. */
export function unsupported({ source, 'detail-type': detailType, detail }: Envelope, more = ''): AppError {
  const received = `source ${show(source)}, detail-type ${show(detailType)}, event name ${show(detail.eventName)}`;
  const accepted =
    'schedules, CloudTrail events of aws.lambda or {"source":"lambda-registrator","action":"sync"}';
  return new AppError('EVENT_UNSUPPORTED', `Unsupported event: ${received}${more}. Send ${accepted}.`);
}

/** A received value, short enough for a message. */
export function show(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? 'a list' : 'an object';
  const shown = JSON.stringify(value);
  return shown.length > 200 ? `${shown.slice(0, 200)}…` : shown;
}
