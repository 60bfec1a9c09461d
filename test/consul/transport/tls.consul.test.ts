import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Consul } from '../../../src/consul/client.ts';
import type { ConsulOptions } from '../../../src/consul/transport/requests.ts';
import { agentsPlace } from '../../../src/lambda-service/place.ts';
import { Secret } from '../../../src/core/secret.ts';
import { consulClient, fixedCredentials, testDeadline } from '../../support/consul/client.ts';
import { type ConsulServer, startConsul } from '../../support/consul/server.ts';

const deadline = testDeadline();

describe('a Consul with HTTPS', () => {
  let server: ConsulServer;
  let other: ConsulServer;
  let tls: NonNullable<ConsulServer['tls']>;
  const clients: Consul[] = [];
  beforeAll(async () => {
    [server, other] = await Promise.all([
      startConsul({ tls: true }),
      startConsul({ tls: true, verifyClients: true }),
    ]);
    if (!server.tls) throw new Error('asked for TLS');
    tls = server.tls;
  });
  afterAll(async () => {
    for (const client of clients) client.close();
    await Promise.all([server.close(), other.close()]);
  });

  function client(options: Partial<ConsulOptions> & { ca?: string | undefined; port?: number } = {}): Consul {
    const { ca, port = tls.port, ...others } = options;
    const address = { host: '127.0.0.1', port, secure: true };
    const made = consulClient(server, { address, credentials: fixedCredentials('', ca), ...others });
    clients.push(made);
    return made;
  }
  const names = async (consul: Consul) => [
    ...(await consul.serviceNames(agentsPlace, deadline)).names.keys(),
  ];

  test('is spoken to with its CA, or with none when nothing is verified', async () => {
    expect(await names(client({ ca: tls.ca }))).toStrictEqual(['consul']);
    expect(
      await names(client({ ca: tls.ca, tls: { verify: true, serverName: 'server.dc1.consul' } })),
    ).toStrictEqual(['consul']);
    expect(await names(client({ tls: { verify: false } }))).toStrictEqual(['consul']);
  });

  test.each(['no CA', 'the CA of another'])('is refused with %s, naming the settings', async (which) => {
    const ca = which === 'no CA' ? undefined : other.tls?.ca;
    await expect(names(client({ ca }))).rejects.toMatchObject({
      code: 'UPSTREAM_TLS',
      message: expect.stringMatching(
        /GET \/v1\/catalog\/services on Consul at https:.* could not be verified .*CONSUL_CACERT_PATH or CONSUL_CACERT/,
      ) as string,
    });
  });

  test('is refused with a CA that is no certificate', async () => {
    const error = expect.objectContaining({ code: 'UPSTREAM_TLS' }) as Error;
    await expect(names(client({ ca: 'nonsense' }))).rejects.toStrictEqual(error);
  });

  test('is refused under a name that its certificate lacks', async () => {
    const wrongName = client({ ca: tls.ca, tls: { verify: true, serverName: 'elsewhere.example' } });
    await expect(names(wrongName)).rejects.toMatchObject({
      code: 'UPSTREAM_TLS',
      message: expect.stringContaining('CONSUL_TLS_SERVER_NAME') as string,
    });
  });

  test('is asked again with the CA that renewal brings', async () => {
    const stale = fixedCredentials('', other.tls?.ca);
    const credentials = { ...stale, renew: () => Promise.resolve({ ca: tls.ca }) };
    expect(await names(client({ credentials }))).toStrictEqual(['consul']);
  });

  test('that verifies its clients wants their certificate', async () => {
    const { ca, port, clientCert, clientKey } = other.tls ?? tls;
    await expect(names(client({ ca, port }))).rejects.toMatchObject({
      code: 'UPSTREAM_TLS',
      message: expect.stringContaining('CONSUL_CLIENT_CERT') as string,
    });
    const withCertificate = { verify: true, clientCert, clientKey: new Secret(clientKey) };
    expect(await names(client({ ca, port, tls: withCertificate }))).toStrictEqual(['consul']);
  });

  test('a wrong scheme is called by its name', async () => {
    const plain = consulClient({ host: '127.0.0.1', port: tls.port });
    clients.push(plain);
    await expect(names(plain)).rejects.toMatchObject({
      code: 'UPSTREAM_REJECTED',
      message: expect.stringContaining('The port speaks HTTPS') as string,
    });
    await expect(names(client({ ca: tls.ca, port: server.port }))).rejects.toMatchObject({
      code: 'UPSTREAM_REJECTED',
      message: expect.stringContaining('The port does not speak HTTPS') as string,
    });
  });
});
