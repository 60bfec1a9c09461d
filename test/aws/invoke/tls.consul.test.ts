import { createServer, type Server } from 'node:https';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { programs, requireProgram } from '../../../src/local/binaries.ts';
import { makeCertificates } from '../../support/consul/certificates.ts';
import { addressAt } from '../../support/aws/invoke-endpoint.ts';
import { callWith, lambdaInvoker, nobodyLeaves } from '../../support/aws/lambda-invoker.ts';

/** Consul's own command makes the certificates, for localhost among others. */
describe('an endpoint with TLS', () => {
  let folder: string;
  let server: Server;
  let calls = 0;
  let url: string;

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'tls-'));
    const consul = await requireProgram(programs.consul, { environment: process.env, cache: '.cache' });
    await makeCertificates(consul, folder);
    const read = (name: string) => readFile(path.join(folder, name));
    const [cert, key] = [await read('dc1-server-consul-0.pem'), await read('dc1-server-consul-0-key.pem')];
    server = createServer({ cert, key }, (request, response) => {
      calls += 1;
      request.resume().once('end', () => response.end('"done"'));
    });
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    url = `https://localhost:${(server.address() as AddressInfo).port}`;
  });
  afterAll(async () => {
    server.close();
    await rm(folder, { recursive: true, force: true });
  });

  it('is trusted by the authorities of a file', async () => {
    await using lambda = await lambdaInvoker({ caFile: path.join(folder, 'consul-agent-ca.pem') });
    const { payload } = await lambda.functionAt(addressAt(url)).invoke(callWith('{}'), nobodyLeaves);
    expect(payload.toString()).toBe('"done"');
  });

  it('is not trusted otherwise, and sees no call', async () => {
    const before = calls;
    await using lambda = await lambdaInvoker();
    await expect(
      lambda.functionAt(addressAt(url)).invoke(callWith('{}'), nobodyLeaves),
    ).rejects.toMatchObject({
      code: 'UPSTREAM_TLS',
      message: expect.stringContaining('not trusted') as string,
    });
    expect(calls).toBe(before);
  });

  it.each([
    ['that is missing', 'missing.pem', /cannot be read/],
    ['without certificates', 'dc1-server-consul-0-key.pem', /holds no certificates/],
  ])('needs a file of authorities: not one %s', async (_what, name, message) => {
    await expect(lambdaInvoker({ caFile: path.join(folder, name) })).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringMatching(message) as string,
    });
  });
});
