/**
 * Allow-lists for every word that reaches the file, so that nothing ever needs quoting: HAProxy reads `#`, quotes,
 * backslashes, `$`, `%` and blanks inside bare words
 * (https://docs.haproxy.org/2.6/configuration.html#2.2, names in 2.3).
 */
import { hash } from 'node:crypto';
import { type Checked, accepted, matching, refused } from '../core/checked.ts';
import { isHostName, isIpv4 } from '../core/network/hosts.ts';
import { checkHostPattern, checkPathPrefix, everyPath } from '../core/network/route.ts';
import { pathDepth } from './routes.ts';

const mostPathSegments = 16;
const longestPath = 255;

/** Names of services; the value is the text itself. */
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

/**
 * The name that a service or an instance with any text for a name has in a file: the text itself where it is one already,
 * else what is legal of it, `:` and a hash, so that different texts have different names. Nothing but the text counts.
 */
export function fileName(text: string): string {
  if (checkServiceName(text).ok) return text;
  const legal = text.replaceAll(/[^A-Za-z0-9._-]+/g, '_').replace(/^[^A-Za-z0-9]+/, '');
  return `${legal.slice(0, 64) || 'x'}:${hash('sha256', text, 'hex').slice(0, 16)}`;
}

/** A text for `fileName` that no service has for a name, since none may hold control characters. */
export function reservedName(text: string): string {
  return `\0${text}`;
}

/** Names of services as `fileName` gives them. */
export function checkFileName(text: string): Checked<string> {
  const plain = checkServiceName(text.replace(/:[0-9a-f]{16}$/, ''));
  return plain.ok ? accepted(text) : plain;
}

/** Names of cookies; of RFC 6265's tokens only the characters that are plain in a HAProxy file. */
export function checkCookieName(text: string): Checked<string> {
  return matching(text, /^[A-Za-z0-9._-]{1,64}$/, '1 to 64 letters, digits, ., _ and -');
}

/**
 * Hosts of routes in a file: those of `checkHostPattern`, but no odd spelling of an IPv4 address such as `1.2.3`.
 */
export function checkRouteHost(text: string): Checked<string> {
  const host = checkHostPattern(text);
  if (!host.ok || host.value.startsWith('[') || isIpv4(host.value)) return host;
  return isHostName(host.value.replace(/^\*\./, ''))
    ? host
    : refused('a host name that does not end in a number, or an IPv4 address of four numbers', text);
}

/**
 * Path prefixes of routes in a file, with or without the leading slash: those of `checkPathPrefix` in their normal form,
 * without `~`, which stands for a client's `:` there, and with few segments, since each depth costs a rule. `/` alone is no
 * prefix: leave the path away.
 */
export function checkRoutePath(text: string): Checked<string> {
  const path = text.startsWith('/') ? text : `/${text}`;
  const prefix = checkPathPrefix(path);
  const fits =
    prefix.ok &&
    prefix.value === path &&
    path !== everyPath &&
    !path.includes('~') &&
    pathDepth({ path }) <= mostPathSegments &&
    path.length <= longestPath;
  return fits
    ? prefix
    : refused(
        `a path of 1 to ${mostPathSegments} segments and at most ${longestPath} characters: letters, digits, ., _ and -`,
        text,
      );
}

/** Users of pages; the value is the text itself. */
export function checkUserName(text: string): Checked<string> {
  return matching(text, /^[A-Za-z0-9._-]{1,64}$/, '1 to 64 letters, digits, ., _ and -');
}

/** Where requests are sent that no route takes: a host name, with or without a port. */
export function checkDomain(text: string): Checked<string> {
  const [, host = '', port] = /^([^:]*)(?::([1-9][0-9]{0,4}))?$/.exec(text) ?? [];
  const fits = (isHostName(host) || isIpv4(host)) && Number(port ?? 80) <= 65_535;
  return fits ? accepted(text) : refused('a host name in lower case, with or without a port', text);
}

/** Lines of HAProxy's own language: one line each. */
export function checkOwnLine(text: string): Checked<string> {
  return matching(text, /^[^\r\n\0]{1,4096}$/, 'one line');
}

/** Paths that health checks ask for, with an optional query. */
export function checkHealthPath(text: string): Checked<string> {
  return matching(
    text,
    /^(?=.{1,255}$)\/[A-Za-z0-9._~/-]*(\?[A-Za-z0-9._~/=&-]*)?$/,
    'a path that starts with /, of letters, digits, ., _, ~, - and /, with an optional query',
  );
}
