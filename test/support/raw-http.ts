import { type Socket, connect } from 'node:net';
import type { Pairs } from '../../src/http/pairs.ts';

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

/** An answer as its bytes came: names in lower case, one character a byte. */
export interface RawAnswer {
  readonly status: number;
  readonly headers: Pairs;
  readonly body: Buffer;
}

/** One kept connection to a port of the loopback address, for one request after the other. */
export interface RawConnection {
  /**
   * Sends bytes and gives the answer to them. A byte too many or too few on the connection makes the next answer unreadable.
   * @throws Error when the connection ends before the answer does, with what came until then
   */
  send(request: Buffer): Promise<RawAnswer>;
  close(): void;
}

/** Connects when something is sent, and again after the other side has closed. */
export function openConnection(port: number): RawConnection {
  let socket: Socket | undefined;
  return {
    async send(request) {
      socket ??= connect(port, '127.0.0.1').setNoDelay();
      const isHead = request.subarray(0, 5).toString() === 'HEAD ';
      socket.write(request);
      const { answer, closes } = await answerOn(socket, isHead);
      if (closes) {
        socket.destroy();
        socket = undefined;
      }
      return answer;
    },
    close: () => socket?.destroy(),
  };
}

interface Read {
  readonly answer: RawAnswer;
  readonly closes: boolean;
}

function answerOn(socket: Socket, isHead: boolean): Promise<Read> {
  let received = Buffer.alloc(0);
  return new Promise((resolve, reject) => {
    const settle = (): void => {
      socket.off('data', onData).off('close', onClose).off('error', reject);
    };
    const take = (isEnd: boolean): void => {
      try {
        const read = parseAnswer(received, isHead, isEnd);
        if (!read) return;
        settle();
        resolve(read);
      } catch (error) {
        settle();
        reject(error);
      }
    };
    const onData = (chunk: Buffer): void => {
      received = Buffer.concat([received, chunk]);
      take(false);
    };
    const onClose = (): void => {
      take(true);
      settle();
      reject(new Error(`the connection ended after ${JSON.stringify(received.toString('latin1'))}`));
    };
    socket.on('data', onData).on('close', onClose).on('error', reject);
  });
}

/** One whole answer, or undefined while it is not whole (RFC 9112 section 6.3). */
function parseAnswer(bytes: Buffer, isHead: boolean, isEnd: boolean): Read | undefined {
  const headEnd = bytes.indexOf('\r\n\r\n');
  if (headEnd < 0) return undefined;
  const [statusLine = '', ...lines] = bytes.subarray(0, headEnd).toString('latin1').split('\r\n');
  const [, statusText] = /^HTTP\/1\.1 (\d{3})(?: |$)/.exec(statusLine) ?? [];
  if (statusText === undefined) throw new Error(`no status line: ${JSON.stringify(statusLine)}`);
  const status = Number(statusText);
  const headers = lines.map(headerIn);
  const rest = bytes.subarray(headEnd + 4);
  if (status === 100) return parseAnswer(rest, isHead, isEnd);
  const bodiless = isHead || status === 204 || status === 304;
  const body = bodiless ? Buffer.alloc(0) : bodyIn(rest, headers, isEnd);
  if (!body) return undefined;
  const closes = isEnd || valueOf(headers, 'connection') === 'close';
  return { answer: { status, headers, body }, closes };
}

function headerIn(line: string): [string, string] {
  const colon = line.indexOf(':');
  return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
}

function bodyIn(rest: Buffer, headers: Pairs, isEnd: boolean): Buffer | undefined {
  if (valueOf(headers, 'transfer-encoding') === 'chunked') return chunksIn(rest);
  const length = valueOf(headers, 'content-length');
  if (length === undefined) return isEnd ? rest : undefined;
  if (rest.length > Number(length)) throw new Error(`more than the ${length} bytes of the body`);
  return rest.length < Number(length) ? undefined : rest;
}

function chunksIn(rest: Buffer): Buffer | undefined {
  const chunks: Buffer[] = [];
  for (let at = 0; ;) {
    const lineEnd = rest.indexOf('\r\n', at);
    if (lineEnd < 0) return undefined;
    const size = Number.parseInt(rest.subarray(at, lineEnd).toString('latin1'), 16);
    const end = lineEnd + 2 + size;
    if (rest.length < end + 2) return undefined;
    if (size === 0) return Buffer.concat(chunks);
    chunks.push(rest.subarray(lineEnd + 2, end));
    at = end + 2;
  }
}

function valueOf(headers: Pairs, name: string): string | undefined {
  return headers.find(([key]) => key === name)?.[1].toLowerCase();
}
