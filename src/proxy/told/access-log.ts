import { randomUUID } from 'node:crypto';
import { logMessages } from '../../config/log-messages.ts';
import { jsonString } from '../../http/json-text.ts';
import { type Failure, failures } from '../failures.ts';
import type { Exchange } from '../forward/exchange.ts';
import type { Route } from '../routes/route.ts';
import { traceIdOf } from '../forward/trace-id.ts';

/** Takes whole lines. */
export interface LineWriter {
  write(line: string): unknown;
}

/** What clients and functions gave may be long. */
const longestText = 2_048;

/**
 * The line of a request that has ended, as JSON (the fields are the contract of log readers). It is put together here, since
 * writing an object takes three times as long, and each request has one.
 */
export function accessLine(exchange: Exchange): string {
  const { incoming, failure, route, invokeMs } = exchange;
  const about =
    `"request_id":"${exchange.requestId}","trace_id":${jsonString(exchange.traceId)}` +
    `,"method":${jsonString(incoming.method ?? '')},"host":${jsonString(exchange.host)}` +
    `,"path":${jsonString(exchange.path.slice(0, longestText))},"status":${statusOf(exchange)}` +
    `,"duration_ms":${rounded(performance.now() - exchange.started)},"queue_ms":${rounded(exchange.queueMs)}` +
    (invokeMs === undefined ? '' : `,"invoke_ms":${rounded(invokeMs)}`) +
    `,"bytes_in":${exchange.bytesIn},"bytes_out":${exchange.bytesOut}` +
    `,"source_ip":${jsonString(exchange.sourceIp)}`;
  return line(about + (route ? routeMembers(route) : '') + (failure ? failureMembers(failure) : ''));
}

function routeMembers({ label, target, format }: Route): string {
  return `,"route":${jsonString(label)},"target":${jsonString(target.name)},"format":"${format.name}"`;
}

function failureMembers({ kind, message }: Failure): string {
  return `,"error":"${kind}","detail":${jsonString(message.slice(0, longestText))}`;
}

/** The line of what was no request. */
export function refusedLine(failure: Failure, sourceIp: string): string {
  const requestId = randomUUID();
  const traceId = traceIdOf(undefined, requestId, Date.now());
  return line(
    `"request_id":"${requestId}","trace_id":"${traceId}","status":${failures[failure.kind].status}` +
      `,"duration_ms":0,"queue_ms":0,"bytes_in":0,"bytes_out":0` +
      `,"source_ip":${jsonString(sourceIp)}${failureMembers(failure)}`,
  );
}

function line(members: string): string {
  return `{"time":"${new Date().toISOString()}","level":"info","msg":"${logMessages.request}",${members}}\n`;
}

/** What the client was answered; that of a client which left is in logs alone. */
export function statusOf({ failure, outgoing }: Exchange): number {
  return failure?.kind === 'client_closed' ? failures.client_closed.status : outgoing.statusCode;
}

function rounded(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}
