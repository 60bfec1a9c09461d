import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import type { Deadline } from '../../core/deadline.ts';
import type { Random } from '../../core/random.ts';
import { isAppError } from '../../core/errors.ts';
import { isPlainObject } from '../../core/objects.ts';
import { type AwsTarget, clientOptions } from '../client.ts';
import { createCaller } from '../limited-calls.ts';

/**
 * What the clock of AWS says, in milliseconds since 1970, to the second; undefined where nobody answered or said so. A
 * refusal tells as well, since a clock that is wrong is a reason for one.
 */
export type ServerDate = (deadline: Deadline) => Promise<number | undefined>;

/** Reads the `Date` of an answer of STS, which the SDK otherwise keeps to itself. */
export function createAwsServerDate({ random, target }: { random: Random; target?: AwsTarget }): ServerDate {
  const sts = new STSClient(clientOptions(target));
  const caller = createCaller(random);
  return async (deadline) => {
    const command = new GetCallerIdentityCommand({});
    let date: string | undefined;
    command.middlewareStack.add(
      (next) => async (input) => {
        const result = await next(input);
        date = dateOf(result.response) ?? date;
        return result;
      },
      { step: 'deserialize', priority: 'low' },
    );
    try {
      await caller.call({ action: 'sts:GetCallerIdentity' }, deadline, (abortSignal) =>
        sts.send(command, { abortSignal }),
      );
    } catch (error) {
      if (!isAppError(error)) throw error;
    }
    const told = Date.parse(date ?? '');
    return Number.isNaN(told) ? undefined : told;
  };
}

/** The header of an answer as it came over the wire. */
function dateOf(response: unknown): string | undefined {
  if (typeof response !== 'object' || response === null || !('headers' in response)) return undefined;
  const { headers } = response;
  const date = isPlainObject(headers) ? headers['date'] : undefined;
  return typeof date === 'string' ? date : undefined;
}
