import type { Context } from 'aws-lambda';
import { systemClock } from '../core/clock.ts';
import { deadlineIn } from '../core/deadline.ts';
import { createLogger } from '../core/logger.ts';
import type { App } from './app.ts';
import { composeRegistry, longestCallMs } from './compose.ts';
import { type RegistryConfig, readRegistryConfig } from './config.ts';
import { type EventAnswer, answerEvent, callIn, fitsLambda } from './http/gateway-events.ts';

/** Kept for the answer itself when DynamoDB uses up the rest. */
const reserveMs = 1_000;

let running: { app: App; config: RegistryConfig } | undefined;

/**
 * The Lambda function: answers events of API Gateway, Function URLs and load balancers as HTTP, and a bare payload with
 * the configuration itself.
 * @throws AppError CONFIG_INVALID, so that a wrong deployment is seen as one; for a bare payload what a caller is told
 */
export async function handler(
  event: unknown,
  context?: Pick<Context, 'getRemainingTimeInMillis'>,
): Promise<EventAnswer | string> {
  const { app, config } = (running ??= start());
  const left = (context?.getRemainingTimeInMillis() ?? longestCallMs) - reserveMs;
  const deadline = deadlineIn(systemClock, Math.min(left, longestCallMs));
  const call = callIn(event, config.basePath);
  if (!call) return app.generate(event, deadline);
  const { request, path, answerForm } = call;
  return answerEvent(await app.answer(request, { path, deadline }), answerForm);
}

function start(): { app: App; config: RegistryConfig } {
  const config = readRegistryConfig(process.env);
  const logger = createLogger(config.logLevel, { program: 'registry' });
  return { app: composeRegistry(config, logger, { fits: fitsLambda }), config };
}
