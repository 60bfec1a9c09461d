import * as z from 'zod';
import { AppError, isAppError } from '../../core/errors.ts';
import { parseFunctionArn, unqualifiedArn } from '../../lambda-service/arn.ts';
import { concernedFunction } from './cloudtrail-event.ts';
import { envelopeSchema, show, unsupported } from './event-schema.ts';

/** What an event asks for: it only says where to look, the state of the world decides what is done. */
export type Trigger =
  | { kind: 'full'; dryRun: boolean }
  /** Unqualified ARNs, each once. */
  | { kind: 'functions'; arns: string[]; dryRun: boolean }
  | { kind: 'ignored'; reason: string };

/** One message of a queue: what it asks for, or why it cannot be read. */
type Message = { id: string; trigger: Trigger } | { id: string; error: AppError };

export interface Batch {
  kind: 'batch';
  messages: Message[];
}

/** What an event source mapping of a queue hands over (https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html). */
const batchSchema = z.object({
  Records: z.array(
    z.object({
      eventSource: z.literal('aws:sqs', {
        error: ({ input }) => `records must come from aws:sqs, not ${show(input)}`,
      }),
      messageId: z.string().min(1),
      body: z.string(),
    }),
  ),
});

const functionArn = z
  .string({ error: ({ input }) => notAnArn(input) })
  .refine((value) => parseFunctionArn(value), { error: ({ input }) => notAnArn(input) });

const manualSchema = z.strictObject({
  source: z.literal('lambda-registrator'),
  action: z.literal('sync', { error: ({ input }) => `"action" must be "sync", not ${show(input)}` }),
  dryRun: z
    .boolean({ error: ({ input }) => `"dryRun" must be true or false, not ${show(input)}` })
    .default(false),
  functions: z
    .array(functionArn, { error: ({ input }) => `"functions" must be a list of ARNs, not ${show(input)}` })
    .min(1, '"functions" must name at least one function; leave it out to look at all')
    .optional(),
});

/**
 * What an event asks the registrator to look at: a schedule, a CloudTrail event of Lambda, a request by hand
 * (`{"source":"lambda-registrator","action":"sync"}`, with `dryRun` and `functions` if wanted), or a batch of queue
 * messages that hold any of these. An unreadable message is data; so is an event that concerns no function.
 * @throws AppError EVENT_UNSUPPORTED naming what was received
 */
export function parseEvent(event: unknown): Trigger | Batch {
  if (typeof event === 'object' && event !== null && 'Records' in event) return parseBatch(event);
  return parseTrigger(event);
}

/**
 * What the readable messages of a batch ask for together. Those that change something outweigh dry runs, which are
 * left out beside them: a dry run neither writes nor keeps others from writing.
 */
export function mergeBatch({ messages }: Batch): Trigger {
  const triggers = messages.flatMap((message) => ('trigger' in message ? [message.trigger] : []));
  const asked = triggers.filter((trigger) => trigger.kind !== 'ignored');
  const dryRun = asked.every((trigger) => trigger.dryRun);
  const merged = asked.filter((trigger) => trigger.dryRun === dryRun);
  if (merged.some(({ kind }) => kind === 'full')) return { kind: 'full', dryRun };
  const arns = merged.flatMap((trigger) => (trigger.kind === 'functions' ? trigger.arns : []));
  if (arns.length > 0) return { kind: 'functions', arns: [...new Set(arns)], dryRun };
  const reasons = triggers.flatMap((trigger) => (trigger.kind === 'ignored' ? [trigger.reason] : []));
  return { kind: 'ignored', reason: [...new Set(reasons)].join(' ') || 'No message could be read.' };
}

function parseBatch(event: object): Batch {
  const parsed = batchSchema.safeParse(event);
  if (!parsed.success) {
    const problem = parsed.error.issues[0];
    const message = `Unsupported event: ${problem?.path.join('.')}: ${problem?.message}.`;
    throw new AppError('EVENT_UNSUPPORTED', message);
  }
  const messages = parsed.data.Records.map(({ messageId, body }) => parseMessage(messageId, body));
  return { kind: 'batch', messages };
}

function parseMessage(id: string, body: string): Message {
  try {
    return { id, trigger: parseTrigger(parseJson(body)) };
  } catch (error) {
    if (isAppError(error)) return { id, error };
    throw error;
  }
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch (cause) {
    const message = `The message body ${show(body)} is not JSON; send one event a message.`;
    throw new AppError('EVENT_UNSUPPORTED', message, { cause });
  }
}

function parseTrigger(event: unknown): Trigger {
  const parsed = envelopeSchema.safeParse(event);
  if (!parsed.success) throw new AppError('EVENT_UNSUPPORTED', `Unsupported event: received ${show(event)}.`);
  const { source = '', 'detail-type': detailType } = parsed.data;
  if (source === 'lambda-registrator') return parseManual(event);
  if (['aws.events', 'aws.scheduler'].includes(source) && (detailType ?? scheduled) === scheduled) {
    return { kind: 'full', dryRun: false };
  }
  if (source === 'aws.lambda' && (detailType ?? apiCall) === apiCall) {
    const concerned = concernedFunction(parsed.data);
    if ('ignored' in concerned) return { kind: 'ignored', reason: concerned.ignored };
    return { kind: 'functions', arns: [concerned.arn], dryRun: false };
  }
  throw unsupported(parsed.data);
}

/** Detail types; events written by hand may leave them out. */
const scheduled = 'Scheduled Event';
const apiCall = 'AWS API Call via CloudTrail';

function parseManual(event: unknown): Trigger {
  const parsed = manualSchema.safeParse(event);
  if (!parsed.success) {
    const problems = parsed.error.issues.map((issue) =>
      issue.code === 'unrecognized_keys' ? `unknown ${issue.keys.map(show).join(', ')}` : issue.message,
    );
    throw new AppError(
      'EVENT_UNSUPPORTED',
      `The lambda-registrator event is invalid: ${problems.join('; ')}.`,
    );
  }
  const { functions, dryRun } = parsed.data;
  if (functions === undefined) return { kind: 'full', dryRun };
  const arns = functions.map(parseFunctionArn).filter((arn) => arn !== undefined);
  return { kind: 'functions', arns: [...new Set(arns.map(unqualifiedArn))], dryRun };
}

function notAnArn(input: unknown): string {
  return `"functions" holds ${show(input)}, which is not the ARN of a Lambda function`;
}
