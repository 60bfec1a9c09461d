import { once } from 'node:events';
import { listening } from '../daemon/listening.ts';
import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { SecureContextOptions } from 'node:tls';
import type { Endpoint } from '../core/network/addresses.ts';
import type { Limits } from './config.ts';
import { Connections } from './connections.ts';
import { Failure, type FailureKind, failures } from './failures.ts';
import type { Exchange } from './forward/exchange.ts';
import { peerAddress } from './forward/peer.ts';
import { lingerMs } from './forward/send.ts';

/** The listener that requests come to. */
export interface ProxyServer {
  readonly port: number;
  /** Open connections. */
  readonly connections: number;
  /** Limits of what comes from now on. */
  limit(limits: Limits): void;
  /** The certificate of connections that come from now on. */
  certify(certificate: SecureContextOptions): void;
  /** Takes no more connections, nor requests on those that are there; resolves when every answer is sent. */
  drain(): Promise<void>;
  /** Ends every connection, and what is going on there. */
  end(): Promise<void>;
}

export interface ServerOptions {
  readonly listen: Endpoint;
  readonly limits: Limits;
  /** Serves TLS with it. */
  readonly certificate: SecureContextOptions | undefined;
  /** Serves a request; throws nothing. */
  serve(incoming: IncomingMessage, outgoing: ServerResponse): Exchange;
  /** Told of what was sent and is no request, once it has been answered. */
  readonly refused: (failure: Failure, sourceIp: string) => void;
}

/** The first bytes of a connection that was just opened may be on their way for so long. */
const firstBytesMs = 200;
/** Timeouts of headers and idle connections are looked at this often. */
const checkMs = 500;

/**
 * Listens for HTTP/1.1. What is no request is answered here: 400, 408 or 431 with a fixed body, and the connection closes,
 * since nobody can say where the next request would begin (RFC 9112 section 2.2).
 * @throws AppError LISTEN_FAILED
 */
export async function startProxyServer(options: ServerOptions): Promise<ProxyServer> {
  const { listen, certificate, limits, refused } = options;
  const connections = new Connections();
  /** Below TLS, where there is any. */
  const sockets = new Set<Socket>();
  let draining = false;
  const onRequest = (incoming: IncomingMessage, outgoing: ServerResponse): void => {
    if (connections.latest(incoming.socket)?.outgoing.shouldKeepAlive === false) {
      // Requests after the last one are not served (RFC 9112 section 9.6), and this answer is never sent.
      outgoing.end();
      return;
    }
    if (draining) outgoing.shouldKeepAlive = false;
    connections.began(options.serve(incoming, outgoing));
  };
  // Hosts are looked at by the router, which tells HTTP/1.0 from 1.1.
  const http = { connectionsCheckingInterval: checkMs, requestTimeout: 0, requireHostHeader: false };
  const server = certificate
    ? createSecureServer({ ...http, ...certificate, handshakeTimeout: limits.headerTimeoutMs }, onRequest)
    : createServer(http, onRequest);
  // Their length is limited; more of them than Node's limit would be lost.
  server.maxHeadersCount = 0;
  server.on('checkContinue', onRequest);
  server.on('checkExpectation', onRequest);
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  server.on(certificate ? 'secureConnection' : 'connection', (socket: Socket) => connections.add(socket));
  const noRequest = (socket: Socket, failure: Failure): void => {
    const exchange = connections.latest(socket);
    if (exchange) spoil(exchange, failure);
    else if (answerLast(socket, failure)) refused(failure, peerAddress(socket));
  };
  server.on('connect', (_incoming, socket: Socket) => {
    socket.on('error', () => socket.destroy());
    socket.resume();
    noRequest(socket, new Failure('bad_request', 'CONNECT is not served'));
  });
  server.on('clientError', (error, socket: Socket) => noRequest(socket, failureOf(error)));

  limit(server, limits);
  await listening(server, listen, 1024);
  return {
    port: (server.address() as AddressInfo).port,
    get connections() {
      return sockets.size;
    },
    limit: (changed) => limit(server, changed),
    certify: (changed) => {
      if ('setSecureContext' in server) server.setSecureContext(changed);
    },
    drain: () => {
      draining = true;
      return drain(server, sockets, connections);
    },
    end: async () => {
      await connections.end();
      for (const socket of sockets) socket.destroy();
    },
  };
}

/**
 * What comes after the beginning of a request is no part of it, nor another: its answer is the last of the connection,
 * since nobody could tell one more from it.
 */
function spoil(exchange: Exchange, failure: Failure): void {
  const { incoming, outgoing } = exchange;
  const { socket } = incoming;
  if (outgoing.headersSent) outgoing.once('close', () => socket.destroySoon());
  else outgoing.shouldKeepAlive = false;
  // A body that ends before it is whole ends with its client.
  if (socket.readableEnded) socket.destroy();
  else if (!incoming.complete) exchange.cancel(failure);
}

/** Answers what is no request. Nothing is said, nor true is given, where nothing was sent or nobody is left. */
function answerLast(socket: Socket, { kind }: Failure): boolean {
  if (kind === 'client_closed' || socket.bytesRead === 0) socket.destroy();
  if (!socket.writable) return false;
  socket.end(wholeAnswer(kind));
  const timer = setTimeout(() => socket.destroy(), lingerMs);
  socket.once('close', () => clearTimeout(timer));
  return true;
}

/** Closes a server to what is new; resolves when all that is old is answered. */
async function drain(server: Server, sockets: Iterable<Socket>, connections: Connections): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  for (const { outgoing } of connections.last()) makeLast(server, outgoing);
  // Connections without a request are not idle as Node sees it, and it does not look any more at how long headers take.
  const timers = [
    setTimeout(() => endUnused([...sockets, ...connections.unserved()]), firstBytesMs),
    setTimeout(() => connections.unserved().forEach((socket) => socket.destroy()), server.headersTimeout),
  ];
  await closed;
  timers.forEach(clearTimeout);
}

/** Ends the connection after this answer, unless others follow that are on their way already. */
function makeLast(server: Server, outgoing: ServerResponse): void {
  if (outgoing.headersSent) outgoing.once('close', () => server.closeIdleConnections());
  else outgoing.shouldKeepAlive = false;
}

function endUnused(sockets: readonly Socket[]): void {
  for (const socket of sockets) if (socket.bytesRead === 0) socket.destroy();
}

function limit(server: Server, { headerBytes, headerTimeoutMs, idleTimeoutMs, connections }: Limits): void {
  Object.assign(server, {
    maxHeaderSize: headerBytes,
    headersTimeout: headerTimeoutMs,
    keepAliveTimeout: idleTimeoutMs,
    maxConnections: connections,
  });
}

/** What Node's parser says (llhttp's `HPE_*`), as one of our failures. */
function failureOf(error: NodeJS.ErrnoException): Failure {
  const kinds: Readonly<Record<string, FailureKind>> = {
    HPE_HEADER_OVERFLOW: 'headers_too_large',
    ERR_HTTP_REQUEST_TIMEOUT: 'request_timeout',
    ECONNRESET: 'client_closed',
    EPIPE: 'client_closed',
  };
  return new Failure(kinds[error.code ?? ''] ?? 'bad_request', error.message, { cause: error });
}

function wholeAnswer(kind: FailureKind): string {
  const { status, message } = failures[kind];
  const body = JSON.stringify({ message });
  return [
    `HTTP/1.1 ${status} ${message}`,
    'content-type: application/json',
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
    '',
    body,
  ].join('\r\n');
}
