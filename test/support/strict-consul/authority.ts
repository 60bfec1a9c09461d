import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import type { Tenancy } from './edition.ts';

/** Content of a leaf as the agent answers it, of the fields that are read. */
interface Leaf {
  CertPEM: string;
  PrivateKeyPEM: string;
  ValidAfter: string;
  ValidBefore: string;
}

const trustDomain = '11111111-2222-3333-4444-555555555555.consul';
const leafLifeMs = 72 * 3600 * 1000;
const rootLifeMs = 3650 * 24 * 3600 * 1000;

/** The certificate authority of Connect: one root, and a leaf for each service, which it keeps. */
export class Authority {
  readonly #leaves = new Map<string, Leaf>();
  #root: { keys: Keys; pem: string } | undefined;

  roots(): object {
    const { pem } = this.#rootNow();
    return { ActiveRootID: 'root', TrustDomain: trustDomain, Roots: [{ ID: 'root', RootCert: pem }] };
  }

  /** https://developer.hashicorp.com/consul/docs/secure-mesh/certificate: Enterprise names the partition unless it is `default`. */
  leaf({ Namespace = 'default' }: Tenancy, service: string): Leaf {
    const uri = `spiffe://${trustDomain}/ns/${Namespace}/dc/dc1/svc/${service}`;
    const known = this.#leaves.get(uri);
    if (known) return known;
    const keys = newKeys();
    const { from, until } = lifeOf(leafLifeMs);
    const issuer = this.#rootNow().keys;
    const leaf = {
      CertPEM: certificate({ subject: service, keys, issuer, from, until, uri }),
      PrivateKeyPEM: keys.privateKey.export({ type: 'sec1', format: 'pem' }).toString(),
      ValidAfter: from.toISOString(),
      ValidBefore: until.toISOString(),
    };
    this.#leaves.set(uri, leaf);
    return leaf;
  }

  #rootNow(): { keys: Keys; pem: string } {
    const keys = this.#root?.keys ?? newKeys();
    const life = lifeOf(rootLifeMs);
    this.#root ??= { keys, pem: certificate({ subject: 'root', keys, issuer: keys, ...life }) };
    return this.#root;
  }
}

interface Keys {
  publicKey: KeyObject;
  privateKey: KeyObject;
}

function newKeys(): Keys {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' });
}

/** Certificates know whole seconds. */
function lifeOf(ms: number): { from: Date; until: Date } {
  const now = Math.floor(Date.now() / 1000) * 1000;
  return { from: new Date(now), until: new Date(now + ms) };
}

interface Certified {
  subject: string;
  keys: Keys;
  issuer: Keys;
  from: Date;
  until: Date;
  /** Of a leaf. */
  uri?: string;
}

/** In PEM (https://www.rfc-editor.org/rfc/rfc5280#section-4.1). */
function certificate({ subject, keys, issuer, from, until, uri }: Certified): string {
  const algorithm = der(0x30, oid('2a8648ce3d040302'));
  const extension =
    uri === undefined
      ? der(0x30, oid('551d13'), der(0x04, der(0x30, der(0x01, Buffer.from([0xff])))))
      : der(0x30, oid('551d11'), der(0x04, der(0x30, der(0x86, Buffer.from(uri)))));
  const content = der(
    0x30,
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, Buffer.from([1])),
    algorithm,
    nameOf('root'),
    der(0x30, timeOf(from), timeOf(until)),
    nameOf(subject),
    keys.publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, der(0x30, extension)),
  );
  const signature = sign('sha256', content, issuer.privateKey);
  const whole = der(0x30, content, algorithm, der(0x03, Buffer.from([0]), signature));
  const lines = whole.toString('base64').match(/.{1,64}/g) ?? [];
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n');
}

function nameOf(commonName: string): Buffer {
  return der(0x30, der(0x31, der(0x30, oid('550403'), der(0x0c, Buffer.from(commonName)))));
}

function timeOf(time: Date): Buffer {
  return der(0x17, Buffer.from(`${time.toISOString().replace(/\D/g, '').slice(2, 14)}Z`));
}

function oid(hex: string): Buffer {
  return der(0x06, Buffer.from(hex, 'hex'));
}

function der(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  const long = length < 256 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...(length < 128 ? [length] : long)]), content]);
}
