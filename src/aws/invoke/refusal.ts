import { AppError } from '../../core/errors.ts';
import type { Pairs } from '../../http/pairs.ts';
import { retryAfter } from '../../http/retry-after.ts';
import { sentence } from '../../core/wording.ts';
import { type AwsRequest, awsError, describe } from '../errors.ts';
import { toldError } from '../transport/told-error.ts';
import type { Answer } from './exchange.ts';

/**
 * What an answer means that is no success: UPSTREAM_THROTTLED with the wait that was asked for, UPSTREAM_AUTH, TOO_LARGE,
 * else UPSTREAM_REJECTED; the details hold the HTTP status and the error's name
 * (https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html, errors).
 * @param now milliseconds since 1970
 */
export function refusalIn({ status, headers, body }: Answer, request: AwsRequest, now: number): AppError {
  const told = toldError({ status, type: valueOf(headers, 'x-amzn-errortype'), body });
  const { name, message } = told;
  const judged = awsError(told, request);
  const details = { ...judged.details, status };
  if (judged.code === 'UPSTREAM_AUTH') return new AppError(judged.code, judged.message, { details });
  if (judged.code === 'UPSTREAM_THROTTLED') {
    const retryAfterMs = retryAfter(valueOf(headers, 'retry-after'), now);
    return new AppError(judged.code, `${judged.message} ${sentence(message)}`, { details, retryAfterMs });
  }
  const said = `Lambda refused ${describe(request)} with ${status}: ${sentence(`${name}: ${message}`)}`;
  return new AppError(status === 413 ? 'TOO_LARGE' : 'UPSTREAM_REJECTED', said, { details });
}

/** The first value of a header. */
export function valueOf(headers: Readonly<Pairs>, wanted: string): string | undefined {
  return headers.find(([name]) => name === wanted)?.[1];
}
