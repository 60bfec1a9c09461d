import { createHash, createPrivateKey, X509Certificate } from 'node:crypto';
import * as z from 'zod';
import type { Leaf, Roots } from '../../consul/connect.ts';
import { AppError } from '../../core/errors.ts';
import { Secret } from '../../core/secret.ts';
import type { Storage } from '../../aws/api.ts';
import type { ExtensionSettings } from '../config.ts';
import type { Written } from './written.ts';

/** What every function is given alike. */
export interface Trust {
  trustDomain: string;
  /** All roots in PEM, the active one first. */
  rootCertPEM: string;
  fingerprint: string;
}

/** Bytes of a value (https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html). */
const largestStandard = 4096;
const largestAdvanced = 8192;

export function trustOf({ trustDomain, certificates }: Roots): Trust {
  const rootCertPEM = certificates.map((pem) => `${pem.trimEnd()}\n`).join('');
  return { trustDomain, rootCertPEM, fingerprint: fingerprintOf(trustDomain, rootCertPEM) };
}

/** What HashiCorp's extension reads (https://github.com/hashicorp/terraform-aws-consul-lambda, `ExtensionData`). */
export function extensionData(leaf: Leaf, { rootCertPEM, trustDomain }: Trust): Secret {
  const privateKeyPEM = leaf.privateKey.reveal();
  return new Secret(JSON.stringify({ privateKeyPEM, certPEM: leaf.certificates, rootCertPEM, trustDomain }));
}

/** What is to be kept in Meta of data that was made of this leaf. */
export function writtenWith(leaf: Leaf, trust: Trust, path: string): Written {
  const { validAfter, validBefore } = leaf;
  const renew = Math.floor((validAfter + validBefore) / 2);
  return { path, renew, expires: validBefore, roots: trust.fingerprint };
}

/**
 * How a value is stored: a tier is asked for only where it does not fit into a standard parameter.
 * @throws AppError TOO_LARGE where it fits into no parameter that the settings allow
 */
export function storageFor(value: Secret, { tier, kmsKey }: ExtensionSettings, service: string): Storage {
  const bytes = Buffer.byteLength(value.reveal());
  if (bytes <= largestStandard) return { tier: undefined, kmsKey };
  const what = `The extension data of ${service} takes ${bytes} bytes`;
  if (bytes > largestAdvanced) {
    const message = `${what}; no parameter holds more than ${largestAdvanced}. Let Consul drop roots that are no longer active, and use EC keys for its certificate authority.`;
    throw new AppError('TOO_LARGE', message);
  }
  if (tier === undefined || tier === 'Standard') {
    const message = `${what}; a standard parameter holds ${largestStandard}. Set CONSUL_EXTENSION_DATA_TIER to Advanced or Intelligent-Tiering.`;
    throw new AppError('TOO_LARGE', message);
  }
  return { tier, kmsKey };
}

const stored = z.object({
  privateKeyPEM: z.string(),
  certPEM: z.string(),
  rootCertPEM: z.string(),
  trustDomain: z.string(),
});

/** Whether a value is what Meta says was written: a leaf of this service with its key, and these roots. */
export function isIntact(value: Secret, service: string, { expires, roots }: Written): boolean {
  try {
    const { privateKeyPEM, certPEM, rootCertPEM, trustDomain } = stored.parse(JSON.parse(value.reveal()));
    const leaf = new X509Certificate(certPEM);
    return (
      fingerprintOf(trustDomain, rootCertPEM) === roots &&
      Date.parse(leaf.validTo) / 1000 === expires &&
      leaf.subjectAltName?.endsWith(`/svc/${service}`) === true &&
      leaf.checkPrivateKey(createPrivateKey(privateKeyPEM))
    );
  } catch {
    // What cannot be read was not written by us. The errors may quote the key, and go nowhere.
    return false;
  }
}

function fingerprintOf(trustDomain: string, rootCertPEM: string): string {
  return createHash('sha256').update(`${trustDomain}\n${rootCertPEM}`).digest('hex').slice(0, 32);
}
