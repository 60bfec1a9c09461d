import type { Context } from 'aws-lambda';
import { systemClock } from '../core/clock.ts';
import { deadlineIn } from '../core/deadline.ts';
import { createLogger } from '../core/logger.ts';
import { AppError } from '../core/errors.ts';
import { systemRandom } from '../core/random.ts';
import { parseFunctionArn } from '../lambda-service/arn.ts';
import { type Assembly, assemble } from './compose.ts';
import { readRegistratorConfig } from './config.ts';
import { type BatchAnswer, respond } from './invocation.ts';
import { scopeOf } from './model/ownership.ts';
import type { Report } from './model/report.ts';

/** Time kept back for the report, out of what Lambda grants an invocation. */
const reserveMs = 2_000;

const systemSurface = { clock: systemClock, wallClock: () => Date.now(), random: systemRandom };

let assembly: Assembly | undefined;

/**
 * The registrator as a Lambda function: EventBridge rules and schedules, topics, queue batches and requests by hand in, a
 * report out. What was read from Parameter Store and connections to Consul are kept from one invocation to the next.
 */
export async function handler(event: unknown, context: Context): Promise<Report | BatchAnswer> {
  const registrator = (assembly ??= assemble(readRegistratorConfig(process.env), systemSurface));
  const { config } = registrator;
  const logger = createLogger(config.logLevel, { requestId: context.awsRequestId });
  for (const warning of config.warnings) logger.warn({ warning }, 'Configuration');
  const arn = parseFunctionArn(context.invokedFunctionArn);
  if (arn === undefined) {
    throw new AppError(
      'CONFIG_INVALID',
      `The invoked function's ARN is unreadable: ${context.invokedFunctionArn}`,
    );
  }
  const scope = scopeOf(arn, config);
  const granted = context.getRemainingTimeInMillis();
  const deadline = deadlineIn(systemClock, granted - Math.min(reserveMs, granted / 5));
  return respond(event, {
    home: arn,
    synchronise: (task) =>
      registrator.synchronise(task, scope, deadline, (change) =>
        logger.info({ ...change }, 'Consul changed'),
      ),
    calls: () => registrator.calls(),
    functionName: context.functionName,
    wallClock: systemSurface.wallClock,
    print: (line) => process.stdout.write(`${line}\n`),
    logger,
  });
}
