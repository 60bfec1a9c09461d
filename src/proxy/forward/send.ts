import type { ServerResponse } from 'node:http';
import type { HttpAnswer } from '../../http/message.ts';
import { type Failure, failures } from '../failures.ts';
import type { Exchange } from './exchange.ts';
import { asksForLeave, hasBody } from './read-body.ts';

/** A body that is left unread is read and thrown away up to this length, so that the connection can go on. */
const smallBody = 64 * 1024;
/** How long a client that still sends may take to notice the answer. */
export const lingerMs = 2_000;

/** Whether an answer has no body, whatever the function sends (RFC 9110 sections 9.3.2, 15.3.5 and 15.4.5). */
export function isBodiless({ incoming }: Exchange, status: number): boolean {
  return incoming.method === 'HEAD' || status === 204 || status === 304;
}

/**
 * Sends a whole answer.
 * @param slowMs how long a client may read nothing of it
 */
export function sendAnswer(exchange: Exchange, { status, headers, body }: HttpAnswer, slowMs: number): void {
  const { outgoing } = exchange;
  const lines = headLines(exchange, headers);
  if (isBodiless(exchange, status)) {
    // The length that a GET would have may be told; that of nothing says nothing.
    if (exchange.incoming.method === 'HEAD' && body.length > 0)
      lines.push('content-length', String(body.length));
    outgoing.writeHead(status, lines).end();
    return;
  }
  lines.push('content-length', String(body.length));
  exchange.bytesOut = body.length;
  outgoing.writeHead(status, lines);
  outgoing.end(body);
  if (outgoing.writableLength > 0) limitSlowReader(outgoing, slowMs);
}

/** Closes the connection of a client that reads nothing for this long; the next answer on it has a time of its own. */
export function limitSlowReader(outgoing: ServerResponse, slowMs: number): void {
  if (outgoing.listenerCount('timeout') === 0) {
    outgoing.on('timeout', () => outgoing.destroy());
    outgoing.prependOnceListener('finish', () => outgoing.setTimeout(0));
  }
  outgoing.setTimeout(slowMs);
}

/** The lines of an answer's head as Node takes them; its length and its trace are ours to set. */
export function headLines(exchange: Exchange, headers: HttpAnswer['headers']): string[] {
  const lines: string[] = [];
  for (const [name, value] of headers) {
    if (name !== 'content-length' && name !== 'x-amzn-trace-id') lines.push(name, value);
  }
  lines.push('x-amzn-trace-id', exchange.traceId);
  return lines;
}

/** Answers with what clients see of a failure; an answer that has begun is broken off instead. */
export function sendFailure(exchange: Exchange, failure: Failure, slowMs: number): void {
  const { outgoing } = exchange;
  if (outgoing.destroyed || failure.kind === 'client_closed') return;
  if (outgoing.headersSent) {
    breakOff(outgoing);
    return;
  }
  const { status, body } = seenOf(failure, exchange);
  const answer = { status, body, headers: failureHeaders(failure) };
  if (endsConnection(failure, exchange) || isStillSending(exchange)) sendLast(exchange, answer);
  else sendAnswer(exchange, answer, slowMs);
}

function failureHeaders({ retryAfterS }: Failure): [string, string][] {
  const headers: [string, string][] = [['content-type', 'application/json']];
  if (retryAfterS !== undefined) headers.push(['retry-after', String(retryAfterS)]);
  return headers;
}

/** The status and the body that a client gets; formats differ in what they show of functions that fail. */
function seenOf({ kind }: Failure, { route }: Pick<Exchange, 'route'>): { status: number; body: Buffer } {
  const { status, message } = failures[kind];
  const format = kind === 'function_error' || kind === 'bad_response' ? route?.format.failure : undefined;
  const body = format?.emptyBody === true ? '' : JSON.stringify({ message });
  return { status: format?.status ?? status, body: Buffer.from(body) };
}

/** Whether nobody knows what comes next, or when the rest of the body will. */
function endsConnection({ kind }: Failure, { incoming }: Exchange): boolean {
  if (kind === 'bad_request' || kind === 'request_timeout') return true;
  return kind === 'timeout' && !incoming.complete;
}

/** Whether more of the body is to come than is worth waiting for; who waits for leave to send it may never do. */
function isStillSending({ incoming }: Exchange): boolean {
  if (!hasBody(incoming) || incoming.complete) return false;
  const length = incoming.headers['content-length'];
  return length === undefined || Number(length) > smallBody || asksForLeave(incoming);
}

/**
 * Sends the last answer of a connection. A client that is still sending would lose it if the connection was closed at
 * once (RFC 9112 section 9.6), so what comes is thrown away for a while.
 */
function sendLast(exchange: Exchange, { status, headers, body }: HttpAnswer): void {
  const { incoming, outgoing } = exchange;
  outgoing.shouldKeepAlive = false;
  outgoing.writeHead(status, [...headLines(exchange, headers), 'content-length', String(body.length)]);
  exchange.bytesOut = incoming.method === 'HEAD' ? 0 : body.length;
  if (!isStillSending(exchange) || incoming.method === 'HEAD') {
    outgoing.end(body);
    return;
  }
  outgoing.write(body);
  const end = (): void => {
    clearTimeout(timer);
    outgoing.end();
  };
  const timer = setTimeout(end, lingerMs);
  incoming.once('close', end);
  incoming.once('end', end);
  incoming.resume();
}

/** Shows that an answer is not whole, the only way there is once it has begun: by a reset where that is possible. */
function breakOff(outgoing: ServerResponse): void {
  const { socket } = outgoing;
  if (socket && !('encrypted' in socket)) socket.resetAndDestroy();
  else outgoing.destroy();
}
