import type { Parameters } from '../aws/api.ts';
import { checkToken, type ConsulSettings, type ReadFile, readTokenFile } from '../config/consul-options.ts';
import { accepted, type Checked } from '../core/checked.ts';
import { type Deadline, deadlineIn, withTimeout } from '../core/deadline.ts';
import { AppError, isAppError } from '../core/errors.ts';
import type { Secret } from '../core/secret.ts';
import type { Credentials, CredentialSource } from '../consul/api.ts';
import type { SettingNames } from '../consul/transport/errors.ts';

/** Where the token and the CA are; of several the first that is defined counts, in the order of {@link createCredentials}. */
export interface CredentialSettings extends Pick<
  ConsulSettings,
  'tokenParameter' | 'tokenFile' | 'token' | 'caParameter' | 'ca'
> {
  /** Where `tokenParameter` and `caParameter` are. */
  parameters: Parameters;
  readFile: ReadFile;
  /** What users call the settings. */
  names: SettingNames;
}

/** What one read of the token and CA may take, retries included, whoever waits for it. */
const readMs = 30_000;

/** Work that goes on for long may have them read again after this time. */
const pauseMs = 60_000;

/**
 * The ACL token (of Parameter Store, else of a file, else as set) and the CA (of Parameter Store, else as set): read when
 * they are first asked for, and kept. When Consul refuses them they are read again, so that rotated ones are picked up
 * without a restart: once in a minute for the work of one deadline, as an invocation of a Lambda function, and together
 * for all that are refused at the same time. Who was refused with older ones is given the newer ones instead.
 */
export function createCredentials(settings: CredentialSettings): CredentialSource {
  const { tokenParameter, tokenFile, caParameter } = settings;
  const renewable = [tokenParameter, tokenFile, caParameter].some((source) => source !== undefined);
  const renewals = new WeakMap<Deadline, number>();
  let latest: Credentials | undefined;
  let reading: Promise<Credentials> | undefined;

  /** Everybody waits for one read, which does not end with the work of whoever asked first. */
  function read(deadline: Deadline): Promise<Credentials> {
    const shared = (): Promise<Credentials> =>
      (reading ??= readCredentials(settings, deadlineIn(deadline.clock, readMs))
        .then((credentials) => (latest = credentials))
        .finally(() => (reading = undefined)));
    return withTimeout(deadline, readMs, 'the token and CA for Consul', shared);
  }

  function mayRenew(deadline: Deadline): boolean {
    const now = deadline.clock.now();
    const last = renewals.get(deadline);
    if (last !== undefined && now - last < pauseMs) return false;
    renewals.set(deadline, now);
    return true;
  }

  return {
    current: async (deadline) => latest ?? read(deadline),
    renew: async (refused, deadline) => {
      if (latest !== refused) return latest;
      const due = renewable && mayRenew(deadline);
      return due || reading !== undefined ? read(deadline) : undefined;
    },
  };
}

async function readCredentials(settings: CredentialSettings, deadline: Deadline): Promise<Credentials> {
  const [token, ca] = await Promise.all([readToken(settings, deadline), readCa(settings, deadline)]);
  return { ...(token ? { token } : {}), ...(ca ? { ca } : {}) };
}

async function readToken(settings: CredentialSettings, deadline: Deadline): Promise<Secret | undefined> {
  const { tokenParameter, tokenFile, readFile, token, names } = settings;
  if (tokenParameter !== undefined) {
    const text = await readParameter(settings, names.tokenParameter, tokenParameter, deadline);
    return orRefuse(checkToken(text), `Parameter ${tokenParameter}, named by ${names.tokenParameter},`);
  }
  return tokenFile === undefined ? token : orRefuse(readTokenFile(tokenFile, readFile), names.tokenFile);
}

async function readCa(settings: CredentialSettings, deadline: Deadline): Promise<string | undefined> {
  const { caParameter, ca, names } = settings;
  if (caParameter === undefined) return ca;
  const text = await readParameter(settings, names.caParameter, caParameter, deadline);
  const checked: Checked<string> = text.includes('-----BEGIN CERTIFICATE-----')
    ? accepted(text)
    : { ok: false, problem: 'must hold a certificate in PEM' };
  return orRefuse(checked, `Parameter ${caParameter}, named by ${names.caParameter},`);
}

/** The value, or CONFIG_INVALID that says what is wrong with `what`. */
function orRefuse<Value>(checked: Checked<Value>, what: string | undefined): Value {
  if (checked.ok) return checked.value;
  throw new AppError('CONFIG_INVALID', `${what} ${checked.problem}.`);
}

async function readParameter(
  { parameters }: CredentialSettings,
  setting: string | undefined,
  name: string,
  deadline: Deadline,
): Promise<string> {
  try {
    return (await parameters.value(name, deadline)).reveal().trim();
  } catch (error) {
    if (!isAppError(error)) throw error;
    throw new AppError(error.code, `${setting}: ${error.message}`, { cause: error });
  }
}
