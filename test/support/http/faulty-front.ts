import { once } from 'node:events';
import { createServer, type IncomingMessage, request as httpRequest, type ServerResponse } from 'node:http';

/**
 * What goes wrong with one request: an answer of the front's own; the connection reset before the server hears of it;
 * no answer ever; the server's answer lost on the way, or cut in the middle.
 */
export type Fault = OwnAnswer | 'reset' | 'silence' | 'lost' | 'cut';

interface OwnAnswer {
  status: number;
  body: string;
  type?: string;
  headers?: Readonly<Record<string, string>>;
}

export interface FaultyFront {
  host: string;
  port: number;
  managementToken: string | undefined;
  /** Method and path of what has come in so far. */
  requests: string[];
  /** Connections that are open, and how many were at one time at most. */
  connections: { open: number; most: number };
  /** Asked for each request, and may change the server first; undefined lets it through. */
  fault: (request: string) => Fault | undefined | Promise<Fault | undefined>;
  /** Breaks all connections, also of those who wait for news. */
  disconnect(): void;
  close(): Promise<void>;
}

interface Target {
  host: string;
  port: number;
  managementToken?: string | undefined;
}

/** An HTTP server in front of another that passes requests on, except for the faults that a test asks for. */
export async function startFaultyFront(target: Target): Promise<FaultyFront> {
  const server = createServer((incoming, answer) => {
    const request = `${incoming.method ?? ''} ${incoming.url ?? ''}`;
    front.requests.push(request);
    void Promise.resolve(front.fault(request)).then((fault) => misbehave(fault, target, incoming, answer));
  });
  const front: FaultyFront = {
    host: '127.0.0.1',
    port: 0,
    managementToken: target.managementToken,
    requests: [],
    connections: { open: 0, most: 0 },
    fault: () => undefined,
    disconnect: () => server.closeAllConnections(),
    close: async () => {
      server.closeAllConnections();
      await once(server.close(), 'close');
    },
  };
  server.on('connection', (socket) => {
    front.connections.open += 1;
    front.connections.most = Math.max(front.connections.most, front.connections.open);
    socket.once('close', () => (front.connections.open -= 1));
  });
  await once(server.listen(0, front.host), 'listening');
  const address = server.address();
  if (address !== null && typeof address === 'object') front.port = address.port;
  return front;
}

/** A fault for the first `times` requests. */
export function first(times: number, fault: Fault): FaultyFront['fault'] {
  let left = times;
  return () => (left-- > 0 ? fault : undefined);
}

function misbehave(
  fault: Fault | undefined,
  target: Target,
  incoming: IncomingMessage,
  answer: ServerResponse,
): void {
  if (fault === 'reset') {
    incoming.socket.resetAndDestroy();
  } else if (fault === 'silence') {
    incoming.resume();
  } else if (typeof fault === 'object') {
    incoming.resume();
    const headers = { 'content-type': fault.type ?? 'text/plain', ...fault.headers };
    answer.writeHead(fault.status, headers).end(fault.body);
  } else {
    passOn(fault, target, incoming, answer);
  }
}

function passOn(
  fault: 'lost' | 'cut' | undefined,
  { host, port }: Target,
  incoming: IncomingMessage,
  answer: ServerResponse,
): void {
  const { method, url: path, headers } = incoming;
  const onward = httpRequest({ host, port, method, path, headers, agent: false }, (response) => {
    if (fault === 'lost') {
      response.resume().once('end', () => incoming.socket.resetAndDestroy());
      return;
    }
    answer.writeHead(response.statusCode ?? 502, response.headers);
    if (fault === 'cut') {
      response.once('data', (chunk: Buffer) => {
        answer.write(chunk.subarray(0, chunk.length / 2), () => incoming.socket.destroy());
      });
    } else {
      response.pipe(answer);
    }
  });
  onward.once('error', () => incoming.socket.resetAndDestroy());
  // A server counts the connections of those who wait for news, gone or not.
  answer.once('close', () => onward.destroy());
  incoming.pipe(onward);
}
