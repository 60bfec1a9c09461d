import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import type { Report } from '../../src/registrator/model/report.ts';
import type { SandboxAws } from '../../src/sandbox/aws/server.ts';
import { addFunction } from '../../src/sandbox/aws/world.ts';
import { freePorts } from '../../src/sandbox/free-ports.ts';
import { withWholeKeys } from '../../src/sandbox/functions.ts';
import { startLambda } from '../../src/sandbox/lambda.ts';
import { type Built, buildAll, type Ended, run } from '../support/built.ts';
import { emptyCatalog } from '../support/consul/catalog.ts';
import { type ConsulServer, startConsul } from '../support/consul/server.ts';
import { functionArn, sandboxAws } from '../support/aws/sandbox-aws.ts';

let built: Built;
let consul: ConsulServer;
let aws: SandboxAws;

beforeAll(async () => {
  [built, consul] = await Promise.all([buildAll(), startConsul()]);
});
beforeEach(async () => {
  await emptyCatalog(consul);
  aws = await sandboxAws();
});
afterEach(() => aws.close());
afterAll(() => Promise.all([built.remove(), consul.close()]));

function tagged(name: string, tags: Record<string, string> = {}): void {
  addFunction(aws.world, name, withWholeKeys({ enabled: 'true', ...tags }));
}

function environment(): Record<string, string> {
  return {
    PATH: process.env['PATH'] ?? '',
    CONSUL_HTTP_ADDR: `127.0.0.1:${consul.port}`,
    AWS_ENDPOINT_URL: aws.url,
    AWS_REGION: aws.world.region,
    AWS_ACCESS_KEY_ID: 'sandbox',
    AWS_SECRET_ACCESS_KEY: 'sandbox',
  };
}

function cli(args: string, env: Record<string, string> = {}): Promise<Ended> {
  return run('node', [built.cli, ...args.split(' ')], { ...environment(), ...env });
}

/** As {@link cli}, for a person at a terminal who types `input`. */
function cliOnTerminal(args: string, input: string): Promise<Ended> {
  return run('script', ['-qfec', `node ${built.cli} ${args}`, '/dev/null'], environment(), input);
}

async function services(): Promise<string[]> {
  const names = Object.keys((await consul.ok('GET', '/v1/catalog/services')) as object);
  return names.filter((name) => name !== 'consul').toSorted();
}

it('plans, syncs, and then has nothing to do', async () => {
  tagged('orders');
  tagged('billing', { aliases: 'live' });

  const planned = await cli('plan');
  expect(planned).toMatchObject({ code: 2, stderr: '' });
  for (const name of ['billing', 'billing-live', 'orders']) expect(planned.stdout).toContain(`  + ${name}\n`);
  expect(await services()).toEqual([]);

  expect(await cli('sync --yes')).toMatchObject({ code: 0, stderr: '' });
  expect(await services()).toEqual(['billing', 'billing-live', 'orders']);
  expect(await cli('plan')).toMatchObject({ code: 0, stdout: expect.stringContaining('; 3 unchanged,') });
});

it('writes the same owner as the Lambda function', async () => {
  tagged('orders');
  const lambda = startLambda({
    host: path.resolve(built.folder, 'sandbox/index.mjs'),
    bundle: pathToFileURL(path.resolve(built.folder, 'registrator/index.mjs')).href,
    functionArn: functionArn('lambda-registrator'),
    env: environment(),
  });
  try {
    const report = (await lambda.invoke({ source: 'aws.events' })) as Report;
    expect(report.counts).toMatchObject({ created: 1, failed: 0 });
  } finally {
    await lambda.close();
  }
  expect(await cli('plan')).toMatchObject({ code: 0, stdout: expect.stringContaining('; 1 unchanged,') });
  aws.world.functions.delete('orders');
  expect(await cli('sync --yes')).toMatchObject({ code: 0 });
  expect(await services()).toEqual([]);
});

