import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { buffer } from 'node:stream/consumers';
import type { FunctionAddress } from '../../../src/aws/invoke/api.ts';
import { region, targetAt } from './sandbox-aws.ts';
import { signedByPackage } from './signature-package.ts';

/** A request as it came. */
interface Received {
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

/** An endpoint that answers byte by byte as a test says, to requests whose signature is good. */
export interface InvokeEndpoint extends AsyncDisposable {
  readonly url: string;
  readonly received: readonly Received[];
  /** Open connections. */
  readonly sockets: ReadonlySet<Socket>;
}

export type Answerer = (response: ServerResponse, received: Received) => unknown;

/** Starts one; a signature that is not that of the SDK's package is answered with 403. */
export async function startInvokeEndpoint(answer: Answerer): Promise<InvokeEndpoint> {
  const received: Received[] = [];
  const sockets = new Set<Socket>();
  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { url = '', headers } = request;
    const call = { url, headers, body: await buffer(request) };
    received.push(call);
    if (await isSigned(call)) await answer(response, call);
    else refuse(response, 403, 'InvalidSignatureException', 'The signature does not match');
  };
  const server = createServer((request, response) => {
    serve(request, response).catch((error: unknown) => {
      response.destroy(error instanceof Error ? error : undefined);
    });
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    sockets,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** The keys that the endpoint knows; both sessions have the key of {@link targetAt}. */
export function keysOf(sessionToken?: string) {
  return { ...targetAt('').credentials, ...(sessionToken === undefined ? {} : { sessionToken }) };
}

async function isSigned({ url, headers, body }: Received): Promise<boolean> {
  const authorization = String(headers.authorization);
  const [, names = ''] = /SignedHeaders=([^,]+)/.exec(authorization) ?? [];
  const [, date = ''] = /^(\S+)$/.exec(String(headers['x-amz-date'])) ?? [];
  const token = headers['x-amz-security-token'];
  const signed = await signedByPackage({
    service: 'lambda',
    region,
    credentials: keysOf(token === undefined ? undefined : String(token)),
    now: Date.parse(date.replace(/^(.{4})(..)(..)T(..)(..)(..)Z$/, '$1-$2-$3T$4:$5:$6Z')),
    method: 'POST',
    url: new URL(url, `http://${headers.host}`),
    headers: Object.fromEntries(
      names
        .split(';')
        .filter((name) => name !== 'host')
        .map((name) => [name, String(headers[name])]),
    ),
    body,
  });
  return signed['authorization'] === authorization;
}

/** An error as Lambda answers it. */
export function refuse(response: ServerResponse, status: number, type: string, message: string): void {
  response.writeHead(status, { 'content-type': 'application/json', 'x-amzn-errortype': `${type}:` });
  response.end(JSON.stringify({ Type: 'User', message }));
}

/** The address of a function there. */
export function addressAt(endpoint: string, more: Partial<FunctionAddress> = {}): FunctionAddress {
  return {
    functionName: 'orders',
    qualifier: undefined,
    region,
    endpoint,
    assumeRoleArn: undefined,
    externalId: undefined,
    timeoutMs: 30_000,
    ...more,
  };
}

/** A caller who may leave. */
export function createCancellation() {
  const acts = new Set<() => void>();
  let cancelled = false;
  return {
    get cancelled() {
      return cancelled;
    },
    onCancel(act: () => void) {
      acts.add(act);
      return () => void acts.delete(act);
    },
    cancel() {
      cancelled = true;
      for (const act of acts) act();
    },
    /** Who waits to hear of it. */
    listeners: () => acts.size,
  };
}
