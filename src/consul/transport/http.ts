import { type Agent, type IncomingHttpHeaders, type IncomingMessage, request } from 'node:http';

/** Larger answers are nobody's catalog: 50,000 service-defaults take about 50 MB. */
const maxAnswerBytes = 256 * 1024 * 1024;

export interface WireRequest {
  method: 'GET' | 'PUT' | 'POST' | 'DELETE';
  /** Below `/v1`; `{name}` takes `params.name`, encoded. */
  path: string;
  params: Readonly<Record<string, string>>;
  query: Readonly<Record<string, string>>;
  headers: Readonly<Record<string, string>>;
  body: string | undefined;
}

export interface WireAnswer {
  status: number;
  headers: IncomingHttpHeaders;
  text: string;
}

/** Sends one request and collects the answer, whatever its status; rejects when there is no whole answer. */
export type Send = (request: WireRequest, signal: AbortSignal) => Promise<WireAnswer>;

/** One Consul at `baseUrl`, over the connections of `agent`. */
export function createSend(baseUrl: string, agent: Agent): Send {
  const { protocol, hostname, port, pathname } = new URL(baseUrl);
  // The target goes out as it is: in a URL, a name such as `..` would lead elsewhere.
  const server = { protocol, hostname: hostname.replace(/^\[|\]$/g, ''), port, agent };
  const prefix = `${pathname.replace(/\/$/, '')}/v1`;
  return (wire, signal) =>
    new Promise<WireAnswer>((resolve, reject) => {
      signal.throwIfAborted();
      const { method, body } = wire;
      const type = body === undefined ? {} : { 'content-type': 'application/json' };
      const outgoing = request({
        ...server,
        method,
        path: prefix + targetOf(wire),
        headers: { ...wire.headers, ...type },
      });
      const onAbort = (): void => void outgoing.destroy(signal.reason as Error);
      signal.addEventListener('abort', onAbort, { once: true });
      outgoing.on('close', () => signal.removeEventListener('abort', onAbort));
      outgoing.on('error', reject);
      outgoing.on('response', (response) => collect(response, resolve, reject));
      outgoing.end(body);
    });
}

function targetOf({ path, params, query }: WireRequest): string {
  const search = new URLSearchParams(query).toString();
  return search === '' ? withParams(path, params) : `${withParams(path, params)}?${search}`;
}

/** The path with each `{name}` filled in, encoded. */
export function withParams(path: string, params: WireRequest['params']): string {
  return path.replaceAll(/\{(\w+)\}/g, (_match, name: string) => encodeURIComponent(params[name] ?? ''));
}

/** Collects a body; one that grows too large, or ends with its connection, is none. */
function collect(
  response: IncomingMessage,
  resolve: (answer: WireAnswer) => void,
  reject: (reason: Error) => void,
): void {
  const chunks: Buffer[] = [];
  let bytes = 0;
  response.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    chunks.push(chunk);
    if (bytes > maxAnswerBytes)
      response.destroy(new Error(`the answer is larger than ${maxAnswerBytes} bytes`));
  });
  response.on('error', reject);
  response.on('close', () => reject(new Error('the connection closed before the end of the answer')));
  response.on('end', () => {
    const { statusCode: status = 0, headers } = response;
    resolve({ status, headers, text: Buffer.concat(chunks).toString('utf8') });
  });
}
