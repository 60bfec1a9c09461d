import type { Pairs } from '../../../src/http/pairs.ts';
import { connectTo, type HttpConnection, type RawAnswer } from './connection.ts';

/** A request, whose head is sent as it is written here: one character a byte. */
export interface RawRequest {
  readonly method: string;
  readonly target: string;
  readonly headers: Pairs;
  readonly body: Buffer;
  readonly isChunked: boolean;
}

/** The bytes that are sent. */
export function bytesOf({ method, target, headers, body, isChunked }: RawRequest): Buffer {
  const lines = [`${method} ${target} HTTP/1.1`, ...headers.map(([name, value]) => `${name}: ${value}`)];
  const head = Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1');
  return Buffer.concat([head, isChunked ? chunked(body) : body]);
}

function chunked(body: Buffer): Buffer {
  const parts = [body.subarray(0, 3), body.subarray(3)].filter(({ length }) => length > 0);
  const chunks = parts.flatMap((part) => [
    Buffer.from(`${part.length.toString(16)}\r\n`),
    part,
    Buffer.from('\r\n'),
  ]);
  return Buffer.concat([...chunks, Buffer.from('0\r\n\r\n')]);
}

/** What a request is made of that is said; it has a length where it has a body. */
export interface RequestParts {
  readonly method?: string;
  readonly target?: string;
  readonly host?: string;
  readonly headers?: Pairs;
  readonly body?: Buffer | string;
  readonly isChunked?: boolean;
}

/** A request for `/echo`, unless another target is given. */
export function requestOf({
  method = 'GET',
  target = '/echo',
  host = 'shop.example.com',
  headers = [],
  body = '',
  isChunked = false,
}: RequestParts): RawRequest {
  const bytes = Buffer.from(body);
  const hasLength = bytes.length > 0 || method === 'POST';
  const framing: Pairs = isChunked
    ? [['Transfer-Encoding', 'chunked']]
    : hasLength
      ? [['Content-Length', String(bytes.length)]]
      : [];
  return { method, target, headers: [['Host', host], ...headers, ...framing], body: bytes, isChunked };
}

/** One kept connection to a port of the loopback address, for one request after the other. */
export interface RawConnection {
  /**
   * Sends bytes and gives the answer to them.
   * @throws Error when the connection ends before the answer does, or more comes than the answer, with what came
   */
  send(request: Buffer): Promise<RawAnswer>;
  close(): void;
}

/** Connects when something is sent, and again after the other side has closed. */
export function openConnection(port: number): RawConnection {
  let connection: HttpConnection | undefined;
  return {
    async send(request) {
      connection ??= await connectTo(port);
      connection.send(request);
      const method = request.toString('latin1', 0, request.indexOf(' '));
      let answer = await connection.answer(method);
      while (answer.status === 100) answer = await connection.answer(method);
      if (connection.received.length > 0)
        throw new Error(`more than an answer: ${connection.received.toString()}`);
      if (answer.header('connection') === 'close') {
        connection.destroy();
        connection = undefined;
      }
      return answer;
    },
    close: () => connection?.destroy(),
  };
}
