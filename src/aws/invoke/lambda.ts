import type { Clock } from '../../core/clock.ts';
import { HeldValues } from '../../core/held-values.ts';
import type { Random } from '../../core/random.ts';
import { parseFunctionArn } from '../../lambda-service/arn.ts';
import type { FunctionAddress, Lambda } from './api.ts';
import { readAuthorities } from '../transport/authorities.ts';
import { createConnections } from '../transport/connections.ts';
import { createCredentialSource, type CredentialSource, type Provide } from '../transport/credentials.ts';
import { createFunction } from './function.ts';
import { lambdaEndpoint, operationsOf } from './operations.ts';
import { provideDefault, provideRole } from '../transport/providers.ts';

export interface LambdaOptions {
  readonly clock: Clock;
  /** Gives numbers in [0, 1) for the waits between attempts. */
  readonly random: Random;
  /** File of certificate authorities in PEM to trust in place of Node's, as AWS_CA_BUNDLE names one. */
  readonly caFile?: string;
  /** Gives the caller's own credentials; found as the SDK does by default. */
  readonly credentials?: Provide;
  /** Milliseconds since 1970, for signatures and the ends of credentials. */
  readonly now?: () => number;
}

/**
 * Lambda as the proxy calls it, with one set of connections for each endpoint, and one of credentials for each role, while
 * functions need them.
 * @throws AppError CONFIG_INVALID when `caFile` cannot be read or holds no certificates
 */
export async function createLambdaInvoker(options: LambdaOptions): Promise<Lambda> {
  const {
    clock,
    random,
    caFile,
    credentials = provideDefault('lambda:InvokeFunction'),
    now = Date.now,
  } = options;
  const ca = caFile === undefined ? undefined : await readAuthorities(caFile);
  const connections = createConnections(ca);
  const own = createCredentialSource(credentials, now);
  const roles = new HeldValues<CredentialSource>();

  function credentialsFor(
    { assumeRoleArn: arn, externalId }: FunctionAddress,
    region: string,
  ): CredentialSource {
    if (arn === undefined) return own;
    const key = JSON.stringify([arn, externalId, region]);
    return roles.get(key, () =>
      createCredentialSource(provideRole({ arn, externalId, region }, { credentials: own, random, ca }), now),
    );
  }

  return {
    functionAt: (address) => {
      const region = parseFunctionArn(address.functionName)?.region ?? address.region;
      const endpoint = address.endpoint ?? lambdaEndpoint(region);
      return createFunction({
        clock,
        random,
        now,
        address,
        operations: operationsOf(address, endpoint, region),
        pool: connections.to(new URL(endpoint).origin, address.endpoint === undefined),
        credentials: credentialsFor(address, region),
      });
    },
    close: () => connections.close(),
  };
}
