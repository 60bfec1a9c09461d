import type { Pairs } from './pairs.ts';

/** Headers that concern one connection alone (RFC 9110 section 7.6.1, RFC 2616 section 13.5.1). */
const hopByHop = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** The headers that go on to the other side: not those of one connection, nor those that `Connection` names. */
export function endToEnd(pairs: Readonly<Pairs>): Pairs {
  const named = pairs.some(isConnection) ? namedByConnection(pairs) : [];
  return pairs.filter(([name]) => !hopByHop.has(name) && !named.includes(name));
}

/** Whether HTTP allows the name of a header: a token (RFC 9110 section 5.6.2). */
export function isHeaderName(name: string): boolean {
  return /^[!#$%&'*+.^_`|~\w-]+$/.test(name);
}

/** Whether HTTP allows the value of a header: no control characters but the tab (RFC 9110 section 5.5). */
export function isHeaderValue(value: string): boolean {
  // oxlint-disable-next-line no-control-regex -- control characters are what must not be there
  return !/[\0-\x08\x0a-\x1f\x7f]/.test(value);
}

/** Headers hold bytes alone, one character a byte; other text becomes its bytes in UTF-8. */
export function byteString(text: string): string {
  return /[^\0-\xff]/.test(text) ? Buffer.from(text).toString('latin1') : text;
}

function isConnection([name]: Readonly<Pairs[number]>): boolean {
  return name === 'connection';
}

function namedByConnection(pairs: Readonly<Pairs>): string[] {
  return pairs
    .filter(isConnection)
    .flatMap(([, value]) => value.split(',').map((name) => name.trim().toLowerCase()));
}
