import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** What an answer says. */
export interface PlainAnswer {
  readonly status: number;
  /** Lines in their order, names in lower case. */
  readonly headers: readonly (readonly [string, string])[];
  readonly body: Buffer;
}

/** An answer as it came over the wire. */
export interface RawAnswer extends PlainAnswer {
  readonly reason: string;
  /** The value of the first line with that name. */
  header(name: string): string | undefined;
  readonly text: string;
}

/** How a connection ended. */
type Ending = 'end' | 'reset';

/** One connection of a client that says what it likes. */
export interface HttpConnection {
  readonly socket: Socket;
  send(bytes: string | Buffer): void;
  /**
   * The next answer.
   * @param method that of its request, since what HEAD asks for has no body
   */
  answer(method?: string): Promise<RawAnswer>;
  /** All bytes that have come and are not yet part of an answer. */
  readonly received: Buffer;
  /** Resolves when the other side has closed the connection, or reset it. */
  readonly ended: Promise<Ending>;
  destroy(): void;
}

/** A GET or another request without a body. */
export function request(
  path = '/',
  host = 'foo.test',
  lines: readonly string[] = [],
  method = 'GET',
): string {
  return [`${method} ${path} HTTP/1.1`, `Host: ${host}`, ...lines, '', ''].join('\r\n');
}

/** A POST with a body and its length. */
export function post(
  body: string | Buffer,
  lines: readonly string[] = [],
  path = '/',
  host = 'foo.test',
): Buffer {
  const bytes = Buffer.from(body);
  return Buffer.concat([
    Buffer.from(request(path, host, [`Content-Length: ${bytes.length}`, ...lines], 'POST')),
    bytes,
  ]);
}

/** @param connected speaks on another socket than one of its own */
export async function connectTo(port: number, connected?: Socket): Promise<HttpConnection> {
  const socket = connected ?? connect({ port, host: '127.0.0.1', noDelay: true });
  let received: Buffer = Buffer.alloc(0);
  let ending: Ending | undefined;
  let told = (): void => undefined;
  socket.on('data', (chunk) => {
    received = Buffer.concat([received, chunk]);
    told();
  });
  const ended = new Promise<Ending>((resolve) => {
    const end = (how: Ending) => {
      ending ??= how;
      told();
      resolve(ending);
    };
    socket.on('end', () => end('end'));
    socket.on('error', () => end('reset'));
    socket.on('close', () => end('end'));
  });
  if (socket.connecting) await once(socket, 'connect');
  return {
    socket,
    get received() {
      return received;
    },
    ended,
    send: (bytes) => void socket.write(bytes),
    destroy: () => socket.destroy(),
    answer: async (method = 'GET') => {
      for (;;) {
        const parsed = parseAnswer(received, method, ending !== undefined);
        if (parsed) {
          received = received.subarray(parsed.length);
          return parsed.answer;
        }
        if (ending) throw new Error(`the connection ended (${ending}) after: ${received.toString('latin1')}`);
        await new Promise<void>((resolve) => (told = resolve));
      }
    },
  };
}

interface Parsed {
  readonly answer: RawAnswer;
  readonly length: number;
}

/** The first answer of some bytes; undefined while it is not whole. */
function parseAnswer(bytes: Buffer, method: string, isEnd: boolean): Parsed | undefined {
  const headEnd = bytes.indexOf('\r\n\r\n');
  if (headEnd === -1) return undefined;
  const [first = '', ...lines] = bytes.toString('latin1', 0, headEnd).split('\r\n');
  const [, code = '', reason = ''] = /^HTTP\/1\.1 (\d{3}) (.*)$/.exec(first) ?? [];
  const status = Number(code);
  const headers = lines.map((line) => {
    const colon = line.indexOf(':');
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()] as const;
  });
  const header = (name: string) => headers.find(([known]) => known === name)?.[1];
  const rest = bytes.subarray(headEnd + 4);
  const bodiless = method === 'HEAD' || status < 200 || status === 204 || status === 304;
  const body = bodiless ? { bytes: Buffer.alloc(0), length: 0 } : bodyOf(rest, header, isEnd);
  if (!body) return undefined;
  return {
    answer: { status, reason, headers, header, body: body.bytes, text: body.bytes.toString() },
    length: headEnd + 4 + body.length,
  };
}

function bodyOf(rest: Buffer, header: (name: string) => string | undefined, isEnd: boolean) {
  if (header('transfer-encoding') === 'chunked') return chunksOf(rest);
  const told = header('content-length');
  if (told === undefined) return isEnd ? { bytes: rest, length: rest.length } : undefined;
  const length = Number(told);
  return rest.length < length ? undefined : { bytes: rest.subarray(0, length), length };
}

function chunksOf(rest: Buffer) {
  const chunks: Buffer[] = [];
  for (let at = 0; ;) {
    const line = rest.indexOf('\r\n', at);
    if (line === -1) return undefined;
    const size = Number.parseInt(rest.toString('latin1', at, line), 16);
    const end = line + 2 + size + 2;
    if (rest.length < end) return undefined;
    if (size === 0) return { bytes: Buffer.concat(chunks), length: end };
    chunks.push(rest.subarray(line + 2, line + 2 + size));
    at = end;
  }
}
