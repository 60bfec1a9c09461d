import { createHmac, hash } from 'node:crypto';
import { rememberingLast } from '../core/remember.ts';

/** What a request is signed with. */
export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Of temporary credentials alone. */
  readonly sessionToken?: string;
  /** When temporary ones end. */
  readonly expiration?: Date;
}

/** Whom a signature is for. */
export interface Scope {
  /** As in the signature, such as `execute-api`. */
  readonly service: string;
  readonly region: string;
}

/** All of a request but its body. */
export interface Unsigned {
  readonly method: string;
  readonly url: URL;
  /** Names in lower case, without `host`; all of them are signed. */
  readonly headers: Readonly<Record<string, string>>;
}

/** Signs one request again and again, with other bodies at other times. */
export interface Signer {
  /**
   * All headers of the request, as name, value, name, value …: `host`, those that were given, and the signature.
   * @param now milliseconds since 1970
   */
  sign(body: string | Buffer, credentials: Credentials, now: number): string[];
}

/** What all bodies of one second have in common. */
interface Second {
  /** `20260728T120000Z`. */
  readonly time: string;
  readonly credentials: Credentials;
  readonly headers: readonly string[];
  /** The canonical request up to the hash of its body. */
  readonly request: string;
  /** What is signed, up to the hash of the canonical request. */
  readonly toSign: string;
  readonly key: Buffer;
  /** The `authorization` header up to the signature. */
  readonly authorization: string;
}

const algorithm = 'AWS4-HMAC-SHA256';

/**
 * Signature version 4 in headers (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html).
 * What depends on the second and the credentials is made once for both, so that a body costs three digests.
 */
export function createSigner({ service, region }: Scope, unsigned: Unsigned): Signer {
  const start = `${unsigned.method}\n${canonicalPath(unsigned.url)}\n${canonicalQuery(unsigned.url)}\n`;
  const keyOf = rememberingLast(
    ({ secret, day }: { secret: string; day: string }) =>
      [day, region, service, 'aws4_request'].reduce(hmac, Buffer.from(`AWS4${secret}`)),
    (left, right) => left.secret === right.secret && left.day === right.day,
  );

  function begin(credentials: Credentials, time: string): Second {
    const day = time.slice(0, 8);
    const headers = headersOf(unsigned, credentials, time);
    const names = headers.map(([name]) => name).join(';');
    const lines = headers.map(([name, value]) => `${name}:${value.trim().replaceAll(/[ \t]+/g, ' ')}\n`);
    const scope = `${day}/${region}/${service}/aws4_request`;
    return {
      time,
      credentials,
      headers: headers.flat(),
      request: `${start}${lines.join('')}\n${names}\n`,
      toSign: `${algorithm}\n${time}\n${scope}\n`,
      key: keyOf({ secret: credentials.secretAccessKey, day }),
      authorization: `${algorithm} Credential=${credentials.accessKeyId}/${scope}, SignedHeaders=${names}, Signature=`,
    };
  }

  let second: Second | undefined;
  return {
    sign(body, credentials, now) {
      const time = timeOf(now);
      if (second?.time !== time || second.credentials !== credentials) second = begin(credentials, time);
      const request = hash('sha256', second.request + hash('sha256', body));
      const signature = createHmac('sha256', second.key)
        .update(second.toSign + request)
        .digest('hex');
      return second.headers.concat('authorization', second.authorization + signature);
    },
  };
}

/** `20260728T120000Z`; the same text for all milliseconds of a second. */
const timeOfSecond = rememberingLast((second: number) =>
  new Date(second * 1000).toISOString().replaceAll(/[-:]|\.000/g, ''),
);

function timeOf(now: number): string {
  return timeOfSecond(Math.floor(now / 1000));
}

function hmac(key: Buffer, data: string): Buffer {
  return createHmac('sha256', key).update(data).digest();
}

/** In the order in which they are signed. */
function headersOf(
  { url, headers }: Unsigned,
  { sessionToken }: Credentials,
  time: string,
): [string, string][] {
  const all = { ...headers, host: url.host, 'x-amz-date': time };
  const token = sessionToken === undefined ? {} : { 'x-amz-security-token': sessionToken };
  return Object.entries({ ...all, ...token }).sort(([left], [right]) => order(left, right));
}

/** Segments are encoded once more than they are sent, S3 aside; empty ones are left out. */
function canonicalPath({ pathname }: URL): string {
  const segments = pathname.split('/').filter((segment) => segment !== '');
  const end = pathname.endsWith('/') && segments.length > 0 ? '/' : '';
  return `/${segments.map(percentEncoded).join('/')}${end}`;
}

/** By name, then by value, as the encoded forms compare. */
function canonicalQuery({ searchParams }: URL): string {
  const encoded = [...searchParams].map(([name, value]) => ({
    name: percentEncoded(name),
    value: percentEncoded(value),
  }));
  return encoded
    .sort((left, right) => order(left.name, right.name) || order(left.value, right.value))
    .map(({ name, value }) => `${name}=${value}`)
    .join('&');
}

function order(left: string, right: string): number {
  return left < right ? -1 : Number(left > right);
}

/** Percent-encodes all but the unreserved characters of RFC 3986, in upper case. */
export function percentEncoded(text: string): string {
  return encodeURIComponent(text).replaceAll(
    /[!'()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
