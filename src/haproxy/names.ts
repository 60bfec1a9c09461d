/**
 * Allow-lists for every word that reaches the file, so that nothing ever needs quoting: HAProxy reads `#`, quotes,
 * backslashes, `$`, `%` and blanks inside bare words
 * (https://docs.haproxy.org/2.6/configuration.html#2.2, names in 2.3).
 */
import { canonicalIpv6, isHostName, isIpv4 } from '../core/addresses.ts';
import { type Checked, accepted, matching, refused } from '../core/checked.ts';

const maxPathSegments = 16;
const maxPathLength = 255;

/** Names of services. */
export function checkServiceName(text: string): Checked<string> {
  return matching(
    text,
    /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/,
    '1 to 128 letters, digits, ., _ and -, the first a letter or digit',
  );
}

/** Ids of containers and other instances: what HAProxy allows in the name of a server. */
export function checkInstanceId(text: string): Checked<string> {
  return matching(
    text,
    /^[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$/,
    '1 to 128 letters, digits, ., _, : and -, the first a letter or digit',
  );
}

/** Names of cookies; of RFC 6265's tokens only the characters that are plain in a HAProxy file. */
export function checkCookieName(text: string): Checked<string> {
  return matching(text, /^[A-Za-z0-9._-]{1,64}$/, '1 to 64 letters, digits, ., _ and -');
}

/**
 * Hosts of routes: a name, `*.` and a name, or an IP address, IPv6 in brackets. Case, a trailing dot and the spelling of
 * an IPv6 address do not count (RFC 3986 section 3.2.2, RFC 5952).
 */
export function checkRouteHost(text: string): Checked<string> {
  const literal = /^\[(.*)\]$/.exec(text)?.[1];
  if (literal !== undefined) {
    const address = canonicalIpv6(literal);
    return address === undefined ? refused('an IPv6 address in brackets', text) : accepted(`[${address}]`);
  }
  const [, wildcard = '', name = ''] = /^(\*\.)?(.*?)\.?$/s.exec(text.toLowerCase()) ?? [];
  const known = isHostName(name) || (wildcard === '' && isIpv4(name));
  return known
    ? accepted(wildcard + name)
    : refused('a host name, *. and a host name, an IPv4 address or an IPv6 address in brackets', text);
}

/**
 * Path prefixes of routes, with or without the leading slash: segments of letters, digits, `.`, `_` and `-`. `/` alone
 * is no prefix: leave the path away.
 */
export function checkRoutePath(text: string): Checked<string> {
  const path = text.startsWith('/') ? text : `/${text}`;
  const segments = path.slice(1).split('/');
  const legal = segments.every((segment) => /^[A-Za-z0-9._-]+$/.test(segment) && !/^\.\.?$/.test(segment));
  return legal && segments.length <= maxPathSegments && path.length <= maxPathLength
    ? accepted(path)
    : refused(
        `a path of 1 to ${maxPathSegments} segments and at most ${maxPathLength} characters: letters, digits, ., _ and -`,
        text,
      );
}

/** Paths that health checks ask for, with an optional query. */
export function checkHealthPath(text: string): Checked<string> {
  return matching(
    text,
    /^(?=.{1,255}$)\/[A-Za-z0-9._~/-]*(\?[A-Za-z0-9._~/=&-]*)?$/,
    'a path that starts with /, of letters, digits, ., _, ~, - and /, with an optional query',
  );
}
