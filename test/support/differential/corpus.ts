import type { Pairs } from '../../../src/http/pairs.ts';
import {
  answerNames,
  bodies,
  cookies,
  headers,
  hosts,
  methods,
  oddPaths,
  oddQueries,
  paths,
  queries,
} from './request-tables.ts';

/** A request, whose head is sent as it is written here: one character a byte. */
export interface RawRequest {
  readonly method: string;
  readonly target: string;
  readonly headers: Pairs;
  readonly body: Buffer;
  readonly isChunked: boolean;
}

/** The bytes that are sent. */
export function bytesOf({ method, target, headers, body, isChunked }: RawRequest): Buffer {
  const lines = [`${method} ${target} HTTP/1.1`, ...headers.map(([name, value]) => `${name}: ${value}`)];
  const head = Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1');
  return Buffer.concat([head, isChunked ? chunked(body) : body]);
}

function chunked(body: Buffer): Buffer {
  const parts = [body.subarray(0, 3), body.subarray(3)].filter(({ length }) => length > 0);
  const chunks = parts.flatMap((part) => [
    Buffer.from(`${part.length.toString(16)}\r\n`),
    part,
    Buffer.from('\r\n'),
  ]);
  return Buffer.concat([...chunks, Buffer.from('0\r\n\r\n')]);
}

interface Partial {
  readonly method?: string;
  readonly target?: string;
  readonly host?: string;
  readonly headers?: Pairs;
  readonly body?: Buffer | string;
  readonly isChunked?: boolean;
}

function requestOf({
  method = 'GET',
  target = '/echo',
  host = 'shop.example.com',
  headers = [],
  body = '',
  isChunked = false,
}: Partial): RawRequest {
  const bytes = Buffer.from(body);
  const hasLength = bytes.length > 0 || method === 'POST';
  const framing: Pairs = isChunked
    ? [['Transfer-Encoding', 'chunked']]
    : hasLength
      ? [['Content-Length', String(bytes.length)]]
      : [];
  return { method, target, headers: [['Host', host], ...headers, ...framing], body: bytes, isChunked };
}

/** Every request that is sent to all applications. */
export const corpus: readonly RawRequest[] = [
  ...methods.flatMap((method) =>
    ['/echo', '/echo/a%2Fb?a=1&a=2', '/echo//x/'].map((target) => requestOf({ method, target })),
  ),
  ...[...paths, ...oddPaths].flatMap((path) => [
    requestOf({ target: path }),
    requestOf({
      method: 'POST',
      target: `${path}?q=1`,
      headers: [['Content-Type', 'text/plain']],
      body: 'x',
    }),
  ]),
  ...[...queries, ...oddQueries].flatMap((query) => [
    requestOf({ target: `/echo?${query}` }),
    requestOf({ method: 'PUT', target: `/echo/a?${query}` }),
  ]),
  ...cookies.map((lines) => requestOf({ headers: lines.map((line) => ['Cookie', line]) })),
  ...bodies.flatMap(({ type, encoding, body }) => {
    const given: Pairs = [
      ...(type === undefined ? [] : [['Content-Type', type] as Pairs[number]]),
      ...(encoding === undefined ? [] : [['Content-Encoding', encoding] as Pairs[number]]),
    ];
    return [
      requestOf({ method: 'POST', headers: given, body }),
      requestOf({ method: 'PUT', headers: given, body, isChunked: true }),
    ];
  }),
  ...hosts.map((host) => requestOf({ host })),
  ...headers.map((pairs) => requestOf({ headers: pairs })),
  ...answerNames.flatMap((name) =>
    ['GET', 'HEAD', 'POST'].map((method) => requestOf({ method, target: `/answer/${name}` })),
  ),
];
