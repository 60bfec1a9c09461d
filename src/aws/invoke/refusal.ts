import { AppError } from '../../core/errors.ts';
import type { Pairs } from '../../http/pairs.ts';
import { retryAfter } from '../../http/retry-after.ts';
import { sentence } from '../../core/wording.ts';
import { type AwsRequest, awsError, describe } from '../errors.ts';
import type { Answer } from './exchange.ts';
import { jsonIn } from './json.ts';

/**
 * What an answer means that is no success: UPSTREAM_THROTTLED with the wait that was asked for, UPSTREAM_AUTH, TOO_LARGE,
 * else UPSTREAM_REJECTED; the details hold the HTTP status and the error's name
 * (https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html, errors).
 * @param now milliseconds since 1970
 */
export function refusalIn(answer: Answer, request: AwsRequest, now: number): AppError {
  const { status, headers } = answer;
  const { name, message } = errorIn(answer);
  const cause = Object.assign(new Error(message), { name, $metadata: { httpStatusCode: status } });
  const judged = awsError(cause, request);
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

const longestMessage = 500;

/** The name is a header's or the body's, without its namespace and what follows a colon; the body says why. */
function errorIn({ status, headers, body }: Answer): { name: string; message: string } {
  const told = objectIn(body);
  const type = valueOf(headers, 'x-amzn-errortype') ?? told['__type'] ?? told['code'];
  const name = typeof type === 'string' ? type.replace(/:.*$/s, '').replace(/^.*#/s, '') : `Unknown${status}`;
  const message = [told['message'], told['Message']].find((text) => typeof text === 'string');
  return { name, message: (message ?? body.toString()).slice(0, longestMessage) };
}

function objectIn(body: Buffer): Readonly<Record<string, unknown>> {
  const value = jsonIn(body);
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
