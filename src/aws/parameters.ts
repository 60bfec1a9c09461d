import { GetParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { AppError } from '../core/errors.ts';
import type { Random } from '../core/random.ts';
import { Secret } from '../core/secret.ts';
import type { Parameters } from './api.ts';
import { createCaller } from './limited-calls.ts';
import { type AwsTarget, clientOptions } from './client.ts';
import { garbled } from './errors.ts';

/** `random` gives numbers in [0, 1) for the waits between attempts. */
export interface ParametersOptions {
  random: Random;
  target?: AwsTarget;
}

/** How ciphertext looks: the base64 form of what KMS encrypts, the marks of local emulators, control characters. */
// eslint-disable-next-line no-control-regex -- control characters are what is looked for
const ciphertext = /^(?:AQICAH|kms:|ENCRYPTED:)|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]/;

/**
 * Reads Parameter Store, always in clear: without that a SecureString comes encrypted, and no error
 * (https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameter.html).
 */
export function createAwsParameters({ random, target }: ParametersOptions): Parameters {
  const ssm = new SSMClient(clientOptions(target));
  const caller = createCaller(random);
  return {
    value: async (name, deadline) => {
      const request = { action: 'ssm:GetParameter', resource: name };
      const command = new GetParameterCommand({ Name: name, WithDecryption: true });
      const value = await caller.call(request, deadline, async (abortSignal) => {
        const answer = await ssm.send(command, { abortSignal });
        if (answer.Parameter?.Value === undefined) throw garbled(request);
        return answer.Parameter.Value;
      });
      if (ciphertext.test(value)) {
        const message = `Parameter ${name} came encrypted or is not text: store it as String or SecureString text, and grant kms:Decrypt on its key.`;
        throw new AppError('UPSTREAM_REJECTED', message);
      }
      return new Secret(value);
    },
  };
}
