import type { Parameters } from '../aws/api.ts';
import type { Deadline } from '../core/deadline.ts';
import { AppError, isAppError } from '../core/errors.ts';
import { Secret } from '../core/secret.ts';
import type { Credentials, CredentialSource } from '../consul/api.ts';

export interface CredentialSettings {
  parameters: Parameters;
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

  async function read(deadline: Deadline): Promise<Credentials> {
    const [token, ca] = await Promise.all([readToken(settings, deadline), readCa(settings, deadline)]);
    return { ...(token ? { token } : {}), ...(ca ? { ca } : {}) };
  }

  async function renew(deadline: Deadline): Promise<Credentials | undefined> {
    if (tokenParameter === undefined && caParameter === undefined) return undefined;
    const renewed = await read(deadline);
    current = Promise.resolve(renewed);
    return renewed;
  }

  return {
    current: (deadline) => {
      current ??= read(deadline).catch((error: unknown) => {
        current = undefined;
        throw error;
      });
      return current;
    },
    renew: (_refused, deadline) => (renewal ??= renew(deadline)),
    allowRenewal: () => {
      renewal = undefined;
    },
  };
}

async function readToken(settings: CredentialSettings, deadline: Deadline): Promise<Secret | undefined> {
  const { parameters, tokenParameter, token } = settings;
  if (tokenParameter === undefined) return token;
  const value = await readParameter(parameters, 'CONSUL_HTTP_TOKEN_PATH', tokenParameter, deadline);
  if (/^[\x21-\x7e]+$/.test(value)) return new Secret(value);
  throw malformed('CONSUL_HTTP_TOKEN_PATH', tokenParameter, 'an ACL token: one word of printable characters');
}

async function readCa(settings: CredentialSettings, deadline: Deadline): Promise<string | undefined> {
  const { parameters, caParameter, ca } = settings;
  if (caParameter === undefined) return ca;
  const value = await readParameter(parameters, 'CONSUL_CACERT_PATH', caParameter, deadline);
  if (value.includes('-----BEGIN CERTIFICATE-----')) return value;
  throw malformed('CONSUL_CACERT_PATH', caParameter, 'a certificate in PEM');
}

async function readParameter(
  parameters: Parameters,
  variable: string,
  name: string,
  deadline: Deadline,
): Promise<string> {
  try {
    return (await parameters.value(name, deadline)).reveal().trim();
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
