import { type Hash, type Hmac, createHash, createHmac } from 'node:crypto';
import { SignatureV4 } from '@smithy/signature-v4';

type SignerOptions = ConstructorParameters<typeof SignatureV4>[0];

/** Credentials, or what gives them anew for each request. */
type Credentials = SignerOptions['credentials'];

interface Scope {
  /** As in the signature, such as `execute-api`. */
  readonly service: string;
  readonly region: string;
  readonly credentials: Credentials;
}

interface Request {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/**
 * The headers of a request with its signature, version 4, but without `host`, which HTTP clients add
 * (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html).
 */
export async function signedHeaders(scope: Scope, request: Request): Promise<Record<string, string>> {
  const { method, url, headers, body } = request;
  const signed = await new SignatureV4({ ...scope, sha256: Sha256 }).sign({
    method,
    protocol: url.protocol,
    hostname: url.hostname,
    path: url.pathname,
    query: Object.fromEntries(url.searchParams),
    headers: { ...headers, host: url.host },
    body,
  });
  const { host: _, ...rest } = signed.headers;
  return rest;
}

type Data = string | ArrayBuffer | ArrayBufferView;

/** Node's SHA-256, and HMAC of it when there is a key, in the form that the signer takes. */
class Sha256 {
  readonly #hash: Hash | Hmac;

  constructor(key?: Data) {
    this.#hash = key === undefined ? createHash('sha256') : createHmac('sha256', bytesOf(key));
  }

  update(data: Data): void {
    this.#hash.update(bytesOf(data));
  }

  digest(): Promise<Uint8Array> {
    return Promise.resolve(this.#hash.digest());
  }
}

function bytesOf(data: Data): Uint8Array {
  if (typeof data === 'string') return Buffer.from(data);
  return ArrayBuffer.isView(data)
    ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    : new Uint8Array(data);
}
