import { generateKeyPairSync, X509Certificate } from 'node:crypto';
import type { ConsulEndpoint } from './calls.ts';
import { waitUntil } from '../wait-until.ts';

/** The certificates of a text in PEM, in their order. */
export function certificatesIn(pem: string): X509Certificate[] {
  const texts = pem.match(/-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----/gs) ?? [];
  return texts.map((text) => new X509Certificate(text));
}

/** Makes Consul sign with another root, and waits until its agent knows of it. */
export async function rotateRoot(server: ConsulEndpoint, config: object = {}): Promise<void> {
  const before = await activeRoot(server);
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const PrivateKey = privateKey.export({ type: 'sec1', format: 'pem' });
  const Config = { LeafCertTTL: '72h', IntermediateCertTTL: '8760h', ...config, PrivateKey, RootCert: '' };
  await server.ok('PUT', '/v1/connect/ca/configuration', { Provider: 'consul', Config });
  await waitUntil('another root', async () => (await activeRoot(server)) !== before);
}

async function activeRoot(server: ConsulEndpoint): Promise<string> {
  const roots = await server.ok('GET', '/v1/agent/connect/ca/roots');
  return (roots as { ActiveRootID: string }).ActiveRootID;
}