it('looks at the functions alone that --function names', async () => {
  tagged('orders');
  tagged('billing');
  const { code, stdout } = await cli(`sync --yes --json --function ${functionArn('orders')}`);
  expect(code).toBe(0);
  expect((JSON.parse(stdout) as Report).changes).toMatchObject([{ action: 'create', service: 'orders' }]);
  expect(await services()).toEqual(['orders']);
});

it('refuses to delete most of what there is, and says so with exit code 3', async () => {
  const names = Array.from({ length: 12 }, (_, index) => `service-${index}`);
  names.forEach((name) => tagged(name));
  expect(await cli('sync --yes')).toMatchObject({ code: 0 });
  for (const name of names.slice(0, 8)) aws.world.functions.delete(name);
  expect(await cli('plan')).toMatchObject({ code: 3 });
  const refused = await cli('sync --yes');
  expect(refused).toMatchObject({ code: 3, stdout: expect.stringContaining('(delete-guard)') });
  expect(await services()).toEqual(names.toSorted());
  expect(await cli('sync --yes', { MAX_DELETE_PERCENT: '100' })).toMatchObject({ code: 0 });
  expect(await services()).toEqual(names.slice(8).toSorted());
});

it('deletes nothing with --policy upsert-only', async () => {
  tagged('orders');
  await cli('sync --yes');
  aws.world.functions.delete('orders');
  expect(await cli('sync --yes --policy upsert-only')).toMatchObject({ code: 0 });
  expect(await services()).toEqual(['orders']);
});

it('tells bad tags with exit code 65 after doing the rest', async () => {
  tagged('orders');
  tagged('broken', { 'invocation-mode': 'sometimes' });
  const { code, stdout } = await cli('sync --yes');
  expect(code).toBe(65);
  expect(stdout).toContain('x broken (TAG_INVALID)');
  expect(await services()).toEqual(['orders']);
});

it('asks a person before it changes anything', async () => {
  tagged('orders');
  const declined = await cliOnTerminal('sync', 'n\n');
  expect(declined).toMatchObject({ code: 1, stdout: expect.stringContaining('Nothing was changed.') });
  expect(await services()).toEqual([]);
  const accepted = await cliOnTerminal('sync', 'y\n');
  expect(accepted).toMatchObject({ code: 0, stdout: expect.stringContaining('1 made, last: create orders') });
  expect(await services()).toEqual(['orders']);
});

it('names every problem of its configuration, before any call', async () => {
  const { code, stdout, stderr } = await cli('plan', {
    CONSUL_HTTP_ADDR: '',
    CONCURRENCY: '0',
    LOG_LEVEL: 'x',
  });
  expect({ code, stdout }).toEqual({ code: 78, stdout: '' });
  for (const name of ['CONSUL_HTTP_ADDR', 'CONCURRENCY', 'LOG_LEVEL']) expect(stderr).toContain(`- ${name} `);
});

it('says what to check when Consul is away', async () => {
  const [port = 0] = await freePorts(1);
  const { code, stderr } = await cli('plan', { CONSUL_HTTP_ADDR: `127.0.0.1:${port}` });
  expect(code).toBe(69);
  expect(stderr).toMatch(/^error: .*Check CONSUL_HTTP_ADDR.*\n$/);
});

it('takes over from another owner', async () => {
  tagged('orders');
  await cli('sync --yes');
  const moved = { NODE_NAME: 'lambdas-2', OWNER_ID: 'team' };
  const conflict = await cli('sync --yes --json', moved);
  const { skips } = JSON.parse(conflict.stdout) as Report;
  const from = /add (\S+) to PREVIOUS_OWNER_IDS/.exec(skips[0]?.hint ?? '')?.[1];
  const taken = await cli(`take-over --yes --json --from ${from}`, { ...moved, PREVIOUS_OWNER_IDS: 'older' });
  expect({ code: taken.code, report: JSON.parse(taken.stdout) as Report }).toMatchObject({
    code: 0,
    report: { changes: [{ action: 'adopt', service: 'orders', reason: 'taken over from node lambdas' }] },
  });
  const owners = await cli('owners --json', moved);
  expect(JSON.parse(owners.stdout)).toMatchObject([{ owner: 'team', node: 'lambdas-2', services: 1 }]);
});
