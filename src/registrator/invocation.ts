import type { Deadline } from '../core/deadline.ts';
import { AppError, messageOf } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import { unqualifiedArn, parseFunctionArn } from '../lambda-service/arn.ts';
import type { Result } from './app.ts';
import type { Task } from './model/task.ts';
import { boundedReport } from './report/bounded-report.ts';
import { type Batch, mergeBatch, parseEvent, type Trigger } from './event/events.ts';
import { metricsLine } from './report/metrics.ts';
import type { FailureEntry, Report } from './model/report.ts';

/** What one invocation needs of its surroundings. */
export interface Surroundings {
  synchronise(task: Task, deadline: Deadline): Promise<Result>;
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
 * Answers one event: a report, or for a batch of queue messages which of them are to be delivered again.
 * @throws AppError EVENT_UNSUPPORTED; WORK_LEFT when retryable work remains, so that Lambda retries; whatever keeps
 *   Consul from being read
 */
export async function respond(
  event: unknown,
  around: Surroundings,
  deadline: Deadline,
): Promise<Report | BatchAnswer> {
  const parsed = parseEvent(event);
  if (parsed.kind === 'batch') return respondToBatch(parsed, around, deadline);
  const report = await perform(parsed, around, deadline);
  const left = report.failures.filter(({ retryable }) => retryable);
  if (left.length > 0) throw workLeft(left);
  return boundedReport(report);
}

async function respondToBatch(batch: Batch, around: Surroundings, deadline: Deadline): Promise<BatchAnswer> {
  for (const message of batch.messages) {
    if ('error' in message)
      around.logger.error(
        { messageId: message.id, code: message.error.code, reason: message.error.message },
        'Unreadable message',
      );
  }
  const left = await leftOver(mergeBatch(batch), around, deadline);
  const again = batch.messages.filter(
    (message) => 'error' in message || isLeft(message.trigger, left, batch),
  );
  return { batchItemFailures: again.map(({ id }) => ({ itemIdentifier: id })) };
}

/** The retryable work that a run leaves; `all` of it when something that passes kept it from starting. */
async function leftOver(
  trigger: Trigger,
  around: Surroundings,
  deadline: Deadline,
): Promise<FailureEntry[] | 'all'> {
  try {
    const report = await perform(trigger, around, deadline);
    return report.failures.filter(({ retryable }) => retryable);
  } catch (error) {
    if (error instanceof AppError && error.retryable) return 'all';
    throw error;
  }
}

/** Whether retryable work of a message remains; a failure that is no other message's own concerns all messages. */
function isLeft(trigger: Trigger, left: readonly FailureEntry[] | 'all', batch: Batch): boolean {
  if (trigger.kind === 'ignored') return false;
  if (left === 'all') return true;
  if (trigger.kind === 'full') return left.length > 0;
  return left.some(({ arn }) => {
    const parts = parseFunctionArn(arn);
    const concerned = parts === undefined ? '' : unqualifiedArn(parts);
    return trigger.arns.includes(concerned) || !isAskedFor(concerned, batch);
  });
}

function isAskedFor(functionArn: string, { messages }: Batch): boolean {
  return messages.some(
    (message) =>
      'trigger' in message &&
      message.trigger.kind === 'functions' &&
      message.trigger.arns.includes(functionArn),
  );
}

async function perform(trigger: Trigger, around: Surroundings, deadline: Deadline): Promise<Report> {
  const { logger } = around;
  if (trigger.kind === 'ignored') {
    logger.info({ reason: trigger.reason }, 'Event ignored');
    return nothing;
  }
  const before = around.calls();
  try {
    const { report, managedServices } = await around.synchronise(trigger, deadline);
    const calls = around.calls();
    logger.info({ task: trigger.kind, report: boundedReport(report) }, 'Synchronised');
    const full = trigger.kind === 'full';
    const counted = { awsCalls: calls.aws - before.aws, consulCalls: calls.consul - before.consul };
    const measured = { report, full, managedServices, ...counted };
    if (!trigger.dryRun) around.print(metricsLine(measured, around.functionName, around.wallClock()));
    return report;
  } catch (error) {
    const code = error instanceof AppError ? error.code : undefined;
    logger.error({ task: trigger.kind, code, reason: messageOf(error) }, 'Synchronisation failed');
    throw error;
  }
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
