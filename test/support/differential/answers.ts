import { gzipSync } from 'node:zlib';
import type { Pairs } from '../../../src/http/pairs.ts';

/** What an application sees of a request, as JSON. */
export interface Echo {
  readonly method: string;
  /** As the application is given it. */
  readonly url: string;
  readonly host: string | undefined;
  /** As the framework reads it. */
  readonly query: unknown;
  readonly cookie: string | undefined;
  readonly client: string | undefined;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** In hexadecimal digits. */
  readonly body: string;
}

/** An answer of an application; header values have one character a byte. */
export interface AppAnswer {
  readonly status: number;
  readonly headers: Pairs;
  readonly body: Buffer | string;
  /** Sent piece by piece. */
  readonly isStreamed?: boolean;
}

const text = { 'content-type': 'text/plain; charset=utf-8' };

function answer(status: number, headers: Record<string, string>, body: Buffer | string = ''): AppAnswer {
  return { status, headers: Object.entries(headers), body };
}

/** What applications answer at `/answer/<name>`. */
const answers: Readonly<Record<string, AppAnswer>> = {
  cookies: {
    status: 200,
    headers: [
      ['content-type', 'text/plain'],
      ['set-cookie', 'a=1; Path=/'],
      ['set-cookie', 'b="x y"; HttpOnly'],
      ['set-cookie', 'c=3; Expires=Wed, 21 Oct 2026 07:28:00 GMT'],
    ],
    body: 'three cookies',
  },
  cookie: answer(200, { ...text, 'set-cookie': 'only=one; Expires=Wed, 21 Oct 2026 07:28:00 GMT' }, 'one'),
  binary: answer(
    200,
    { 'content-type': 'image/png' },
    Buffer.from(Array.from({ length: 256 }, (_, at) => at)),
  ),
  gzip: answer(200, { ...text, 'content-encoding': 'gzip' }, gzipSync('packed', { level: 9 })),
  json: answer(200, { 'content-type': 'application/json' }, '{"a":"é","statusCode":500}'),
  html: answer(200, { 'content-type': 'text/html' }, '<p>é 😀</p>'),
  empty: answer(200, text),
  'no-content': answer(204, {}),
  'not-modified': answer(304, { etag: '"abc"' }),
  redirect: answer(302, { location: '/echo?a=1&b=2' }),
  'see-other': answer(303, { location: 'https://example.com/%C3%A9' }),
  teapot: answer(418, text, 'short and stout'),
  unusual: answer(299, text, 'unusual'),
  unavailable: answer(503, { ...text, 'retry-after': '7' }, 'later'),
  large: answer(200, text, 'é'.repeat(500_000)),
  'large-binary': answer(200, { 'content-type': 'application/octet-stream' }, Buffer.alloc(1_000_000, 0xfe)),
  repeated: {
    status: 200,
    headers: [
      ...Object.entries(text),
      ['vary', 'accept'],
      ['vary', 'origin'],
      ['x-list', 'a, b'],
      ['x-list', 'c'],
    ],
    body: 'repeated',
  },
  utf8: answer(200, text, '\ufeffé € 😀 \u2028'),
  'latin1-header': answer(200, { ...text, 'x-name': 'caf\u00e9' }, 'latin1'),
  'utf8-header': answer(200, { ...text, 'x-name': 'caf\u00c3\u00a9' }, 'utf8'),
  'long-header': answer(200, { ...text, 'x-long': 'x'.repeat(7000) }, 'long'),
  'no-type': answer(200, {}, Buffer.from('no type')),
  streamed: { status: 200, headers: Object.entries(text), body: 'piece by piece', isStreamed: true },
  error: answer(500, { 'content-type': 'application/json' }, '{"errorMessage":"mine","errorType":"Error"}'),
};

/** The answer to any other path: what the application saw. */
export function echoAnswer(echo: Echo): AppAnswer {
  return answer(200, { 'content-type': 'application/json' }, JSON.stringify(echo));
}

/** The answer that a path names, if it names one. */
export function answerFor(path: string): AppAnswer | undefined {
  const [, name] = /^\/answer\/([a-z0-9-]+)$/.exec(path) ?? [];
  return name === undefined ? undefined : (answers[name] ?? answer(404, text, 'unknown'));
}
