import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { SandboxAws } from '../../src/sandbox/aws/server.ts';
import { emptyCatalog } from '../support/consul/catalog.ts';
import { type ConsulServer, startConsul } from '../support/consul/server.ts';
import {
  addTagged,
  putParameter,
  startLambda,
  type WarmLambda,
} from '../support/registrator/lambda-runtime.ts';
import { sandboxAws } from '../support/aws/sandbox-aws.ts';

let server: ConsulServer;
let strict: ConsulServer;
let aws: SandboxAws;
/** Names of the parameters read since the start of the test. */
let reads: string[];
const lambdas: WarmLambda[] = [];
beforeAll(async () => {
  [server, strict] = await Promise.all([
    startConsul({ acl: true, tls: true }),
    startConsul({ tls: true, verifyClients: true }),
  ]);
});
afterAll(async () => {
  await Promise.all([server?.close(), strict?.close()]);
  vi.unstubAllEnvs();
});
beforeEach(async () => {
  await emptyCatalog(server);
  aws = await sandboxAws();
  reads = [];
  aws.faults.strike = ({ service, input }) => {
    if (service === 'ssm') reads.push((input as { Name: string }).Name);
    return undefined;
  };
  addTagged(aws.world, 'pay');
  putParameter(aws.world, '/consul/token', server.managementToken ?? '');
  putParameter(aws.world, '/consul/ca', tlsOf(server).ca);
});
afterEach(async () => {
  for (const lambda of lambdas.splice(0)) lambda.close();
  await aws.close();
});

function tlsOf({ tls }: ConsulServer): NonNullable<ConsulServer['tls']> {
  if (tls === undefined) throw new Error('started without TLS');
  return tls;
}

const fromParameters = { CONSUL_HTTP_TOKEN_PATH: '/consul/token', CONSUL_CACERT_PATH: '/consul/ca' };
const rules = 'node "lambdas" { policy = "write" } service_prefix "" { policy = "write" }';
const revoked = '11111111-2222-3333-4444-555555555555';

function start(env: Record<string, string> = fromParameters, to = server): WarmLambda {
  const secrets = [server.managementToken ?? '', revoked, privateKey(tlsOf(strict).clientKey)];
  const address = `https://127.0.0.1:${tlsOf(to).port}`;
  const lambda = startLambda(aws.url, { CONSUL_HTTP_ADDR: address, ...env }, secrets);
  lambdas.push(lambda);
  return lambda;
}

async function revoke(token: string): Promise<void> {
  const self = (await server.ok('GET', '/v1/acl/token/self', undefined, token)) as { AccessorID: string };
  await server.ok('DELETE', `/v1/acl/token/${self.AccessorID}`);
}

/** The second line of a PEM, which is of the key itself. */
function privateKey(pem: string): string {
  return pem.split('\n')[1] ?? pem;
}

const done = { complete: true, counts: { failed: 0 } };

describe('token and CA in Parameter Store', () => {
  it('are decrypted, used from memory, and read once by all invocations of a process', async () => {
    const lambda = start();
    expect(await lambda.sync()).toMatchObject({ ...done, counts: { created: 1 } });
    await lambda.sync();
    expect(reads.toSorted()).toEqual(['/consul/ca', '/consul/token']);
  });

  it('are read once more when the token was rotated', async () => {
    const old = await server.createToken(rules);
    putParameter(aws.world, '/consul/token', old);
    const lambda = start();
    expect(await lambda.sync()).toMatchObject({ ...done, counts: { created: 1 } });
    await revoke(old);
    putParameter(aws.world, '/consul/token', await server.createToken(rules));
    addTagged(aws.world, 'mail');
    reads = [];
    expect(await lambda.sync()).toMatchObject({ ...done, counts: { created: 1, unchanged: 1 } });
    await lambda.sync();
    expect(reads.toSorted()).toEqual(['/consul/ca', '/consul/token']);
  });

  it('are read no more than once an invocation when the new token is no better', async () => {
    putParameter(aws.world, '/consul/token', revoked);
    const lambda = start();
    for (const expected of [2, 1, 1]) {
      reads = [];
      await expect(lambda.sync()).rejects.toMatchObject({
        code: 'UPSTREAM_AUTH',
        message: expect.stringContaining('CONSUL_HTTP_TOKEN_PATH'),
      });
      expect(reads.filter((name) => name === '/consul/token')).toHaveLength(expected);
    }
  });

  it('are read once more when the CA was rotated', async () => {
    putParameter(aws.world, '/consul/ca', tlsOf(strict).ca);
    const lambda = start();
    await expect(lambda.sync()).rejects.toMatchObject({
      code: 'UPSTREAM_TLS',
      message: expect.stringContaining('CONSUL_CACERT_PATH'),
    });
    putParameter(aws.world, '/consul/ca', tlsOf(server).ca);
    expect(await lambda.sync()).toMatchObject({ ...done, counts: { created: 1 } });
  });

  it.each([
    ['/consul/token', 'two words', /\/consul\/token.*CONSUL_HTTP_TOKEN_PATH.*ACL token/],
    ['/consul/ca', 'no PEM', /\/consul\/ca.*CONSUL_CACERT_PATH.*PEM/],
  ])('are refused when %s holds "%s", which is not shown', async (name, value, message) => {
    putParameter(aws.world, name, value);
    const failure = await start()
      .sync()
      .catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'CONFIG_INVALID', message: expect.stringMatching(message) });
    expect(String(failure)).not.toContain(value);
  });

  it('may end in a line break', async () => {
    putParameter(aws.world, '/consul/token', `${server.managementToken}\n`);
    expect(await start().sync()).toMatchObject(done);
  });

  it('that are missing or may not be decrypted are errors that name the variable', async () => {
    aws.world.parameters.delete('/consul/token');
    await expect(start().sync()).rejects.toMatchObject({
      code: 'NOT_FOUND',
      message: expect.stringMatching(/CONSUL_HTTP_TOKEN_PATH.*\/consul\/token/),
    });
    putParameter(aws.world, '/consul/token', server.managementToken ?? '');
    aws.faults.denied.add('kms:Decrypt');
    await expect(start().sync()).rejects.toMatchObject({
      message: expect.stringMatching(/CONSUL_(HTTP_TOKEN|CACERT)_PATH.*(kms:Decrypt|ssm:GetParameter)/),
    });
    aws.faults.denied.clear();
    expect(await start().sync()).toMatchObject(done);
  });
});

