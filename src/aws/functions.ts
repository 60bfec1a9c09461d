import type { Clock } from '../core/clock.ts';
import type { Random } from '../core/random.ts';
import { TokenBucket } from '../core/token-bucket.ts';
import type { Functions } from './api.ts';
import { createCaller } from './limited-calls.ts';
import type { AwsTarget } from './client.ts';
import { createLambda } from './lambda.ts';
import { createTagging } from './tagging.ts';

/** What the clients of both APIs are made from. */
export interface FunctionsOptions {
  clock: Clock;
  /** Gives numbers in [0, 1) for the waits between attempts. */
  random: Random;
  /** For each of the two APIs, once the burst is spent. */
  requestsPerSecond: number;
  target?: AwsTarget;
}

/** What either API grants an account in a second, and so what may be spent at once. */
const burst = 15;

/** Reads functions and their tags, from the Resource Groups Tagging API and Lambda, within a rate limit for each. */
export function createAwsFunctions(options: FunctionsOptions): Functions {
  const { clock, random, requestsPerSecond, target } = options;
  const tagging = createCaller(random, new TokenBucket(clock, requestsPerSecond, burst));
  const lambda = createCaller(random, new TokenBucket(clock, requestsPerSecond, burst));
  return {
    ...createTagging(tagging, target),
    ...createLambda(lambda, target),
    calls: () => tagging.sent() + lambda.sent(),
  };
}
