import { randomUUID } from 'node:crypto';
import { type Failure, failures } from '../failures.ts';
import type { Exchange } from '../forward/exchange.ts';
import { traceIdOf } from '../forward/trace-id.ts';

/** Takes whole lines. */
export interface LineWriter {
  write(line: string): unknown;
}

/** What clients and functions gave may be long. */
const longestText = 2_048;

/** The line of a request that has ended, as JSON (the fields are the contract of log readers). */
export function accessLine(exchange: Exchange): string {
  const { incoming, failure, route, invokeMs } = exchange;
  return line({
    request_id: exchange.requestId,
    trace_id: exchange.traceId,
    method: incoming.method,
    host: exchange.host.slice(0, longestText),
    path: exchange.path.slice(0, longestText),
    status: statusOf(exchange),
    duration_ms: rounded(performance.now() - exchange.started),
    queue_ms: rounded(exchange.queueMs),
    invoke_ms: invokeMs === undefined ? undefined : rounded(invokeMs),
    bytes_in: exchange.bytesIn,
    bytes_out: exchange.bytesOut,
    source_ip: exchange.sourceIp,
    route: route?.label,
    target: route?.target.name,
    format: route?.format.name,
    error: failure?.kind,
    detail: failure?.message.slice(0, longestText),
  });
}

/** The line of what was no request. */
export function refusedLine(failure: Failure, sourceIp: string): string {
  const { kind, message } = failure;
  const requestId = randomUUID();
  return line({
    request_id: requestId,
    trace_id: traceIdOf(undefined, requestId, Date.now()),
    status: failures[kind].status,
    duration_ms: 0,
    queue_ms: 0,
    bytes_in: 0,
    bytes_out: 0,
    source_ip: sourceIp,
    error: kind,
    detail: message,
  });
}

function line(fields: object): string {
  return `{"time":"${new Date().toISOString()}","level":"info","msg":"request",${JSON.stringify(fields).slice(1)}\n`;
}

/** What the client was answered; that of a client which left is in logs alone. */
export function statusOf({ failure, outgoing }: Exchange): number {
  return failure?.kind === 'client_closed' ? failures.client_closed.status : outgoing.statusCode;
}

function rounded(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}
