import * as z from 'zod';
import { AppError, isAppError } from '../../core/errors.ts';
import { quoted } from '../../core/wording.ts';
import type { FunctionHome } from '../../lambda-service/arn.ts';
import { text } from './event-schema.ts';
import { readMessage, readMessageText } from './message.ts';
import type { Trigger } from './trigger.ts';

/** One message: what it asks for, or why it cannot be read. The id is empty for an event that came by itself. */
export type Message = { id: string; trigger: Trigger } | { id: string; error: AppError };

/** What an invocation was started for, and by whom, which decides how it is answered. */
export interface Received {
  from: 'queue' | 'topic' | 'invoker';
  messages: Message[];
}

/**
 * The messages of an event, for a registrator in `home`: those of a queue (SQS) or topic (SNS), or the event itself. An
 * unreadable message is data; so is one that concerns no function.
 * @throws AppError EVENT_UNSUPPORTED for records of anything else
 */
export function parseEvent(event: unknown, home: FunctionHome): Received {
  if (typeof event === 'object' && event !== null && 'Records' in event) return parseRecords(event, home);
  return { from: 'invoker', messages: [messageOf('', () => readMessage(event, home))] };
}

const sourcesSchema = z.object({
  Records: z.array(
    z
      .object({ eventSource: text, EventSource: text })
      .transform(({ eventSource, EventSource }) => eventSource ?? EventSource),
  ),
});

/** What an event source mapping of a queue hands over (https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html). */
const queueSchema = z.object({
  Records: z.array(z.object({ messageId: z.string().min(1), body: z.string() })),
});

/** What a subscription of a topic hands over (https://docs.aws.amazon.com/lambda/latest/dg/with-sns.html). */
const topicSchema = z.object({
  Records: z.array(z.object({ Sns: z.looseObject({ MessageId: z.string().default('') }) })),
});

function parseRecords(event: object, home: FunctionHome): Received {
  const sources = new Set(checked(sourcesSchema, event).Records);
  const [source = 'aws:sqs', ...others] = sources;
  if (others.length === 0 && !sources.has(undefined)) {
    if (source === 'aws:sqs') return { from: 'queue', messages: queueMessages(event, home) };
    if (source === 'aws:sns') return { from: 'topic', messages: topicMessages(event, home) };
  }
  const named = [...sources].map((name) => quoted(name)).join(' and ');
  throw new AppError(
    'EVENT_UNSUPPORTED',
    `Unsupported event: its records come from ${named}. Send records of aws:sqs alone, or of aws:sns alone.`,
  );
}

function queueMessages(event: object, home: FunctionHome): Message[] {
  return checked(queueSchema, event).Records.map(({ messageId, body }) =>
    messageOf(messageId, () => readMessageText(body, home)),
  );
}

function topicMessages(event: object, home: FunctionHome): Message[] {
  return checked(topicSchema, event).Records.map(({ Sns }) =>
    messageOf(Sns.MessageId, () => readMessage({ Type: 'Notification', ...Sns }, home)),
  );
}

function checked<Schema extends z.ZodType>(schema: Schema, event: object): z.output<Schema> {
  const parsed = schema.safeParse(event);
  if (parsed.success) return parsed.data;
  const [problem] = parsed.error.issues;
  const message = `Unsupported event: ${problem?.path.join('.')}: ${problem?.message}.`;
  throw new AppError('EVENT_UNSUPPORTED', message);
}

function messageOf(id: string, read: () => Trigger): Message {
  try {
    return { id, trigger: read() };
  } catch (error) {
    if (isAppError(error)) return { id, error };
    throw error;
  }
}
