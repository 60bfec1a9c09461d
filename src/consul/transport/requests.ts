import type { IncomingHttpHeaders } from 'node:http';
import type * as z from 'zod';
import { type Deadline, withTimeout } from '../../core/deadline.ts';
import { type AppError, isAppError } from '../../core/errors.ts';
import { type Random, systemRandom } from '../../core/random.ts';
import { type RetryPolicy, retry } from '../../core/retry.ts';
import type { Secret } from '../../core/secret.ts';
import { agentsPlace, type Place } from '../../lambda-service/place.ts';
import type { Blocking, CredentialSource, Credentials, Indexed } from '../api.ts';
import { type Address, Connections, type ConsulTls } from './connections.ts';
import {
  answerError,
  type CallSite,
  connectionError,
  contentError,
  goesToPrimary,
  type SettingNames,
} from './errors.ts';
import { type WireAnswer, type WireRequest, withParams } from './http.ts';

/** What a client is made from. */
export interface ConsulOptions {
  address: Address;
  credentials: CredentialSource;
  /** `user:password` for what stands before Consul. */
  auth?: Secret;
  tls?: ConsulTls;
  /** What users call these settings. */
  names: SettingNames;
  /** Connections at once; further requests wait for one. 64 without it: few callers then meet Consul's limit of 200. */
  maxConnections?: number;
  /** Milliseconds that one HTTP request may take, without what a blocking one is told to wait. */
  timeoutMs?: number;
  retry?: RetryPolicy;
  random?: Random;
}

/** What to ask, below `/v1`. */
export interface Request {
  /** Where to read or write; the agent's own place without it. */
  place?: Place;
  method?: WireRequest['method'];
  /** `{name}` takes `params.name`, encoded. */
  path: string;
  params?: WireRequest['params'];
  query?: WireRequest['query'];
  blocking?: Blocking | undefined;
  /** JSON text. */
  body?: string;
  /** Statuses that are answers rather than errors; 200 alone by default. */
  expect?: readonly number[];
}

/** An answer with one of the expected statuses. */
export interface Answer extends Indexed {
  status: number;
  headers: IncomingHttpHeaders;
  /** Parsed when the server calls it JSON, else text. */
  body: unknown;
  site: CallSite;
  /** Whether no token was sent. */
  anonymous: boolean;
}

const defaultTimeoutMs = 10_000;
const defaultRetry: RetryPolicy = { attempts: 4, baseMs: 250, maxMs: 4000 };

/**
 * Requests to one Consul with its credentials: each with a timeout, repeated while Consul is away or limits it (writes
 * too, since all of them are check-and-set, but no blocking reads), and once more with fresh credentials when these were
 * refused. What another datacenter has to answer is not repeated after a timeout: servers wait up to 40 s for one that
 * does not answer, each time.
 */
export class Requests {
  readonly #options: ConsulOptions;
  readonly #connections: Connections;
  #sent = 0;

  constructor(options: ConsulOptions) {
    this.#options = options;
    this.#connections = new Connections(options.address, options.tls, options.maxConnections);
  }

  /** HTTP requests so far, repeated ones included. */
  get sent(): number {
    return this.#sent;
  }

  /** Ends every connection; requests that wait for an answer fail. */
  close(): void {
    this.#connections.close();
  }

  /** @throws AppError as `Consul` says; the reason of the deadline's signal */
  async send(request: Request, deadline: Deadline): Promise<Answer> {
    const { credentials: source } = this.#options;
    const credentials = await source.current(deadline);
    try {
      return await this.#patiently(request, credentials, deadline);
    } catch (error) {
      if (!isAppError(error, 'UPSTREAM_AUTH', 'UPSTREAM_TLS')) throw error;
      const renewed = await source.renew(credentials, deadline);
      if (!renewed) throw error;
      return this.#patiently(request, renewed, deadline);
    }
  }

  /** As {@link send}, with the answer's body checked against `schema`. */
  async read<Schema extends z.ZodType>(
    schema: Schema,
    request: Request,
    deadline: Deadline,
  ): Promise<Answer & { body: z.output<Schema> }> {
    const answer = await this.send(request, deadline);
    return { ...answer, body: parse(schema, answer) };
  }

  /**
   * When the certificate that Consul shows ends, in milliseconds since 1970; undefined without TLS.
   * @throws AppError as {@link send}
   */
  async certificateEnd(deadline: Deadline): Promise<number | undefined> {
    const { credentials, names, timeoutMs = defaultTimeoutMs } = this.#options;
    const { ca } = await credentials.current(deadline);
    const { server } = this.#connections;
    return withTimeout(deadline, timeoutMs, `Consul at ${server}`, async (signal) => {
      try {
        return await this.#connections.certificateEnd(ca, signal);
      } catch (error) {
        throw connectionError({ server, call: 'TLS', names }, error);
      }
    });
  }

