import type { Context } from 'aws-lambda';
import { systemClock } from '../core/clock.ts';
import { deadlineIn } from '../core/deadline.ts';
import { createLogger } from '../core/logger.ts';
import type { App } from './app.ts';
import { composeRegistry, longestCallMs } from './compose.ts';
import { readRegistryConfig } from './config.ts';
import { type HttpEventAnswer, answerEvent, fitsLambda, requestIn } from './http/gateway-events.ts';

/** Kept for the answer itself when DynamoDB uses up the rest. */
const reserveMs = 1_000;

let app: App | undefined;

/**
 * The Lambda function: answers events of API Gateway and Function URLs as HTTP, and a bare payload with the
 * configuration itself.
 * @throws AppError CONFIG_INVALID, so that a wrong deployment is seen as one; Refusal for a bare payload
 */
export async function handler(
  event: unknown,
  context?: Pick<Context, 'getRemainingTimeInMillis'>,
): Promise<HttpEventAnswer | string> {
  app ??= start();
  const left = (context?.getRemainingTimeInMillis() ?? longestCallMs) - reserveMs;
  const deadline = deadlineIn(systemClock, Math.min(left, longestCallMs));
  const request = requestIn(event);
  return request ? answerEvent(await app.answer(request, deadline)) : app.generate(event, deadline);
}

function start(): App {
  const config = readRegistryConfig(process.env);
  return composeRegistry(config, createLogger(config.logLevel, { program: 'registry' }), {
    fits: fitsLambda,
  });
}
