import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import type { Check } from '../../src/registrator/doctor/check.ts';
import { foreignService, initialFunctions } from '../../src/sandbox/scenario.ts';
import type { SandboxAws } from '../../src/sandbox/aws/server.ts';
import { addFunction } from '../../src/sandbox/aws/world.ts';
import { withWholeKeys } from '../../src/sandbox/functions.ts';
import { type Built, buildAll, type Ended, run } from '../support/built.ts';
import { atLeast, type ConsulServer, startConsul } from '../support/consul/server.ts';
import { sandboxAws } from '../support/aws/sandbox-aws.ts';

let built: Built;
let aws: SandboxAws;
let consul: ConsulServer | undefined;

beforeAll(async () => {
  built = await buildAll();
});
beforeEach(async () => {
  aws = await sandboxAws();
});
afterEach(async () => {
  await Promise.all([aws.close(), consul?.close()]);
  consul = undefined;
});
afterAll(async () => built.remove());

function cli(args: string, env: Record<string, string> = {}): Promise<Ended> {
  return run('node', [built.cli, ...args.split(' ')], {
    PATH: process.env['PATH'] ?? '',
    CONSUL_HTTP_ADDR: `127.0.0.1:${consul?.port ?? 1}`,
    AWS_ENDPOINT_URL: aws.url,
    AWS_REGION: aws.world.region,
    AWS_ACCESS_KEY_ID: 'sandbox',
    AWS_SECRET_ACCESS_KEY: 'sandbox-secret-key',
    ...env,
  });
}

async function checks(
  env: Record<string, string> = {},
): Promise<{ code: number; all: Check[]; text: string }> {
  const { code, stdout } = await cli('doctor --json', env);
  return { code, all: (JSON.parse(stdout) as { checks: Check[] }).checks, text: stdout };
}

const named = (all: readonly Check[], name: string) => all.find((check) => check.name === name);
const byStatus = (all: readonly Check[], status: string) =>
  all.filter((check) => check.status === status).map(({ name }) => name);

it('finds all well in the sandbox but what the sandbox cannot have', async () => {
  consul = await startConsul();
  for (const [name, tags] of Object.entries(initialFunctions))
    addFunction(aws.world, name, withWholeKeys(tags));
  await consul.ok('PUT', '/v1/catalog/register', foreignService);
  await cli('sync --yes');
  const { code, all } = await checks();
  expect(byStatus(all, 'warn')).toEqual([]);
  expect(byStatus(all, 'FAIL')).toEqual([]);
  expect(byStatus(all, 'skip')).toEqual(['CloudTrail trail', 'EventBridge rule', 'Consul certificate']);
  expect(code).toBe(0);
  const { found, all: left } = named(all, 'functions') as Check;
  expect(found).toBe(
    '9 functions enabled, 9 services registered; 2 not as wanted (plan says why): legacy-import; payments',
  );
  expect(left).toEqual([
    expect.stringContaining('legacy-import: Function legacy-import has the value "sometimes"'),
    expect.stringContaining('payments: A service named payments runs on another node'),
  ]);
  const { stdout } = await cli('doctor');
  expect(stdout.trimEnd().split('\n')).toHaveLength(all.length + 1);
});

it('says of a bad environment what is wrong with it, and ends', async () => {
  const { code, all } = await checks({ CONSUL_HTTP_ADDR: '', NODE_NAME: 'a b' });
  expect(code).toBe(1);
  expect(all[0]).toMatchObject({ name: 'environment', status: 'FAIL' });
  expect(all[0]?.found).toContain('CONSUL_HTTP_ADDR is required');
  expect(all[0]?.found).toContain('NODE_NAME must be');
  expect(all.slice(1).every(({ status }) => status === 'skip')).toBe(true);
});

it('does not wait for a Consul that is away', async () => {
  const { code, all } = await checks();
  expect(code).toBe(1);
  expect(byStatus(all, 'FAIL')).toEqual(['Consul']);
  expect(named(all, 'functions')).toMatchObject({
    status: 'skip',
    found: 'Consul cannot be reached.',
    remedy: 'See the line of Consul first.',
  });
  expect(named(all, 'AWS clock')).toMatchObject({ status: 'ok' });
});

it('names rules that a token lacks, and never the token', async () => {
  consul = await startConsul({ acl: true, tls: true });
  const token = await consul.createToken('service_prefix "fn-" { policy = "write" }');
  const { port, ca } = consul.tls as NonNullable<ConsulServer['tls']>;
  const env = {
    CONSUL_HTTP_ADDR: `https://127.0.0.1:${port}`,
    CONSUL_CACERT: ca,
    CONSUL_HTTP_TOKEN: token,
    SERVICE_PREFIX: 'fn-',
    TERMINATING_GATEWAY: 'exit',
  };
  const { code, all, text } = await checks(env);
  expect(code).toBe(1);
  expect(named(all, 'Consul certificate')).toMatchObject({ status: 'ok' });
  expect(named(all, 'ACL service write')).toMatchObject({ status: 'ok' });
  expect(named(all, 'ACL node write')).toMatchObject({
    status: 'FAIL',
    remedy: 'Add node "lambdas" { policy = "write" } to the policy of the token.',
  });
  expect(named(all, 'ACL node read')).toMatchObject({
    status: 'FAIL',
    remedy: 'Add node_prefix "" { policy = "read" } to the policy of the token.',
  });
  expect(named(all, 'ACL mesh write')?.status).toBe('FAIL');
  for (const secret of [token, 'sandbox-secret-key']) expect(text).not.toContain(secret);
  const whole = await consul.createToken(
    'node "lambdas" { policy = "write" } node_prefix "" { policy = "read" } service_prefix "fn-" { policy = "write" } service "exit" { policy = "read" } ' +
      (atLeast(consul.version, 1, 10) ? 'mesh = "write"' : 'operator = "write"'),
  );
  const granted = (await checks({ ...env, CONSUL_HTTP_TOKEN: whole })).all;
  expect(byStatus(granted, 'FAIL')).toEqual([]);
  expect(byStatus(granted, 'warn')).toEqual(['gateway links']);
});

it('shows a person at a terminal which check is made', async () => {
  const { stdout } = await run('script', ['-qfec', `node ${built.cli} doctor`, '/dev/null'], {
    PATH: process.env['PATH'] ?? '',
    CONSUL_HTTP_ADDR: '127.0.0.1:1',
    AWS_ENDPOINT_URL: aws.url,
    AWS_REGION: aws.world.region,
    AWS_ACCESS_KEY_ID: 'sandbox',
    AWS_SECRET_ACCESS_KEY: 'sandbox',
  });
  expect(stdout).toContain('Checking AWS identity…');
});
