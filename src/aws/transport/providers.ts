import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { defaultProvider } from '@aws-sdk/credential-provider-node';
import { systemClock } from '../../core/clock.ts';
import { deadlineIn } from '../../core/deadline.ts';
import type { Random } from '../../core/random.ts';
import { clientOptions } from '../client.ts';
import { awsError, garbled } from '../errors.ts';
import { createCaller } from '../limited-calls.ts';
import type { CredentialSource, Provide } from './credentials.ts';

/** A role, and where it is asked for. */
export interface Role {
  readonly arn: string;
  readonly externalId: string | undefined;
  readonly region: string;
}

export interface AssumeRoleOptions {
  /** Whoever may assume the role. */
  readonly credentials: CredentialSource;
  readonly random: Random;
  /** Certificate authorities in PEM, in place of Node's. */
  readonly ca: string | undefined;
}

/** What the role's sessions are called in CloudTrail. */
const sessionName = 'lambda-proxy';
const patienceMs = 20_000;

/**
 * The credentials that the SDK finds: environment, profile, token file, container or instance.
 * Rejects with an AppError, UPSTREAM_AUTH where there are none.
 * @param action what they are for, in messages
 */
export function provideDefault(action: string): Provide {
  const provider = defaultProvider();
  return async () => {
    try {
      // The SDK's own cache would give back what is about to end.
      return await provider({ forceRefresh: true });
    } catch (cause) {
      throw awsError(cause, { action });
    }
  };
}

/**
 * Temporary credentials of a role for an hour, which is all that a role may grant to another one
 * (https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html). STS is found as the SDK does, by
 * `AWS_ENDPOINT_URL_STS` too. Rejects with an AppError as `Caller.call` says.
 */
export function provideRole({ arn, externalId, region }: Role, options: AssumeRoleOptions): Provide {
  const { credentials, random, ca } = options;
  const { requestHandler, ...others } = clientOptions({ region });
  const sts = new STSClient({
    ...others,
    requestHandler: { ...requestHandler, ...(ca === undefined ? {} : { httpsAgent: { ca } }) },
    credentials: () => credentials.get(),
  });
  const caller = createCaller(random);
  const request = { action: 'sts:AssumeRole', resource: arn };
  const command = new AssumeRoleCommand({
    RoleArn: arn,
    RoleSessionName: sessionName,
    ...(externalId === undefined ? {} : { ExternalId: externalId }),
  });
  return () =>
    caller.call(request, deadlineIn(systemClock, patienceMs), async (abortSignal) => {
      const { Credentials: given } = await sts.send(command, { abortSignal });
      const { AccessKeyId, SecretAccessKey, SessionToken, Expiration } = given ?? {};
      if (AccessKeyId === undefined || SecretAccessKey === undefined) throw garbled(request);
      return {
        accessKeyId: AccessKeyId,
        secretAccessKey: SecretAccessKey,
        ...(SessionToken === undefined ? {} : { sessionToken: SessionToken }),
        ...(Expiration === undefined ? {} : { expiration: Expiration }),
      };
    });
}
