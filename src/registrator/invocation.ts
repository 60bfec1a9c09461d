import { AppError, messageOf } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import type { FunctionHome } from '../lambda-service/arn.ts';
import type { Result } from './app.ts';
import { type Message, parseEvent } from './event/events.ts';
import { mergedTask, type Trigger } from './event/trigger.ts';
import { functionOf } from './model/ownership.ts';
import type { FailureEntry, Report } from './model/report.ts';
import type { Task } from './model/task.ts';
import { boundedReport } from './report/bounded-report.ts';
import { metricsLine } from './report/metrics.ts';

/** What one invocation works with. */
export interface Invocation {
  /** Where the registrator itself runs. */
  home: FunctionHome;
  /** Does what a task asks for, within the time of this invocation. */
  synchronise(task: Task): Promise<Result>;
  /** Requests sent so far by this process. */
  calls(): { aws: number; consul: number };
  /** Value of the metrics' dimension. */
  functionName: string;
  /** Milliseconds since 1970. */
  wallClock(): number;
  /** Writes one line to standard output. */
  print(line: string): void;
  logger: Logger;
}

/** https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html#services-sqs-batchfailurereporting */
export interface BatchAnswer {
  batchItemFailures: { itemIdentifier: string }[];
}

/**
 * Answers one event: a report, or for a batch of queue messages which of them are to be delivered again. Messages of a
 * topic have one report together; what can be read of them is done before an unreadable one is an error.
 * @throws AppError EVENT_UNSUPPORTED; WORK_LEFT when retryable work remains, so that Lambda retries; whatever keeps
 *   Consul from being read
 */
export async function respond(event: unknown, invocation: Invocation): Promise<Report | BatchAnswer> {
  const { from, messages } = parseEvent(event, invocation.home);
  for (const message of messages) noteUnperformed(message, invocation.logger);
  const task = mergedTask(messages.flatMap((message) => ('trigger' in message ? [message.trigger] : [])));
  if (from === 'queue') return answerQueue(messages, task, invocation);
  const report = task === undefined ? nothing : await perform(task, invocation);
  const left = retryableIn(report);
  if (left.length > 0) throw workLeft(left);
  const unreadable = messages.find((message) => 'error' in message);
  if (unreadable) throw unreadable.error;
  return boundedReport(report);
}

function noteUnperformed(message: Message, logger: Logger): void {
  const fields = message.id === '' ? {} : { messageId: message.id };
  if ('error' in message) {
    const { code, message: reason } = message.error;
    logger.error({ ...fields, code, reason }, 'Unreadable message');
  } else if (message.trigger.kind === 'ignored') {
    const { level, reason } = message.trigger;
    logger[level]({ ...fields, reason }, 'Event ignored');
  }
}

/** Messages are delivered again when they are unreadable, to end as dead letters, or left retryable work. */
async function answerQueue(
  messages: readonly Message[],
  task: Task | undefined,
  invocation: Invocation,
): Promise<BatchAnswer> {
  const left = task === undefined ? [] : await leftOver(task, invocation);
  const again = messages.filter((message) => 'error' in message || isLeft(message.trigger, left, messages));
  return { batchItemFailures: again.map(({ id }) => ({ itemIdentifier: id })) };
}

/** The retryable work that a run leaves; `all` of it when something that passes kept it from starting. */
async function leftOver(task: Task, invocation: Invocation): Promise<FailureEntry[] | 'all'> {
  try {
    return retryableIn(await perform(task, invocation));
  } catch (error) {
    if (error instanceof AppError && error.retryable) return 'all';
    throw error;
  }
}

/** Whether retryable work of a message remains; a failure that is no other message's own concerns all messages. */
function isLeft(
  trigger: Trigger,
  left: readonly FailureEntry[] | 'all',
  messages: readonly Message[],
): boolean {
  if (trigger.kind === 'ignored') return false;
  if (left === 'all') return true;
  if (trigger.kind === 'full') return left.length > 0;
  return left.some(({ arn }) => {
    const concerned = functionOf(arn);
    return trigger.arns.includes(concerned) || !isAskedFor(concerned, messages);
  });
}

function isAskedFor(functionArn: string, messages: readonly Message[]): boolean {
  return messages.some(
    (message) =>
      'trigger' in message &&
      message.trigger.kind === 'functions' &&
      message.trigger.arns.includes(functionArn),
  );
}

async function perform(task: Task, invocation: Invocation): Promise<Report> {
  const { logger } = invocation;
  const before = invocation.calls();
  try {
    const { report, managedServices } = await invocation.synchronise(task);
    const calls = invocation.calls();
    logger.info({ task: task.kind, report: boundedReport(report) }, 'Synchronised');
    const full = task.kind === 'full';
    const counted = { awsCalls: calls.aws - before.aws, consulCalls: calls.consul - before.consul };
    const measured = { report, full, managedServices, ...counted };
    if (!task.dryRun)
      invocation.print(metricsLine(measured, invocation.functionName, invocation.wallClock()));
    return report;
  } catch (error) {
    const code = error instanceof AppError ? error.code : undefined;
    logger.error({ task: task.kind, code, reason: messageOf(error) }, 'Synchronisation failed');
    throw error;
  }
}

function retryableIn({ failures }: Report): FailureEntry[] {
  return failures.filter(({ retryable }) => retryable);
}

function workLeft(left: readonly FailureEntry[]): AppError {
  const codes = [...new Set(left.map(({ code }) => code))].join(', ');
  const message = `Work is left that can be retried: ${left.length} × ${codes}. First: ${left[0]?.message} The log has the whole report.`;
  return new AppError('WORK_LEFT', message);
}

const nothing: Report = {
  complete: true,
  dryRun: false,
  counts: { created: 0, updated: 0, deleted: 0, unchanged: 0, skipped: 0, failed: 0 },
  changes: [],
  skips: [],
  warnings: [],
  failures: [],
  durationMs: 0,
};
