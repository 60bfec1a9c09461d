import { type Checked, accepted, refused } from '../checked.ts';
import { canonicalIpv6, isDnsName } from './hosts.ts';

/** The path that stands for every path. */
export const everyPath = '/';

/**
 * Hosts of routes, in their normal form: a name in lower case without a final dot, `*.` and a name (one label more), an
 * IPv4 address, or an IPv6 address in brackets as RFC 5952 writes it (case and spelling do not count: RFC 3986 section
 * 3.2.2). Every form in which routes are written takes these or fewer.
 */
export function checkHostPattern(text: string): Checked<string> {
  const literal = /^\[(.*)\]$/.exec(text)?.[1];
  if (literal !== undefined) {
    const address = canonicalIpv6(literal);
    return address === undefined ? refused('an IPv6 address in brackets', text) : accepted(`[${address}]`);
  }
  const host = text.toLowerCase().replace(/\.$/, '');
  return isDnsName(host.replace(/^\*\./, ''))
    ? accepted(host)
    : refused('a host name, *. and a host name, an IPv4 address or an IPv6 address in brackets', text);
}

/**
 * Path prefixes of routes, in their normal form without a slash at the end: `/` alone, or segments of characters that RFC
 * 3986 section 2.3 calls unreserved, none of them `.` or `..`. Paths are compared byte for byte, so nothing else is
 * changed. Every form in which routes are written takes these or fewer.
 */
export function checkPathPrefix(text: string): Checked<string> {
  if (text === everyPath) return accepted(everyPath);
  return /^(\/(?!\.{1,2}(\/|$))[A-Za-z0-9._~-]+)+\/?$/.test(text)
    ? accepted(text.replace(/\/$/, ''))
    : refused('/, or segments of letters, digits, ., _, ~ and -, each after a /, none of them . or ..', text);
}
