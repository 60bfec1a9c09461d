import type { IncomingMessage } from 'node:http';
import type { Limits } from '../config.ts';
import { Failure } from '../failures.ts';
import type { Exchange } from './exchange.ts';

/** Whether a body follows the headers (RFC 9112 section 6.3). */
export function hasBody({ headers }: IncomingMessage): boolean {
  return (headers['content-length'] ?? '0') !== '0' || headers['transfer-encoding'] !== undefined;
}

/** Whether the client sends its body only when it is told to (RFC 9110 section 10.1.1). */
export function asksForLeave({ headers, httpVersion }: IncomingMessage): boolean {
  return httpVersion === '1.1' && /(^|,)\s*100-continue\s*(,|$)/i.test(headers.expect ?? '');
}

/**
 * The body of a request.
 * @throws Failure too_large, as soon as the limit is known to be passed; request_timeout; the exchange's reason
 */
export async function readBody(exchange: Exchange, limits: Limits): Promise<Buffer> {
  const { incoming } = exchange;
  if (exchange.reason) throw exchange.reason;
  const { bodyBytes, bodyTimeoutMs } = limits;
  if (Number(incoming.headers['content-length'] ?? 0) > bodyBytes) throw tooLarge(bodyBytes);
  if (asksForLeave(incoming)) exchange.outgoing.writeContinue();
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const end = (settle: () => void): void => {
      clearTimeout(timer);
      stopWatching();
      incoming.removeAllListeners('data');
      incoming.removeAllListeners('end');
      settle();
    };
    const timer = setTimeout(
      () => end(() => reject(new Failure('request_timeout', `no whole body within ${bodyTimeoutMs} ms`))),
      bodyTimeoutMs,
    );
    const stopWatching = exchange.onCancel(() =>
      end(() => reject(exchange.reason ?? new Error('cancelled'))),
    );
    incoming.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      exchange.bytesIn += chunk.length;
      if (exchange.bytesIn > bodyBytes) end(() => reject(tooLarge(bodyBytes)));
    });
    incoming.on('end', () => end(() => resolve(Buffer.concat(chunks))));
  });
}

function tooLarge(limit: number): Failure {
  return new Failure('too_large', `the body has more than ${limit} bytes`);
}
