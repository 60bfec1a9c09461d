import { Agent } from 'node:http';
import { Agent as SecureAgent } from 'node:https';
import type { IncomingHttpHeaders } from 'node:http';
import type * as z from 'zod';
import { type Deadline, withTimeout } from '../core/deadline.ts';
import { isAppError } from '../core/errors.ts';
import { type Random, systemRandom } from '../core/random.ts';
import { type RetryPolicy, retry } from '../core/retry.ts';
import type { Secret } from '../core/secret.ts';
import { agentsPlace, type Place } from '../lambda-service/place.ts';
import type { CredentialSource, Credentials } from './api.ts';
import { answerError, type CallSite, connectionError, contentError } from './errors.ts';
import { createSend, type Send, type WireAnswer, type WireRequest, withParams } from './http.ts';

export interface ConsulTls {
  /** False accepts any certificate. */
  verify: boolean;
  /** Name expected in Consul's certificate, where it is not the host of the address. */
  serverName?: string;
  /** PEM, both or neither. */
  clientCert?: string;
  clientKey?: Secret;
}

export interface ConsulOptions {
  address: { host: string; port: number; secure: boolean };
  credentials: CredentialSource;
  tls?: ConsulTls;
  /** Milliseconds that one HTTP request may take. */
  timeoutMs?: number;
  retry?: RetryPolicy;
  random?: Random;
}

export interface Request {
  /** Where to read or write; the agent's own place without it. */
  place?: Place;
  method?: WireRequest['method'];
  path: string;
  params?: WireRequest['params'];
  query?: WireRequest['query'];
  /** JSON text. */
  body?: string;
  /** Statuses that are answers rather than errors; 200 alone by default. */
  expect?: readonly number[];
}

export interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  /** Parsed when the server calls it JSON, else text. */
  body: unknown;
  site: CallSite;
  /** Whether no token was sent. */
  anonymous: boolean;
}

/** More would meet Consul's `http_max_conns_per_client` (200) with few callers. */
const maxSockets = 64;
const defaultTimeoutMs = 10_000;
const defaultRetry: RetryPolicy = { attempts: 4, baseMs: 250, maxMs: 4000 };

/**
 * Requests to one Consul with its credentials: each with a timeout, repeated while Consul is away or limits it (writes
 * too, since all of them are check-and-set), and once more with fresh credentials when these were refused.
 */
export class Requests {
  readonly #options: ConsulOptions;
  readonly #server: string;
  /** One set of connections for each CA certificate; a second comes with a rotation only. */
  readonly #connections = new Map<string | undefined, { agent: Agent; send: Send }>();
  #sent = 0;

  constructor(options: ConsulOptions) {
    const { host, port, secure } = options.address;
    this.#options = options;
    this.#server = `${secure ? 'https' : 'http'}://${host.includes(':') ? `[${host}]` : host}:${port}`;
  }

  get sent(): number {
    return this.#sent;
  }

  close(): void {
    for (const { agent } of this.#connections.values()) agent.destroy();
    this.#connections.clear();
  }

  /** @throws AppError as `Consul` says */
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

  /** As `send`, with the answer's body checked against `schema`. */
  async read<Schema extends z.ZodType>(
    schema: Schema,
    request: Request,
    deadline: Deadline,
  ): Promise<Answer & { body: z.output<Schema> }> {
    const answer = await this.send(request, deadline);
    return { ...answer, body: parse(schema, answer) };
  }

  async #patiently(request: Request, credentials: Credentials, deadline: Deadline): Promise<Answer> {
    const { retry: policy = defaultRetry, random = systemRandom } = this.#options;
    return retry(policy, deadline, random, () => this.#once(request, credentials, deadline));
  }

  async #once(request: Request, { token, ca }: Credentials, deadline: Deadline): Promise<Answer> {
    const {
      place = agentsPlace,
      method = 'GET',
      path,
      params = {},
      query = {},
      body,
      expect = [200],
    } = request;
    const { timeoutMs = defaultTimeoutMs } = this.#options;
    const wire: WireRequest = {
      method,
      path,
      params,
      query: { ...query, ...placeQuery(place) },
      headers: token ? { 'x-consul-token': token.reveal() } : {},
      body,
    };
    const site = { server: this.#server, call: `${method} /v1${withParams(path, params)}` };
    const answer = await withTimeout(deadline, timeoutMs, `Consul at ${this.#server}`, async (signal) => {
      try {
        const { send } = this.#connection(ca);
        this.#sent += 1;
        return await send(wire, signal);
      } catch (error) {
        throw connectionError(site, error);
      }
    });
    if (expect.includes(answer.status)) {
      return { ...answer, body: contentOf(site, answer), site, anonymous: token === undefined };
    }
    throw answerError(site, answer.status, withoutSecret(answer.text, token));
  }

  #connection(ca: string | undefined): { agent: Agent; send: Send } {
    const known = this.#connections.get(ca);
    if (known) return known;
    const agent = this.#openAgent(ca);
    const connection = { agent, send: createSend(this.#server, agent) };
    this.#connections.set(ca, connection);
    return connection;
  }

  #openAgent(ca: string | undefined): Agent {
    const { address, tls } = this.#options;
    // The host is given here too, since papi would look up an IPv6 address together with its brackets.
    const connections = { keepAlive: true, maxSockets, host: address.host };
    if (!address.secure) return new Agent(connections);
    return new SecureAgent({
      ...connections,
      rejectUnauthorized: tls?.verify ?? true,
      ...(ca !== undefined && { ca }),
      ...(tls?.serverName !== undefined && { servername: tls.serverName }),
      ...(tls?.clientCert !== undefined && { cert: tls.clientCert }),
      ...(tls?.clientKey !== undefined && { key: tls.clientKey.reveal() }),
    });
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

function withoutSecret(text: string, token: Secret | undefined): string {
  return token ? text.replaceAll(token.reveal(), String(token)) : text;
}
