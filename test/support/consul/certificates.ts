import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';

/** PEM of a CA and of a client certificate that it signed. */
export interface Certificates {
  ca: string;
  clientCert: string;
  clientKey: string;
}

/** Makes a CA with Consul's own command, in `cwd`, and with it certificates for a server of dc1 and for a client. */
export async function makeCertificates(binary: string, cwd: string): Promise<Certificates> {
  const consulTls = (...command: string[]) => promisify(execFile)(binary, ['tls', ...command], { cwd });
  await consulTls('ca', 'create');
  await consulTls('cert', 'create', '-server', '-dc', 'dc1');
  await consulTls('cert', 'create', '-client', '-dc', 'dc1');
  const read = (name: string) => readFile(path.join(cwd, name), 'utf8');
  return {
    ca: await read('consul-agent-ca.pem'),
    clientCert: await read('dc1-client-consul-0.pem'),
    clientKey: await read('dc1-client-consul-0-key.pem'),
  };
}

/** The server's part of Consul's configuration; since 1.12 it belongs under `tls` (https://developer.hashicorp.com/consul/docs/agent/config/config-files#tls). */
export function tlsConfiguration(folder: string, underTls: boolean, verifyClients: boolean): object {
  const files = {
    ca_file: path.join(folder, 'consul-agent-ca.pem'),
    cert_file: path.join(folder, 'dc1-server-consul-0.pem'),
    key_file: path.join(folder, 'dc1-server-consul-0-key.pem'),
  };
  return underTls
    ? { tls: { defaults: files, https: { verify_incoming: verifyClients } } }
    : { ...files, verify_incoming_https: verifyClients };
}