  async #patiently(request: Request, credentials: Credentials, deadline: Deadline): Promise<Answer> {
    const { retry: policy = defaultRetry, random = systemRandom } = this.#options;
    // Whoever waits for news must hear of a failure: the index may mean nothing to the server that answers next.
    if (request.blocking !== undefined) return this.#once(request, credentials, deadline);
    const patience = mayBePassedOn(request) ? { ...policy, repeats: isNoTimeout } : policy;
    return retry(patience, deadline, random, () => this.#once(request, credentials, deadline));
  }

  async #once(request: Request, { token, ca }: Credentials, deadline: Deadline): Promise<Answer> {
    const { expect = [200], blocking } = request;
    const { auth, names, timeoutMs = defaultTimeoutMs } = this.#options;
    const { server } = this.#connections;
    const wire = wireRequest(request, { token, auth });
    const site = { server, call: callOf(request), names };
    // Consul adds up to a sixteenth to the wait that it is told.
    const limitMs = timeoutMs + (blocking === undefined ? 0 : (blocking.waitMs * 17) / 16);
    const answer = await withTimeout(deadline, limitMs, `Consul at ${server}`, async (signal) => {
      try {
        const send = this.#connections.to(ca);
        this.#sent += 1;
        return await send(wire, signal);
      } catch (error) {
        throw connectionError(site, error);
      }
    });
    if (!expect.includes(answer.status)) {
      throw answerError(site, answer.status, withoutSecrets(answer.text, { token, auth }));
    }
    const { status, headers } = answer;
    const index = headers['x-consul-index']?.toString();
    return { status, headers, index, body: contentOf(site, answer), site, anonymous: token === undefined };
  }
}

/**
 * The body as `schema` has it.
 * @throws AppError UPSTREAM_REJECTED naming the field that is not as it must be
 */
export function parse<Schema extends z.ZodType>(schema: Schema, { body, site }: Answer): z.output<Schema> {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw contentError(
    site,
    `an unexpected ${issue?.path.join('.') || 'body'} (${issue?.message ?? 'wrong shape'})`,
  );
}

/** As errors tell it. */
function callOf({ method = 'GET', path, params = {} }: Request): string {
  return `${method} /v1${withParams(path, params)}`;
}

function mayBePassedOn(request: Request): boolean {
  return request.place?.datacenter !== undefined || goesToPrimary(callOf(request));
}

function isNoTimeout({ code }: AppError): boolean {
  return code !== 'UPSTREAM_TIMEOUT';
}

function contentOf(site: CallSite, { headers, text }: WireAnswer): unknown {
  if (!headers['content-type']?.startsWith('application/json')) return text;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw contentError(site, 'JSON that ends early or is none');
  }
}

/** https://developer.hashicorp.com/consul/api-docs/api-structure: Community refuses `partition` and `ns`. */
function placeQuery({ datacenter, partition, namespace }: Place): Record<string, string> {
  return {
    ...(datacenter === undefined ? {} : { dc: datacenter }),
    ...(partition === undefined ? {} : { partition }),
    ...(namespace === undefined ? {} : { ns: namespace }),
  };
}

interface Secrets {
  token: Secret | undefined;
  auth: Secret | undefined;
}

function wireRequest(request: Request, { token, auth }: Secrets): WireRequest {
  const { place = agentsPlace, method = 'GET', path, params = {}, query = {}, blocking, body } = request;
  const wait = blocking && { index: blocking.index, wait: `${blocking.waitMs}ms` };
  const headers = {
    ...(token && { 'x-consul-token': token.reveal() }),
    ...(auth && { authorization: `Basic ${basic(auth)}` }),
  };
  return { method, path, params, query: { ...query, ...placeQuery(place), ...wait }, headers, body };
}

/** https://www.rfc-editor.org/rfc/rfc7617#section-2 */
function basic(auth: Secret): string {
  return Buffer.from(auth.reveal()).toString('base64');
}

/** `text` without what was sent to prove who asks, should somebody send it back. */
function withoutSecrets(text: string, { token, auth }: Secrets): string {
  const password = auth?.reveal().replace(/^[^:]*:/, '');
  let shown = text;
  for (const secret of [token?.reveal(), auth && basic(auth), password]) {
    if (secret !== undefined && secret !== '') shown = shown.replaceAll(secret, '[redacted]');
  }
  return shown;
}
