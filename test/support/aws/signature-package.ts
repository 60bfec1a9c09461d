import { createHash, createHmac, type Hash, type Hmac } from 'node:crypto';
import { SignatureV4 } from '@smithy/signature-v4';
import type { Credentials } from '../../../src/aws/signer.ts';

export interface ToSign {
  service: string;
  region: string;
  credentials: Credentials;
  now: number;
  method: string;
  url: URL;
  headers: Record<string, string>;
  body: string | Buffer;
}

/** The headers that the signature package of the SDK gives a request. */
export async function signedByPackage({
  service,
  region,
  credentials,
  now,
  method,
  url,
  headers,
  body,
}: ToSign): Promise<Record<string, string>> {
  const signer = new SignatureV4({ service, region, credentials, sha256: Sha256, applyChecksum: false });
  const query: Record<string, string[]> = {};
  for (const [name, value] of url.searchParams) (query[name] ??= []).push(value);
  const request = { method, protocol: url.protocol, hostname: url.hostname, path: url.pathname, query, body };
  const signed = await signer.sign(
    { ...request, headers: { ...headers, host: url.host } },
    { signingDate: new Date(now) },
  );
  return signed.headers;
}

type Data = string | ArrayBuffer | ArrayBufferView;

/** Node's digests in the form that the signature package takes. */
class Sha256 {
  readonly #hash: Hash | Hmac;

  constructor(secret?: Data) {
    this.#hash = secret === undefined ? createHash('sha256') : createHmac('sha256', bytes(secret));
  }

  update(data: Data): void {
    this.#hash.update(bytes(data));
  }

  digest(): Promise<Uint8Array> {
    return Promise.resolve(this.#hash.digest());
  }
}

function bytes(data: Data): Uint8Array {
  if (typeof data === 'string') return Buffer.from(data);
  return ArrayBuffer.isView(data)
    ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    : new Uint8Array(data);
}
