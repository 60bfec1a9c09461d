import type { Pairs } from '../../../src/http/pairs.ts';
import { type RawRequest, requestOf } from '../http/raw-http.ts';
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
