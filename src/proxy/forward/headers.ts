import { checkPort } from '../../core/network/addresses.ts';
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
  /** Where the client connected to. */
  readonly port: number;
  readonly secure: boolean;
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

/** What a trusted peer may say: one port, and one scheme (RFC 3986 section 3.1), not what several proxies added up. */
const isBelievable = {
  'x-forwarded-port': (value: string) => /^[0-9]{1,5}$/.test(value) && checkPort(Number(value)).ok,
  'x-forwarded-proto': (value: string) => /^[A-Za-z][A-Za-z0-9+.-]{0,31}$/.test(value),
};

/**
 * The headers of a request as its function sees them: those that are not of one connection, with what API Gateway and load
 * balancers add (https://docs.aws.amazon.com/elasticloadbalancing/latest/application/x-forwarded-headers.html).
 * @param rawHeaders names and values in turn, as they came
 */
export function forwardedHeaders(rawHeaders: readonly string[], additions: Additions): Pairs {
  const { authority, peer, trusted, traceId, bodyBytes, port, secure } = additions;
  const received: Pairs = [];
  const told = new Map<string, string>();
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const name = (rawHeaders[at] ?? '').toLowerCase();
    const value = rawHeaders[at + 1] ?? '';
    if (!ours.has(name)) received.push([name, value]);
    else if (name.startsWith('x-forwarded-')) told.set(name, listed(told.get(name), value));
  }
  const believed = (name: keyof typeof isBelievable): string | undefined => {
    const value = trusted ? told.get(name) : undefined;
    return value !== undefined && isBelievable[name](value) ? value : undefined;
  };
  const host: Pairs = authority === undefined ? [] : [['host', authority]];
  const pairs = [...host, ...endToEnd(received)];
  if (bodyBytes > 0) pairs.push(['content-length', String(bodyBytes)]);
  pairs.push(
    ['x-amzn-trace-id', traceId],
    ['x-forwarded-for', listed(told.get('x-forwarded-for'), peer)],
    ['x-forwarded-port', believed('x-forwarded-port') ?? String(port)],
    ['x-forwarded-proto', believed('x-forwarded-proto') ?? (secure ? 'https' : 'http')],
  );
  return pairs;
}

function listed(before: string | undefined, value: string): string {
  return before === undefined ? value : `${before}, ${value}`;
}