describe('a token in a file', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'token-'));
  const file = path.join(folder, 'token');
  afterAll(() => rmSync(folder, { recursive: true }));
  const env = (): Record<string, string> => ({
    CONSUL_HTTP_TOKEN_FILE: file,
    CONSUL_CACERT: tlsOf(server).ca,
  });

  it('is used before one that is set, and after one of Parameter Store', async () => {
    writeFileSync(file, `${server.managementToken}\n`);
    expect(await start({ ...env(), CONSUL_HTTP_TOKEN: revoked }).sync()).toMatchObject(done);
    writeFileSync(file, revoked);
    const both = { ...env(), CONSUL_HTTP_TOKEN_PATH: '/consul/token' };
    expect(await start(both).sync()).toMatchObject(done);
    await expect(start(env()).sync()).rejects.toMatchObject({
      code: 'UPSTREAM_AUTH',
      message: expect.stringContaining('CONSUL_HTTP_TOKEN_FILE'),
    });
  });

  it('is read again when Consul refuses what it held', async () => {
    const old = await server.createToken(rules);
    writeFileSync(file, old);
    const lambda = start(env());
    expect(await lambda.sync()).toMatchObject({ ...done, counts: { created: 1 } });
    writeFileSync(file, await server.createToken(rules));
    await revoke(old);
    expect(await lambda.sync()).toMatchObject({ ...done, counts: { unchanged: 1 } });
  });

  it('that is replaced by something else is an error when it is read again', async () => {
    writeFileSync(file, revoked);
    const lambda = start(env());
    await expect(lambda.sync()).rejects.toMatchObject({ code: 'UPSTREAM_AUTH' });
    writeFileSync(file, 'two words');
    await expect(lambda.sync()).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: `CONSUL_HTTP_TOKEN_FILE names the file ${JSON.stringify(file)}, which must hold an ACL token: one word of printable characters.`,
    });
  });
});

describe('TLS', () => {
  const token = (): string => server.managementToken ?? '';

  it('verifies Consul against the CA given, and against nothing when told so', async () => {
    expect(await start({ CONSUL_HTTP_TOKEN: token(), CONSUL_CACERT: tlsOf(server).ca }).sync()).toMatchObject(
      done,
    );
    expect(await start({ CONSUL_HTTP_TOKEN: token(), CONSUL_HTTP_SSL_VERIFY: 'false' }).sync()).toMatchObject(
      done,
    );
  });

  it.each([
    ['without a CA', () => ({})],
    ['with the CA of another', () => ({ CONSUL_CACERT: tlsOf(strict).ca })],
  ])('is refused %s', async (_what, env) => {
    await expect(start({ CONSUL_HTTP_TOKEN: token(), ...env() }).sync()).rejects.toMatchObject({
      code: 'UPSTREAM_TLS',
      message: expect.stringMatching(/could not be verified.*CONSUL_CACERT/),
    });
  });

  it('spoken to a port of plain HTTP, and the other way round, is an error that says so', async () => {
    const plain = `https://127.0.0.1:${server.port}`;
    await expect(start({ CONSUL_HTTP_ADDR: plain }).sync()).rejects.toMatchObject({
      code: 'UPSTREAM_REJECTED',
      message: expect.stringMatching(/http:\/\/.*CONSUL_HTTP_SSL/),
    });
    const secure = `127.0.0.1:${tlsOf(server).port}`;
    await expect(start({ CONSUL_HTTP_ADDR: secure }).sync()).rejects.toMatchObject({
      code: 'UPSTREAM_REJECTED',
      message: expect.stringMatching(/https:\/\/.*CONSUL_HTTP_SSL=true/),
    });
    const env = { ...fromParameters, CONSUL_HTTP_ADDR: secure, CONSUL_HTTP_SSL: 'true' };
    expect(await start(env).sync()).toMatchObject(done);
  });

  it('shows a client certificate where Consul asks for one', async () => {
    const { ca, clientCert, clientKey } = tlsOf(strict);
    await expect(start({ CONSUL_CACERT: ca }, strict).sync()).rejects.toMatchObject({
      code: 'UPSTREAM_TLS',
      message: expect.stringContaining('CONSUL_CLIENT_CERT'),
    });
    const env = { CONSUL_CACERT: ca, CONSUL_CLIENT_CERT: clientCert, CONSUL_CLIENT_KEY: clientKey };
    expect(await start(env, strict).sync()).toMatchObject(done);
  });
});
