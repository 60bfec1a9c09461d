import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { readProxyConfig } from '../../src/proxy/config.ts';

const read = (text: string) => readProxyConfig(text, 'lrp.yaml', {});
const config = (text: string) => read(text).config;

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'proxy-config-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

it('finds Consul as the file says', async () => {
  const ca = join(folder, 'ca.pem');
  await writeFile(ca, '-----BEGIN CERTIFICATE-----\n');
  const text = `
region: eu-west-3
consul:
  address: https://consul.example.com:8501/behind
  ca_file: ${ca}
  token: s3cret
  datacenter: dc2
  namespace: team
  partition: part
  domain: Lambda.Internal.
  format: raw
  region: eu-west-1
  assume_role_arn: arn:aws:iam::123456789012:role/x
  external_id: id
  streaming: true
  concurrency: 10
  timeout: 30s
  queue: { size: 1 }
`;
  const { consul } = config(text);
  expect(consul).toMatchObject({
    settings: {
      address: { host: 'consul.example.com', port: 8501, secure: true, path: '/behind' },
      ca: '-----BEGIN CERTIFICATE-----\n',
    },
    place: { datacenter: 'dc2', namespace: 'team', partition: 'part' },
    domain: 'lambda.internal',
    format: 'raw',
    region: 'eu-west-1',
    assumeRoleArn: 'arn:aws:iam::123456789012:role/x',
    externalId: 'id',
    streaming: true,
    concurrency: 10,
    timeoutMs: 30_000,
    queue: { size: 1, timeoutMs: 60_000 },
  });
  expect(consul?.settings.token?.reveal()).toBe('s3cret');
  expect(inspect(consul, { depth: 9 }) + JSON.stringify(consul)).not.toContain('s3cret');
  expect(config('region: eu-west-3\nconsul: {}').consul?.region).toBe('eu-west-3');
});

it('has the token of Consul in a file, which is looked at now', async () => {
  const file = join(folder, 'token');
  await writeFile(file, ' s3cret\n');
  expect(config(`consul: { token_file: ${file} }`).consul?.settings.tokenFile).toBe(file);
  expect(() => read(`consul: { token_file: ${file}-not }`)).toThrow(
    /consul\.token_file: names the file .* which cannot be read \(ENOENT\)/,
  );
  expect(() => read(`consul: { ca_file: ${file} }`)).toThrow(/consul\.ca_file: is neither PEM nor/);
});
