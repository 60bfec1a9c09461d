import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { createLogger } from '../../../src/core/logger.ts';
import { Failure } from '../../../src/proxy/failures.ts';
import { Exchange } from '../../../src/proxy/forward/exchange.ts';
import { createSourceHealth } from '../../../src/proxy/routes/source-health.ts';
import { accessLine, refusedLine } from '../../../src/proxy/told/access-log.ts';
import { createManualClock } from '../clock/manual-clock.ts';
import type { LogLine } from '../program-process.ts';

/**
 * The lines that a proxy writes of requests answered 200 and 502, of one whose client left, of what was no request, and of
 * Consul that has not answered for a minute.
 */
export async function writtenByProxy(): Promise<LogLine[]> {
  const requests = [
    accessLine(answered(200)),
    accessLine(answered(502)),
    accessLine(answered(200, new Failure('client_closed', 'The client left.'))),
    refusedLine(new Failure('bad_request', 'This is no HTTP.'), '192.0.2.1'),
  ];
  return [...requests, ...(await writtenOfStaleSource())].map((line) => JSON.parse(line) as LogLine);
}

function answered(status: number, failure?: Failure): Exchange {
  const incoming = new IncomingMessage(new Socket());
  const outgoing = new ServerResponse(incoming);
  outgoing.statusCode = status;
  return Object.assign(new Exchange(incoming, outgoing), { failure });
}

async function writtenOfStaleSource(): Promise<string[]> {
  const lines: string[] = [];
  const clock = createManualClock();
  const stop = new AbortController();
  const logger = createLogger('info', {}, { write: (line) => void lines.push(line) });
  createSourceHealth('consul', logger, clock, stop.signal);
  await clock.advance(60_000);
  stop.abort();
  return lines;
}
