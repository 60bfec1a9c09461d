import { isAppError } from '../../core/errors.ts';
import { refusesCredentials } from '../errors.ts';
import type { Credentials } from '../signer.ts';

/** Asks for credentials anew. */
export type Provide = () => Promise<Credentials>;

/** Credentials that are good for the next request, renewed before they end. */
export interface CredentialSource {
  /** Those that can be used at once; undefined while they have to be waited for. */
  current(): Credentials | undefined;
  /** Rejects as what provides them does. */
  get(): Promise<Credentials>;
  /** Others in place of `refused`, or the same where there are no others. Rejects as `get`. */
  renew(refused: Credentials): Promise<Credentials>;
}

/** Temporary credentials are renewed in the background from here on. */
const renewBeforeEndMs = 4 * 60_000;
/** From here on nothing is sent with them: they could end on the way. */
const unusableBeforeEndMs = 10_000;
/** What was given so recently is not asked for again because a request was refused: others would be refused as well. */
const freshMs = 5_000;
/** How long a failure stands for all who ask. */
const failureStandsMs = 1_000;

/**
 * Keeps what `provide` gives. However many ask, one request for credentials is under way, and none within a second after
 * it failed.
 * @param now milliseconds since 1970
 */
export function createCredentialSource(provide: Provide, now: () => number): CredentialSource {
  let held: { readonly credentials: Credentials; readonly since: number } | undefined;
  let asked: { readonly answer: Promise<Credentials>; failedAt?: number } | undefined;

  function ask(): Promise<Credentials> {
    const stands = asked && (asked.failedAt === undefined || now() - asked.failedAt < failureStandsMs);
    if (asked && stands) return asked.answer;
    const answer = provide().then((credentials) => {
      held = { credentials, since: now() };
      asked = undefined;
      return credentials;
    });
    const request: NonNullable<typeof asked> = { answer };
    asked = request;
    answer.catch(() => {
      request.failedAt = now();
    });
    return answer;
  }

  function current(): Credentials | undefined {
    if (held === undefined) return undefined;
    const { credentials } = held;
    if (credentials.expiration === undefined) return credentials;
    const left = credentials.expiration.getTime() - now();
    if (left > renewBeforeEndMs) return credentials;
    // A failure is heard of by those who ask once these have ended.
    ask().catch(() => {});
    return left > unusableBeforeEndMs ? credentials : undefined;
  }

  return {
    current,
    get: async () => current() ?? ask(),
    renew: async (refused) => {
      if (held === undefined) return ask();
      const { credentials, since } = held;
      const lasting = credentials.expiration === undefined || now() - since < freshMs;
      return credentials !== refused || lasting ? credentials : ask();
    },
  };
}

/**
 * Sends a request with the credentials of `source`, and once more when they were refused, before anything was done, and
 * there are others.
 * @param send rejects with an AppError when the request is refused
 * @param wait waits for credentials, for as long as anybody wants them
 */
export async function sendWithCredentials<Answer>(
  source: CredentialSource,
  send: (credentials: Credentials) => Promise<Answer>,
  wait: (credentials: Promise<Credentials>) => Promise<Credentials> = (credentials) => credentials,
): Promise<Answer> {
  const credentials = source.current() ?? (await wait(source.get()));
  try {
    return await send(credentials);
  } catch (refusal) {
    if (!isAppError(refusal) || !refusesCredentials(refusal)) throw refusal;
    const others = await wait(source.renew(credentials));
    if (others === credentials) throw refusal;
    return send(others);
  }
}
