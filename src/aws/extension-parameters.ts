import {
  DeleteParameterCommand,
  GetParametersCommand,
  PutParameterCommand,
  type PutParameterCommandInput,
  SSMClient,
} from '@aws-sdk/client-ssm';
import type { Clock } from '../core/clock.ts';
import { isAppError } from '../core/errors.ts';
import type { Random } from '../core/random.ts';
import { Secret } from '../core/secret.ts';
import { TokenBucket } from '../core/token-bucket.ts';
import type { ExtensionParameters, Storage } from './api.ts';
import { type AwsTarget, clientOptions } from './client.ts';
import { garbled } from './errors.ts';
import { createCaller } from './limited-calls.ts';

/** The clock is that of the deadlines; `random` gives numbers in [0, 1) for the waits between attempts. */
export interface ExtensionParametersOptions {
  clock: Clock;
  random: Random;
  target?: AwsTarget;
}

/**
 * Parameter Store takes 3 writes a second of an account unless somebody pays for more
 * (https://docs.aws.amazon.com/general/latest/gr/ssm.html#limits_ssm); a little less, since timers ring early by a fraction.
 */
const putsPerSecond = 2.9;

/**
 * Keeps encrypted values in Parameter Store
 * (https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutParameter.html). One client is for all callers of
 * a process: they share its limit.
 */
export function createExtensionParameters(options: ExtensionParametersOptions): ExtensionParameters {
  const { clock, random, target } = options;
  const ssm = new SSMClient(clientOptions(target));
  const puts = createCaller(random, new TokenBucket(clock, putsPerSecond, 1));
  const others = createCaller(random);
  return {
    async put(name, value, storage, deadline) {
      const request = { action: 'ssm:PutParameter', resource: name, key: storage.kmsKey };
      const command = new PutParameterCommand(putInput(name, value, storage));
      await puts.call(request, deadline, async (abortSignal) => {
        try {
          const answer = await ssm.send(command, { abortSignal });
          if (answer.Version === undefined) throw garbled(request);
        } catch (cause) {
          throw withoutKeys(cause);
        }
      });
    },
    async remove(name, deadline) {
      const request = { action: 'ssm:DeleteParameter', resource: name };
      const command = new DeleteParameterCommand({ Name: name });
      try {
        await others.call(request, deadline, (abortSignal) => ssm.send(command, { abortSignal }));
      } catch (error) {
        if (!isAppError(error, 'NOT_FOUND')) throw error;
      }
    },
    async values(names, deadline) {
      const [first = '', ...rest] = names;
      const request = {
        action: 'ssm:GetParameters',
        resource: rest.length === 0 ? first : `${first} and ${rest.length} more`,
      };
      const command = new GetParametersCommand({ Names: [...names], WithDecryption: true });
      return others.call(request, deadline, async (abortSignal) => {
        const { Parameters = [], InvalidParameters = [] } = await ssm.send(command, { abortSignal });
        const values = new Map(Parameters.map(({ Name = '', Value = '' }) => [Name, new Secret(Value)]));
        const missing = new Set(InvalidParameters);
        // Each is either: what is neither was lost on the way.
        if (!names.every((name) => values.has(name) || missing.has(name))) throw garbled(request);
        return values;
      });
    },
    calls: () => puts.sent() + others.sent(),
  };
}

function putInput(Name: string, value: Secret, { tier, kmsKey }: Storage): PutParameterCommandInput {
  return {
    Name,
    Value: value.reveal(),
    Type: 'SecureString',
    Overwrite: true,
    ...(tier === undefined ? {} : { Tier: tier }),
    ...(kmsKey === undefined ? {} : { KeyId: kmsKey }),
  };
}

/** What AWS answers may quote what it was sent, in its message and in what the SDK keeps of the answer. */
function withoutKeys(cause: unknown): unknown {
  const isAnswer = cause instanceof Error && !(cause instanceof SyntaxError) && '$metadata' in cause;
  if (!isAnswer) return cause;
  const message = cause.message.replaceAll(/-----BEGIN.*?(-----END[A-Z ]*-----|$)/gs, '[redacted]');
  return Object.assign(new Error(message), { name: cause.name, $metadata: cause.$metadata });
}
