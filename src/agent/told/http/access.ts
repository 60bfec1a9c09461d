import { createHash, timingSafeEqual } from 'node:crypto';
import type { Secret } from '../../../core/secret.ts';

/** Why a request is not answered. */
export interface Refusal {
  readonly status: 401 | 403;
  readonly message: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** Names of this machine itself, with any port. A name that somebody else's DNS leads here is another. */
const loopbackHost = /^(localhost|127\.0\.0\.1|\[::1\])(:[0-9]{1,5})?$/i;

/** RFC 7617 section 2.1: browsers ask for a user, who may have any name, and a password. */
const challenge = 'Basic realm="lambda-registrator", charset="UTF-8"';

/**
 * Whether a request may see the pages of an agent; undefined: it may. Pages of other origins may not send one
 * (https://www.w3.org/TR/fetch-metadata/), whatever the browser knows. Without a token it must be for this machine by name,
 * so that no page that has a name here by DNS passes for one of ours.
 * @param token as Bearer, or as the password of Basic
 */
export function refusalOf(headers: Headers, token: Secret | undefined): Refusal | undefined {
  const host = headers.get('host') ?? '';
  if (isForeign(headers, host)) return forbidden('This page answers to no other origin.');
  if (token === undefined) {
    return loopbackHost.test(host)
      ? undefined
      : forbidden('Without admin.token only localhost, 127.0.0.1 and [::1] are answered.');
  }
  const given = givenToken(headers.get('authorization') ?? '');
  if (given !== undefined && isSame(given, token.reveal())) return undefined;
  return {
    status: 401,
    message: 'The token of admin.token is needed, as Bearer or as a password.',
    headers: { 'www-authenticate': challenge },
  };
}

function forbidden(message: string): Refusal {
  return { status: 403, message, headers: {} };
}

function isForeign(headers: Headers, host: string): boolean {
  const site = headers.get('sec-fetch-site');
  if (site === 'cross-site' || site === 'same-site') return true;
  const origin = headers.get('origin');
  // A proxy before us may add TLS, so that the scheme does not count.
  return origin !== null && origin.toLowerCase().replace(/^https?:\/\//, '') !== host.toLowerCase();
}

function givenToken(authorization: string): string | undefined {
  const [, scheme = '', credentials = ''] = /^(\S+) +(\S+)$/.exec(authorization) ?? [];
  if (scheme.toLowerCase() === 'bearer') return credentials;
  if (scheme.toLowerCase() !== 'basic') return undefined;
  const [, password] = /^[^:]*:(.*)$/s.exec(Buffer.from(credentials, 'base64').toString()) ?? [];
  return password;
}

/** Takes as long for a near miss as for any other. */
function isSame(left: string, right: string): boolean {
  return timingSafeEqual(digest(left), digest(right));
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
