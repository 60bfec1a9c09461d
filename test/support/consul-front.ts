import { once } from 'node:events';
import { createServer, type IncomingMessage, request as httpRequest, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import type { ConsulServer } from './consul-server.ts';

export interface FrontRequest {
  method: string;
  /** Without the query. */
  path: string;
  body: string;
}

/** What is done instead of passing a request on: an answer, a broken connection, or no answer for ever. */
export type Fault = { status: number; text: string } | 'break' | 'hang';

/** Called before a request is passed on; it may change Consul first, or answer in its place. */
export type Hook = (request: FrontRequest) => Promise<Fault | undefined> | Fault | undefined;

/** A proxy before a real Consul that sees every request and may get in its way. */
export interface ConsulFront extends AsyncDisposable {
  host: string;
  port: number;
  managementToken: string | undefined;
  /** What was asked since the last `watch`, as `GET /v1/catalog/services`. */
  requests(): string[];
  writes(): string[];
  /** Forgets the requests seen so far; from now on `hook` is called for each. */
  watch(hook?: Hook): void;
}

const reading = new Set(['GET', 'HEAD']);

export async function startFront(consul: ConsulServer): Promise<ConsulFront> {
  let seen: FrontRequest[] = [];
  let hook: Hook = () => undefined;
  const server = createServer((incoming, outgoing) => {
    void (async () => {
      const { method = 'GET', url = '/' } = incoming;
      const body = await buffer(incoming);
      const request = { method, path: url.replace(/\?.*$/, ''), body: body.toString() };
      seen.push(request);
      const fault = await hook(request);
      if (fault === 'break') incoming.socket.destroy();
      else if (fault === undefined) passOn(consul, incoming, body, outgoing);
      else if (fault !== 'hang') outgoing.writeHead(fault.status).end(fault.text);
    })();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const show = ({ method, path }: FrontRequest): string => `${method} ${path}`;
  return {
    host: '127.0.0.1',
    port: (server.address() as AddressInfo).port,
    managementToken: consul.managementToken,
    requests: () => seen.map(show),
    writes: () => seen.filter(({ method }) => !reading.has(method)).map(show),
    watch: (next = () => undefined) => {
      seen = [];
      hook = next;
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

function passOn(
  { host, port }: ConsulServer,
  incoming: IncomingMessage,
  body: Buffer,
  outgoing: ServerResponse,
): void {
  const { method, url, headers } = incoming;
  const onward = httpRequest({ host, port, method, path: url, headers }, (answer) => {
    outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(outgoing);
  });
  onward.on('error', () => incoming.socket.destroy());
  onward.end(body);
}
