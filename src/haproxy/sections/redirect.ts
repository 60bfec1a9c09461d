import type { Frontend } from '../model.ts';

/** A host name or an address, IPv6 in brackets; without backslashes, which the file would have to double. */
const hostOfRedirect = '^([a-z0-9_.-]+|[[][0-9a-f:.]+[]])$';

/**
 * To our own TLS port, unless proxies in front of us end TLS: then to theirs, which is 443. Whoever names no host, or what
 * cannot be one (HAProxy 2.6 takes any bytes), is refused, so that nothing else ever reaches Location.
 * @param only a further condition
 */
export function redirectLines({ tls, trustedProxies }: Frontend, only = ''): string[] {
  const port = trustedProxies.length > 0 || !tls ? 443 : Math.min(...tls.binds.map(({ port }) => port));
  const suffix = port === 443 ? '' : `:${port}`;
  const location = `https://%[req.fhdr(host),host_only]${suffix}%[pathq]`;
  const overTls = '{ req.hdr(x-forwarded-proto) -i https }';
  const isHost = `{ req.fhdr(host),host_only -m reg -i ${hostOfRedirect} }`;
  return only === ''
    ? [
        `http-request deny deny_status 400 unless ${overTls} or ${isHost}`,
        `http-request redirect location ${location} code 308 unless ${overTls}`,
      ]
    : [
        `http-request deny deny_status 400 if ${only} !${overTls} !${isHost}`,
        `http-request redirect location ${location} code 308 if ${only} !${overTls}`,
      ];
}

/**
 * What becomes of a request that no route takes: 404, or a redirection to another domain, unless it is for that domain
 * already, so that none runs in circles.
 */
export function unroutedLines({ fallback }: Frontend): string[] {
  const notFound = 'http-request return status 404';
  if (fallback === undefined) return [notFound];
  const [host = ''] = fallback.domain.split(':');
  const location = `http://${fallback.domain}${fallback.keepPath ? '%[pathq]' : '/'}`;
  const isThere = `{ req.fhdr(host),host_only,lower,rtrim(.) -m str ${host} }`;
  return [`http-request redirect location ${location} code 302 unless ${isThere}`, notFound];
}
