import { once } from 'node:events';
import { listening } from '../daemon/listening.ts';
import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { SecureContextOptions } from 'node:tls';
import type { Endpoint } from '../core/network/addresses.ts';
import type { Limits } from './config.ts';
import { Failure, type FailureKind, failures } from './failures.ts';
import type { Exchange } from './forward/exchange.ts';
import { peerAddress } from './forward/peer.ts';

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
  /** Ends every connection. */
  end(): void;
}

interface ServerOptions {
  readonly listen: Endpoint;
  readonly limits: Limits;
  /** Serves TLS with it. */
  readonly certificate: SecureContextOptions | undefined;
  /** Serves a request; throws nothing. */
  serve(incoming: IncomingMessage, outgoing: ServerResponse): Exchange;
  /** Told of what was sent and is no request, once it has been answered. */
  readonly refused: (failure: Failure, sourceIp: string) => void;
}

/** Timeouts of headers and idle connections are looked at this often. */
const checkMs = 500;

/**
 * Listens for HTTP/1.1. What is no request is answered here: 400, 408 or 431 with a fixed body, and the connection closes,
 * since nobody can say where the next request would begin (RFC 9112 section 2.2).
 * @throws AppError LISTEN_FAILED
 */
export async function startProxyServer(options: ServerOptions): Promise<ProxyServer> {
  const { listen, certificate, limits, refused } = options;
  /** The request that each connection is at. */
  const current = new WeakMap<Duplex, Exchange>();
  const answers = new Set<ServerResponse>();
  let connections = 0;
  let draining = false;
  const onRequest = (incoming: IncomingMessage, outgoing: ServerResponse): void => {
    if (draining) outgoing.shouldKeepAlive = false;
    answers.add(outgoing);
    outgoing.once('close', () => {
      answers.delete(outgoing);
      if (draining) server.closeIdleConnections();
    });
    current.set(incoming.socket, options.serve(incoming, outgoing));
  };
  // Hosts are looked at by the router, which tells HTTP/1.0 from 1.1.
  const http = { connectionsCheckingInterval: checkMs, requestTimeout: 0, requireHostHeader: false };
  const server = certificate
    ? createSecureServer({ ...http, ...certificate }, onRequest)
    : createServer(http, onRequest);
  server.on('checkContinue', onRequest);
  server.on('connection', (socket: Socket) => {
    connections += 1;
    socket.once('close', () => (connections -= 1));
  });
  server.on('connect', (_incoming, socket: Socket) => refuse(socket, unreadable('CONNECT is not served')));
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
    const failure = failureOf(error);
    if (!spoil(current.get(socket), failure)) refuse(socket, failure);
  });
  const refuse = (socket: Socket, failure: Failure): void => {
    answerLast(socket, failure);
    refused(failure, peerAddress(socket));
  };

  limit(server, limits);
  await listening(server, listen, 1024);
  return {
    port: (server.address() as AddressInfo).port,
    get connections() {
      return connections;
    },
    limit: (changed) => limit(server, changed),
    certify: (changed) => {
      if ('setSecureContext' in server) server.setSecureContext(changed);
    },
    drain: async () => {
      draining = true;
      for (const answer of answers) answer.shouldKeepAlive = false;
      const closed = once(server, 'close');
      server.close();
      await closed;
    },
    end: () => server.closeAllConnections(),
  };
}

/** What came after the beginning of a request is no part of it, nor another: its answer is the last of the connection. */
function spoil(exchange: Exchange | undefined, failure: Failure): boolean {
  if (!exchange || exchange.outgoing.writableFinished) return false;
  exchange.outgoing.shouldKeepAlive = false;
  if (!exchange.incoming.complete) exchange.cancel(failure);
  return true;
}

/** Nothing is said to who has sent nothing. */
function answerLast(socket: Socket, { kind }: Failure): void {
  if (!socket.writable || socket.bytesRead === 0) {
    socket.destroy();
    return;
  }
  socket.once('finish', () => socket.destroy());
  socket.end(wholeAnswer(kind));
}

function limit(server: Server, { headerBytes, headerTimeoutMs, idleTimeoutMs, connections }: Limits): void {
  Object.assign(server, {
    maxHeaderSize: headerBytes,
    headersTimeout: headerTimeoutMs,
    keepAliveTimeout: idleTimeoutMs,
    maxConnections: connections,
  });
}

function unreadable(message: string): Failure {
  return new Failure('bad_request', message);
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
