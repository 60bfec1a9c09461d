import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import { waitUntil } from '../wait-until.ts';

/** One call of a function, which the test answers. */
export interface FunctionCall {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly payload: Buffer;
  /** The payload as JSON. */
  readonly event: FunctionEvent;
  /** For answers that come bit by bit. */
  readonly response: ServerResponse;
  /** Answers: bytes as they are, all else as JSON. */
  answer(payload: unknown, status?: number, headers?: Readonly<Record<string, string>>): void;
  /** Ends the connection without an answer. */
  breakOff(): void;
}

/** Of an event in payload 2.0 what tests look at. */
export interface FunctionEvent {
  readonly rawPath: string;
  readonly rawQueryString: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly isBase64Encoded: boolean;
  readonly requestContext: {
    readonly requestId: string;
    readonly domainName: string;
    readonly domainPrefix: string;
    readonly http: { readonly method: string; readonly sourceIp: string; readonly protocol: string };
  };
}

/** A server of the Invoke API with a function that the test makes up. */
export interface FunctionStub {
  readonly url: string;
  readonly calls: FunctionCall[];
  /** Calls that are not answered yet. */
  readonly running: number;
  /** The most that ever ran at once. */
  readonly mostRunning: number;
  /** The call with this number, once it is there. */
  call(number?: number): Promise<FunctionCall>;
  close(): Promise<void>;
}

/** What a function does with a call; nothing at all is to hold it. */
export type Handler = (call: FunctionCall) => void;

/** Answers at once with a status and a body. */
export const saysHello: Handler = (call) => call.answer({ statusCode: 200, body: 'hello' });
/** The test answers. */
export const holds: Handler = () => undefined;

/** A function that stops when the test has ended. */
export async function useFunction(handler: Handler = saysHello): Promise<FunctionStub> {
  const stub = await startFunction(handler);
  onTestFinished(() => stub.close());
  return stub;
}

export async function startFunction(handler: Handler, port = 0): Promise<FunctionStub> {
  const calls: FunctionCall[] = [];
  let [running, mostRunning] = [0, 0];
  const server = createServer({ keepAliveTimeout: 60_000 }, (incoming, response) => {
    running += 1;
    mostRunning = Math.max(mostRunning, running);
    response.once('close', () => (running -= 1));
    const chunks: Buffer[] = [];
    incoming.on('error', () => undefined);
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => {
      const { url = '', headers } = incoming;
      const call = callOf(url, headers, Buffer.concat(chunks), response);
      calls.push(call);
      handler(call);
    });
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls,
    get running() {
      return running;
    },
    get mostRunning() {
      return mostRunning;
    },
    call: (number = 1) => waitUntil(`call ${number}`, () => calls[number - 1]),
    close: async () => {
      server.close();
      server.closeAllConnections();
      if (server.listening) await once(server, 'close');
    },
  };
}

function callOf(
  path: string,
  headers: IncomingHttpHeaders,
  payload: Buffer,
  response: ServerResponse,
): FunctionCall {
  return {
    path,
    headers,
    payload,
    get event() {
      return JSON.parse(payload.toString()) as FunctionEvent;
    },
    response,
    answer: (answer, status = 200, lines = {}) => {
      response.writeHead(status, lines).end(Buffer.isBuffer(answer) ? answer : JSON.stringify(answer));
    },
    breakOff: () => response.destroy(),
  };
}

/** A port where nothing listens. */
export async function deadEndpoint(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return `http://127.0.0.1:${port}`;
}

/** The file of one route to a function. */
export function routeTo(endpoint: string, keys = '', hostname = 'foo.test'): string {
  return `local:\n  - { hostname: "${hostname}", endpoint: "${endpoint}"${keys === '' ? '' : `, ${keys}`} }\n`;
}
