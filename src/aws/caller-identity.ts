import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import type { Random } from '../core/random.ts';
import type { CallerIdentity } from './api.ts';
import { createCaller } from './limited-calls.ts';
import { type AwsTarget, clientOptions } from './client.ts';
import { garbled } from './errors.ts';

/** `random` gives numbers in [0, 1) for the waits between attempts. */
export interface CallerIdentityOptions {
  random: Random;
  target?: AwsTarget;
}

/**
 * Asks STS whose credentials are in use, which needs no permission
 * (https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html).
 */
export function createAwsCallerIdentity({ random, target }: CallerIdentityOptions): CallerIdentity {
  const sts = new STSClient(clientOptions(target));
  const caller = createCaller(random);
  return {
    identity: (deadline) => {
      const request = { action: 'sts:GetCallerIdentity' };
      return caller.call(request, deadline, async (abortSignal) => {
        const { Account: account, Arn: arn } = await sts.send(new GetCallerIdentityCommand({}), {
          abortSignal,
        });
        const [, partition] = /^arn:([^:]+):/.exec(arn ?? '') ?? [];
        if (account === undefined || partition === undefined) throw garbled(request);
        return { account, partition, region: await sts.config.region() };
      });
    },
  };
}
