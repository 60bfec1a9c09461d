import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

/** A call of a function, as an endpoint of the Invoke API gets it. */
export interface InvokeCall {
  /** With its query. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly payload: Buffer;
}

/** What the endpoint answers; 200 unless a status is given. */
export interface InvokeAnswer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly payload: Buffer | string;
}

/** An endpoint of the Invoke API that takes any number of calls at once; `await using` ends it. */
export interface FunctionEndpoint extends AsyncDisposable {
  readonly url: string;
  /** In the order of their arrival. */
  readonly calls: readonly InvokeCall[];
  /** How many connections were opened so far. */
  readonly connections: number;
}

/** Starts an endpoint whose answers a test decides about. */
export async function startFunctionEndpoint(
  answer: (call: InvokeCall) => InvokeAnswer | Promise<InvokeAnswer>,
): Promise<FunctionEndpoint> {
  const calls: InvokeCall[] = [];
  let connections = 0;
  const serve = async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    const { url: path = '', headers } = incoming;
    const call = { path, headers, payload: await buffer(incoming) };
    calls.push(call);
    const { status = 200, headers: given = {}, payload } = await answer(call);
    outgoing.writeHead(status, given).end(payload);
  };
  const server = createServer((incoming, outgoing) => {
    serve(incoming, outgoing).catch(() => void outgoing.destroy());
  }).on('connection', () => (connections += 1));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls,
    get connections() {
      return connections;
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await once(server.close(), 'close');
    },
  };
}

/** The answer of a function that returns `result`. */
export function result(value: unknown): InvokeAnswer {
  return { payload: JSON.stringify(value) };
}
