import { type Deadline, withTimeout } from '../core/deadline.ts';
import { AppError, isAppError, messageOf } from '../core/errors.ts';
import type { Random } from '../core/random.ts';
import { retry } from '../core/retry.ts';
import type { Secret } from '../core/secret.ts';
import { revisionOf } from '../haproxy/revision.ts';

/** A request that is to be signed. */
interface UnsignedRequest {
  readonly method: 'POST';
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** How a caller says who it is; for `iam` the composition root supplies the signature. */
export type Authentication =
  | { readonly kind: 'none' }
  | { readonly kind: 'bearer'; readonly token: Secret }
  | {
      readonly kind: 'iam';
      /** All headers of the request, with the signature of `service`, as `execute-api`. */
      readonly sign: (service: string, request: UnsignedRequest) => Promise<Record<string, string>>;
    };

export interface RegistryClientOptions {
  /** `…/generate` of the registry. */
  readonly url: URL;
  readonly authentication: Authentication;
  readonly random: Random;
}

const policy = { attempts: 4, baseMs: 500, maxMs: 5_000 };
const timeoutMs = 30_000;
const largestAnswer = 6 * 1024 * 1024;

/**
 * Posts a payload and gives the configuration; undefined when it is `known`, which the registry then does not send.
 * @throws AppError PAYLOAD_INVALID with the registry's reasons, UPSTREAM_AUTH, UPSTREAM_REJECTED, and after attempts
 *   enough UPSTREAM_UNAVAILABLE, UPSTREAM_THROTTLED or UPSTREAM_TIMEOUT
 */
export async function postPayload(
  options: RegistryClientOptions,
  payload: string,
  known: string | undefined,
  deadline: Deadline,
): Promise<string | undefined> {
  return retry(policy, deadline, options.random, () =>
    withTimeout(deadline, timeoutMs, `The registry at ${options.url.host}`, (signal) =>
      postOnce(options, payload, known, signal),
    ),
  );
}

async function postOnce(
  { url, authentication }: RegistryClientOptions,
  payload: string,
  known: string | undefined,
  signal: AbortSignal,
): Promise<string | undefined> {
  const headers = {
    accept: 'text/plain',
    'content-type': 'application/json',
    ...(known === undefined ? {} : { 'if-none-match': `W/"${revisionOf(known)}"` }),
  };
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: await authenticated(url, headers, payload, authentication),
      body: payload,
      redirect: 'error',
      signal,
    });
    if (response.status === 304 && known !== undefined) return undefined;
    const text = await response.text();
    if (response.status !== 200) throw refusal(url, response.status, text);
    return configurationIn(url, text);
  } catch (cause) {
    if (isAppError(cause)) throw cause;
    const reason = cause instanceof Error && cause.cause ? messageOf(cause.cause) : messageOf(cause);
    throw new AppError('UPSTREAM_UNAVAILABLE', `The registry at ${url.host} cannot be reached: ${reason}`, {
      cause,
    });
  }
}

/** What stands behind another address, a login page for one, is no configuration. */
function configurationIn(url: URL, text: string): string {
  const plausible =
    /^frontend /m.test(text) && text.endsWith('\n') && Buffer.byteLength(text) <= largestAnswer;
  if (plausible) return text;
  throw new AppError(
    'UPSTREAM_REJECTED',
    `${url.origin}${url.pathname} answers with something that is no configuration.`,
  );
}

async function authenticated(
  url: URL,
  headers: Record<string, string>,
  body: string,
  authentication: Authentication,
): Promise<Record<string, string>> {
  if (authentication.kind === 'none') return headers;
  if (authentication.kind === 'bearer') {
    return { ...headers, authorization: `Bearer ${authentication.token.reveal()}` };
  }
  const service = url.hostname.includes('.lambda-url.') ? 'lambda' : 'execute-api';
  return authentication.sign(service, { method: 'POST', url, headers, body });
}

function refusal(url: URL, status: number, text: string): AppError {
  const message = `The registry at ${url.host} answers ${status}: ${reasonIn(text)}`;
  if (status === 401 || status === 403) return new AppError('UPSTREAM_AUTH', message);
  if (status === 429) return new AppError('UPSTREAM_THROTTLED', message);
  if (status >= 500) return new AppError('UPSTREAM_UNAVAILABLE', message);
  const ours = status === 400 || status === 409 || status === 413;
  return new AppError(ours ? 'PAYLOAD_INVALID' : 'UPSTREAM_REJECTED', message);
}

/** The title and the fields of a problem document, or the beginning of whatever came instead. */
function reasonIn(text: string): string {
  try {
    const { title, errors = [] } = JSON.parse(text) as Partial<Problem>;
    if (typeof title === 'string') {
      return [title, ...errors.map(({ field, message }) => `- ${field} ${message}`)].join('\n');
    }
  } catch {
    // API Gateway and proxies in between answer in forms of their own.
  }
  return JSON.stringify(text.slice(0, 200));
}

interface Problem {
  readonly title: string;
  readonly errors: readonly { readonly field: string; readonly message: string }[];
}
