import { Pool, type Dispatcher } from 'undici';
import type * as z from 'zod';
import type { DockerAddress } from '../config/docker-address.ts';
import { type Deadline, withTimeout } from '../core/deadline.ts';
import { isAppError } from '../core/errors.ts';
import { type CallSite, answerError, connectionError, contentError } from './errors.ts';

/** What to ask for. */
export interface Request {
  /** As in `/containers/json`, without a version. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
}

const connectTimeoutMs = 5_000;
const answerMs = 15_000;
const pingMs = 5_000;

/** More are never asked at once: inspections, a list, a ping and the stream of events. */
const mostConnections = 12;

/** Ten thousand containers with a hundred labels each make a list of some 50 MB; an inspection has a few kB. */
const largestAnswer = 64 * 1024 * 1024;
const largestRefusal = 64 * 1024;

/** The newest version of the API whose answers are known. */
const newest = [1, 51] as const;

/** Requests to one daemon over kept connections, in the newest version of the API that both sides know. */
export class Requests {
  readonly #pool: Pool;
  readonly #daemon: string;
  /** `/v1.43`; empty for a daemon that names none; undefined before it was asked. */
  #prefix: string | undefined;

  /** Nothing is opened before something is asked. */
  constructor(address: DockerAddress) {
    const isSocket = address.kind === 'socket';
    this.#daemon = isSocket ? address.path : address.origin;
    this.#pool = new Pool(isSocket ? 'http://localhost' : address.origin, {
      ...(isSocket && { socketPath: address.path }),
      connections: mostConnections,
      connect: { timeout: connectTimeoutMs },
      allowH2: false,
    });
  }

  close(): Promise<void> {
    return this.#pool.destroy();
  }

  /** Settles the version anew, since another daemon may answer at the address. @throws AppError as `Docker` says */
  async negotiate(deadline: Deadline): Promise<void> {
    this.#prefix = undefined;
    const site = this.#site({ path: '/_ping' });
    await withTimeout(deadline, pingMs, `Docker at ${this.#daemon}`, async (signal) => {
      const { headers } = await this.#text('/_ping', site, signal);
      this.#prefix = prefixFor(headers['api-version']?.toString());
    });
  }

  /** The answer to a GET, checked against `schema`. @throws AppError as `Docker` says */
  async read<Schema extends z.ZodType>(
    schema: Schema,
    request: Request,
    deadline: Deadline,
  ): Promise<z.output<Schema>> {
    if (this.#prefix === undefined) await this.negotiate(deadline);
    const site = this.#site(request);
    return withTimeout(deadline, answerMs, `Docker at ${this.#daemon}`, async (signal) => {
      const { text } = await this.#text(this.#target(request), site, signal);
      return parse(schema, text, site);
    });
  }

  /**
   * The pieces of an answer that has no end, as they come. The answer may wait for its first piece: some versions of Podman
   * send the headers with it.
   * @throws AppError as `Docker` says; the reason of the signal
   */
  async stream(
    request: Request,
    signal: AbortSignal,
    onOpen: () => void,
    onPiece: (piece: Uint8Array) => void,
  ): Promise<void> {
    const site = this.#site(request);
    try {
      const answer = await this.#get(this.#target(request), signal, { headersTimeout: 0, bodyTimeout: 0 });
      if (answer.statusCode !== 200) throw await refusal(site, answer);
      onOpen();
      for await (const piece of answer.body) onPiece(piece as Uint8Array);
    } catch (cause) {
      throw this.#failure(site, cause, signal);
    }
  }

  /** The error for an answer whose content is not what it must be. */
  contentError(request: Request, problem: string): Error {
    return contentError(this.#site(request), problem);
  }

  async #text(target: string, site: CallSite, signal: AbortSignal) {
    try {
      const answer = await this.#get(target, signal, { headersTimeout: answerMs, bodyTimeout: answerMs });
      if (answer.statusCode !== 200) throw await refusal(site, answer);
      return { headers: answer.headers, text: await textOf(site, answer, largestAnswer) };
    } catch (cause) {
      throw this.#failure(site, cause, signal);
    }
  }

  #get(path: string, signal: AbortSignal, limits: { headersTimeout: number; bodyTimeout: number }) {
    return this.#pool.request({ method: 'GET', path, signal, ...limits });
  }

  #failure(site: CallSite, cause: unknown, signal: AbortSignal): Error {
    if (signal.aborted) return signal.reason as Error;
    // What answers next may be another daemon, so its version is asked for first.
    this.#prefix = undefined;
    return isAppError(cause) ? cause : connectionError(site, cause);
  }

  #target({ path, query }: Request): string {
    const search = query === undefined ? '' : `?${new URLSearchParams(query).toString()}`;
    return `${this.#prefix ?? ''}${path}${search}`;
  }

  #site({ path }: Request): CallSite {
    return { daemon: this.#daemon, call: `GET ${path}` };
  }
}

/** https://docs.docker.com/reference/api/engine/#api-version-negotiation */
function prefixFor(version: string | undefined): string {
  const [, major, minor] = /^(\d+)\.(\d+)$/.exec(version ?? '') ?? [];
  if (major === undefined || minor === undefined) return '';
  const isKnown = Number(major) < newest[0] || (Number(major) === newest[0] && Number(minor) <= newest[1]);
  return `/v${isKnown ? version : newest.join('.')}`;
}

async function refusal(site: CallSite, answer: Dispatcher.ResponseData): Promise<Error> {
  return answerError(site, answer.statusCode, await textOf(site, answer, largestRefusal));
}

async function textOf(site: CallSite, { body }: Dispatcher.ResponseData, most: number): Promise<string> {
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of body) {
    pieces.push(piece as Uint8Array);
    bytes += (piece as Uint8Array).length;
    if (bytes > most) throw contentError(site, `more than ${most} bytes`);
  }
  return Buffer.concat(pieces).toString('utf8');
}

function parse<Schema extends z.ZodType>(schema: Schema, text: string, site: CallSite): z.output<Schema> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw contentError(site, 'JSON that ends early or is none');
  }
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const field = issue?.path.join('.') || 'body';
  throw contentError(site, `an unexpected ${field} (${issue?.message ?? 'wrong shape'})`);
}
