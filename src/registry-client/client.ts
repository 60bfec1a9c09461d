import * as z from 'zod';
import { type Deadline, withTimeout } from '../core/deadline.ts';
import { AppError, isAppError, messageOf } from '../core/errors.ts';
import type { Random } from '../core/random.ts';
import { retry } from '../core/retry.ts';
import type { Secret } from '../core/secret.ts';
import { revisionOf } from '../haproxy/revision.ts';
import { retryAfter } from '../http/retry-after.ts';

/** A request that is to be signed. */
interface UnsignedRequest {
  method: 'POST';
  url: URL;
  headers: Readonly<Record<string, string>>;
  body: string;
}

/** How a caller says who it is; for `iam` the composition root supplies the signature. */
export type Authentication =
  | { kind: 'none' }
  | { kind: 'bearer'; token: Secret }
  | {
      kind: 'iam';
      /** All headers of the request, with the signature of `service`, as `execute-api`. */
      sign: (service: string, request: UnsignedRequest) => Promise<Record<string, string>>;
    };

export interface RegistryClientOptions {
  /** `…/generate` of the registry. */
  url: URL;
  authentication: Authentication;
  random: Random;
}

/** Where payloads are posted of a registry that is named with or without `/generate`. */
export function generateAddress(registry: URL): URL {
  const url = new URL(registry);
  url.pathname = url.pathname.replace(/\/?(generate\/?)?$/, '/generate');
  return url;
}

const policy = { attempts: 4, baseMs: 500, maxMs: 5_000 };
const timeoutMs = 30_000;
const largestAnswer = 6 * 1024 * 1024;

/**
 * Posts a payload and gives the configuration, which is not sent when it is the one that is `known`. While the registry is
 * busy it is asked again, after the time that it names (RFC 9110 section 10.2.3).
 * @throws AppError PAYLOAD_INVALID with the registry's reasons and faults, UPSTREAM_AUTH, UPSTREAM_REJECTED, and after attempts
 *   enough UPSTREAM_UNAVAILABLE, UPSTREAM_THROTTLED or UPSTREAM_TIMEOUT
 */
export async function postPayload(
  options: RegistryClientOptions,
  payload: string,
  known: string | undefined,
  deadline: Deadline,
): Promise<string> {
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
): Promise<string> {
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
    if (response.status === 304 && known !== undefined) return known;
    const text = await response.text();
    if (response.status !== 200) throw refusal(url, response, text);
    return configurationIn(url, text);
  } catch (cause) {
    if (isAppError(cause)) throw cause;
    const reason = cause instanceof Error && cause.cause ? messageOf(cause.cause) : messageOf(cause);
    const message = `The registry at ${url.host} cannot be reached: ${reason}. Check that it runs there.`;
    throw new AppError('UPSTREAM_UNAVAILABLE', message, { cause });
  }
}

/** What stands behind another address, a login page for one, is no configuration. */
function configurationIn(url: URL, text: string): string {
  const plausible =
    /^frontend /m.test(text) && text.endsWith('\n') && Buffer.byteLength(text) <= largestAnswer;
  if (plausible) return text;
  const advice = 'Check that it is the address of a registry.';
  throw new AppError(
    'UPSTREAM_REJECTED',
    `${url.origin}${url.pathname} answers with something that is no configuration. ${advice}`,
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

function refusal(url: URL, { status, headers }: Response, text: string): AppError {
  const { data } = problem.safeParse(text);
  const message = `The registry at ${url.host} answers ${status}: ${reasonIn(data, text)}`;
  const retryAfterMs = retryAfter(headers.get('retry-after') ?? undefined, Date.now());
  if (status === 401 || status === 403) {
    return new AppError('UPSTREAM_AUTH', `${message}\nCheck the credentials, and what they may do there.`);
  }
  if (status === 429) return new AppError('UPSTREAM_THROTTLED', message, { retryAfterMs });
  if (status >= 500) return new AppError('UPSTREAM_UNAVAILABLE', message, { retryAfterMs });
  if (status === 400 || status === 409 || status === 413) {
    return new AppError('PAYLOAD_INVALID', message, { faults: data?.errors ?? [] });
  }
  return new AppError('UPSTREAM_REJECTED', `${message}\nCheck the address: ${url.href}`);
}

/** What the registry says of an error; gateways and proxies in between answer in forms of their own. */
const problem = z
  .string()
  .transform((text, context): unknown => {
    try {
      return JSON.parse(text);
    } catch {
      context.addIssue('must be JSON');
      return z.NEVER;
    }
  })
  .pipe(
    z.object({
      title: z.string(),
      errors: z.array(z.object({ field: z.string(), message: z.string() })).default([]),
    }),
  );

/** The title and the fields of a problem document, or the beginning of whatever came instead. */
function reasonIn(data: z.infer<typeof problem> | undefined, text: string): string {
  if (!data) return JSON.stringify(text.slice(0, 200));
  return [data.title, ...data.errors.map(({ field, message }) => `- ${field} ${message}`)].join('\n');
}
