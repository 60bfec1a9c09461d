import { accepted, type Checked, refused } from '../../core/checked.ts';
import { canonicalIpv6 } from '../../core/network/hosts.ts';

/** The parts of a request that name its host. */
export interface HostParts {
  /** The request target as its bytes came. */
  readonly target: string;
  /** The values of all `Host` header lines. */
  readonly hosts: readonly string[];
  /** As `1.1`. */
  readonly httpVersion: string;
}

/** What a request asks its host for, as its bytes came. */
export interface RequestTarget {
  readonly path: string;
  /** What follows the `?`; undefined without one. */
  readonly query: string | undefined;
}

const absoluteForm = /^https?:\/\/([^/?#]*)(.*)$/is;

/**
 * The host that a request is for, in lower case, without port and one final dot, IPv6 addresses in brackets as RFC 5952
 * writes them; or why the request is bad. The authority of an absolute target wins over `Host`
 * (https://www.rfc-editor.org/rfc/rfc9112#section-3.2). Empty for a client that names none, as HTTP/1.0 allows.
 */
export function hostOf({ target, hosts, httpVersion }: HostParts): Checked<string> {
  const [named, another] = hosts;
  if (another !== undefined || (named === undefined && httpVersion !== '1.0')) {
    return { ok: false, problem: `must be named by one Host header, not by ${hosts.length}` };
  }
  const host = named === undefined ? accepted('') : normalHost(named);
  const [, authority] = absoluteForm.exec(target) ?? [];
  if (!host.ok || authority === undefined) return host;
  return authority === '' ? refused('a target with a host', target) : normalHost(authority);
}

function normalHost(text: string): Checked<string> {
  const [, literal, name] = /^(?:\[([^\]]*)\]|([A-Za-z0-9._-]*))(?::[0-9]{0,5})?$/.exec(text) ?? [];
  if (name !== undefined) return accepted(name.toLowerCase().replace(/\.$/, ''));
  const address = literal === undefined ? undefined : canonicalIpv6(literal);
  return address === undefined
    ? refused('a host name or an IP address, with or without a port', text)
    : accepted(`[${address}]`);
}

/**
 * Path and query of a request target in origin, absolute or asterisk form, never cleaned or decoded
 * (https://www.rfc-editor.org/rfc/rfc9112#section-3.2). An absolute target without a path has `/`.
 */
export function targetOf(target: string): Checked<RequestTarget> {
  if (target.startsWith('/') || target === '*') return accepted(split(target));
  const [, , rest] = absoluteForm.exec(target) ?? [];
  if (rest === undefined) return refused('a path, an http URL or *', target);
  return accepted(split(rest.startsWith('/') ? rest : `/${rest}`));
}

function split(target: string): RequestTarget {
  const mark = target.indexOf('?');
  return mark === -1
    ? { path: target, query: undefined }
    : { path: target.slice(0, mark), query: target.slice(mark + 1) };
}
