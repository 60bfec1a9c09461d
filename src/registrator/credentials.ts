import type { Parameters } from '../aws/api.ts';
import type { Clock } from '../core/clock.ts';
import { deadlineIn } from '../core/deadline.ts';
import { AppError, isAppError } from '../core/errors.ts';
import { Secret } from '../core/secret.ts';
import type { Credentials, CredentialSource } from '../consul/credentials.ts';

/** Parameter Store is read when an invocation starts, or once when Consul refuses what was read: a few seconds do. */
const readWithinMs = 10_000;

export interface CredentialSettings {
  parameters: Parameters;
  clock: Clock;
  /** Names or ARNs in Parameter Store. */
  tokenParameter: string | undefined;
  caParameter: string | undefined;
  /** Used where no parameter is named. */
  token: Secret | undefined;
  ca: string | undefined;
}

export interface RenewableCredentials extends CredentialSource {
  /** Lets the parameters be read again, once, when Consul refuses what they held. */
  allowRenewal(): void;
}

/**
 * The ACL token and CA, read from Parameter Store once and kept across invocations. When Consul refuses them they are
 * read again, once an invocation, so that rotated values are picked up without a new deployment.
 */
export function createCredentials(settings: CredentialSettings): RenewableCredentials {
  const { tokenParameter, caParameter } = settings;
  let current: Promise<Credentials> | undefined;
  let renewal: Promise<Credentials | undefined> | undefined;

  async function read(): Promise<Credentials> {
    const [token, ca] = await Promise.all([readToken(settings), readCa(settings)]);
    return { ...(token ? { token } : {}), ...(ca ? { ca } : {}) };
  }

  async function renew(): Promise<Credentials | undefined> {
    if (tokenParameter === undefined && caParameter === undefined) return undefined;
    const renewed = await read();
    current = Promise.resolve(renewed);
    return renewed;
  }

  return {
    current: () => {
      current ??= read().catch((error: unknown) => {
        current = undefined;
        throw error;
      });
      return current;
    },
    renew: () => (renewal ??= renew()),
    allowRenewal: () => {
      renewal = undefined;
    },
  };
}

async function readToken({
  parameters,
  clock,
  tokenParameter,
  token,
}: CredentialSettings): Promise<Secret | undefined> {
  if (tokenParameter === undefined) return token;
  const value = await readParameter(parameters, clock, 'CONSUL_HTTP_TOKEN_PATH', tokenParameter);
  if (/^[\x21-\x7e]+$/.test(value)) return new Secret(value);
  throw malformed('CONSUL_HTTP_TOKEN_PATH', tokenParameter, 'an ACL token: one word of printable characters');
}

async function readCa({
  parameters,
  clock,
  caParameter,
  ca,
}: CredentialSettings): Promise<string | undefined> {
  if (caParameter === undefined) return ca;
  const value = await readParameter(parameters, clock, 'CONSUL_CACERT_PATH', caParameter);
  if (value.includes('-----BEGIN CERTIFICATE-----')) return value;
  throw malformed('CONSUL_CACERT_PATH', caParameter, 'a certificate in PEM');
}

async function readParameter(
  parameters: Parameters,
  clock: Clock,
  variable: string,
  name: string,
): Promise<string> {
  try {
    return (await parameters.value(name, deadlineIn(clock, readWithinMs))).reveal().trim();
  } catch (error) {
    if (!isAppError(error)) throw error;
    throw new AppError(error.code, `${variable}: ${error.message}`, { cause: error });
  }
}

function malformed(variable: string, name: string, expected: string): AppError {
  return new AppError(
    'CONFIG_INVALID',
    `Parameter ${name}, named by ${variable}, does not hold ${expected}.`,
  );
}
