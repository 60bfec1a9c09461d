import type { IncomingMessage } from 'node:http';
import { endToEnd } from '../../http/headers.ts';
import type { Pairs } from '../../http/pairs.ts';

/** What the proxy itself says of a request. */
interface Additions {
  /** Whom the client asks, as it wrote it; undefined when it names nobody. */
  readonly authority: string | undefined;
  readonly peer: string;
  /** Whether the peer's word on protocol and port counts. */
  readonly trusted: boolean;
  readonly traceId: string;
  readonly bodyBytes: number;
}

/** Those that are replaced by what the proxy says, or end here. */
const ours = new Set([
  'host',
  'expect',
  'content-length',
  'x-amzn-trace-id',
  'x-forwarded-for',
  'x-forwarded-port',
  'x-forwarded-proto',
]);

/**
 * The headers of a request as its function sees them: those that are not of one connection, with what API Gateway and load
 * balancers add (https://docs.aws.amazon.com/elasticloadbalancing/latest/application/x-forwarded-headers.html).
 */
export function forwardedHeaders(incoming: IncomingMessage, additions: Additions): Pairs {
  const { rawHeaders, socket } = incoming;
  const { authority, peer, trusted, traceId, bodyBytes } = additions;
  const received: Pairs = [];
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const name = (rawHeaders[at] ?? '').toLowerCase();
    if (!ours.has(name)) received.push([name, rawHeaders[at + 1] ?? '']);
  }
  const pairs = endToEnd(received);
  if (authority !== undefined) pairs.unshift(['host', authority]);
  if (bodyBytes > 0) pairs.push(['content-length', String(bodyBytes)]);
  const told = (name: string): string => [incoming.headers[name] ?? []].flat().join(', ');
  const before = told('x-forwarded-for');
  const port = trusted ? told('x-forwarded-port') : '';
  const protocol = trusted ? told('x-forwarded-proto') : '';
  pairs.push(
    ['x-amzn-trace-id', traceId],
    ['x-forwarded-for', before === '' ? peer : `${before}, ${peer}`],
    ['x-forwarded-port', port || String(socket.localPort ?? '')],
    ['x-forwarded-proto', protocol || ('encrypted' in socket ? 'https' : 'http')],
  );
  return pairs;
}
