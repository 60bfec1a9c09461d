import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { SandboxAws } from '../../../src/sandbox/aws/server.ts';
import { addFunction } from '../../../src/sandbox/aws/world.ts';
import { emptyCatalog, halves, readCatalog } from '../../support/consul/catalog.ts';
import { type ConsulServer, startConsul } from '../../support/consul/server.ts';
import { type FaultyFront, startFaultyFront } from '../../support/http/faulty-front.ts';
import { registerForeign } from '../../support/registrator/lambda-pairs.ts';
import {
  addTagged,
  startLambda,
  tagEvent,
  type WarmLambda,
} from '../../support/registrator/lambda-runtime.ts';
import { functionArn, sandboxAws } from '../../support/aws/sandbox-aws.ts';

let server: ConsulServer;
let front: FaultyFront;
let aws: SandboxAws;
let lambda: WarmLambda;
/** Operations of AWS that were called since the start of the test. */
let operations: string[];
beforeAll(async () => {
  server = await startConsul({ acl: true });
  front = await startFaultyFront(server);
});
afterAll(async () => {
  await front?.close();
  await server?.close();
  vi.unstubAllEnvs();
});
beforeEach(async () => {
  front.fault = () => undefined;
  await emptyCatalog(server);
  aws = await sandboxAws();
  operations = [];
  aws.faults.strike = ({ operation }) => {
    operations.push(operation);
    return undefined;
  };
  lambda = start(server.managementToken ?? '');
});
afterEach(async () => {
  lambda.close();
  await aws.close();
});

function start(token: string, env: Record<string, string> = {}): WarmLambda {
  const address = `${front.host}:${front.port}`;
  return startLambda(aws.url, { CONSUL_HTTP_ADDR: address, CONSUL_HTTP_TOKEN: token, ...env }, [token]);
}

async function services(): Promise<string[]> {
  const state = await readCatalog(server);
  expect(halves(state)).toEqual([]);
  return Object.keys(state.services).toSorted();
}

/** An API call of Lambda that CloudTrail recorded. */
const apiCall = (eventName: string, requestParameters: object): object => ({
  ...tagEvent('any'),
  account: '123456789012',
  region: 'eu-west-1',
  detail: { eventName, requestParameters },
});

/** What the Go registrator got wrong; the numbers are those of the list of its defects. */
describe('the registrator', () => {
  it('keeps the service of a function whose tags cannot be read for a while (1)', async () => {
    addTagged(aws.world, 'pay');
    await lambda.sync();
    addTagged(aws.world, 'mail');
    aws.faults.staleIndex.set(functionArn('pay'), undefined);
    aws.faults.strike = ({ operation, input }) =>
      operation === 'ListTags' && JSON.stringify(input).includes('pay') ? 'server-error' : undefined;
    await expect(lambda.sync()).rejects.toMatchObject({ code: 'WORK_LEFT' });
    expect(await services()).toEqual(['mail', 'pay']);
  });

  it('heals at the next sync what failed halfway (5)', async () => {
    addTagged(aws.world, 'pay');
    front.fault = (request) =>
      request.startsWith('PUT /v1/txn') ? { status: 500, body: 'broken' } : undefined;
    expect(await lambda.sync()).toMatchObject({ counts: { failed: 1 } });
    front.fault = () => undefined;
    await lambda.sync();
    expect(await services()).toEqual(['pay']);
  });

  it('neither registers nor rewrites here what belongs to another datacenter (7)', async () => {
    addTagged(aws.world, 'pay', { enabled: 'true', datacenter: 'dc2' });
    for (let syncs = 0; syncs < 2; syncs += 1) {
      front.requests.length = 0;
      expect(await lambda.sync()).toMatchObject({ failures: [{ service: 'pay', retryable: false }] });
      expect(front.requests.filter((request) => /^PUT \/v1\/(txn|catalog)/.test(request))).toEqual([]);
    }
    expect(await services()).toEqual([]);
  });

  it('registers functions without a datacenter tag where DATACENTER is set (8)', async () => {
    lambda.close();
    lambda = start(server.managementToken ?? '', { DATACENTER: 'dc1' });
    addTagged(aws.world, 'pay');
    await lambda.sync();
    expect(await services()).toEqual(['pay']);
  });

  it('removes the service of an alias with the event that takes it off the tag (9)', async () => {
    addTagged(aws.world, 'pay', { enabled: 'true', aliases: 'prod+dev' });
    await lambda.sync();
    addTagged(aws.world, 'pay', { enabled: 'true', aliases: 'dev' });
    await lambda.invoke(tagEvent('pay'));
    expect(await services()).toEqual(['pay', 'pay-dev']);
  });

  it('removes a function with the event of its deletion (10)', async () => {
    addTagged(aws.world, 'pay', { enabled: 'true', aliases: 'prod' });
    await lambda.sync();
    aws.world.functions.delete('pay');
    await lambda.invoke(apiCall('DeleteFunction20150331', { functionName: 'pay' }));
    expect(await services()).toEqual([]);
  });

  it.each([
    ['CreateFunction20150331', { functionName: 'web' }],
    ['UntagResource20170331v2', { resource: functionArn('web') }],
    ['DeleteFunction20150331', { functionName: 'web' }],
  ])(
    'leaves the ordinary service alone that has the name of a function not enabled, on %s (12)',
    async (name, parameters) => {
      await registerForeign(server, 'web');
      await server.ok('PUT', '/v1/config', { Kind: 'service-defaults', Name: 'web', Protocol: 'grpc' });
      const before = await readCatalog(server);
      if (!name.startsWith('Delete')) addFunction(aws.world, 'web');
      expect(await lambda.invoke(apiCall(name, parameters))).toMatchObject({
        counts: { deleted: 0, failed: 0 },
      });
      expect(await readCatalog(server)).toEqual(before);
      expect(await server.ok('GET', '/v1/catalog/service/web')).toHaveLength(1);
    },
  );

  it('takes events of functions without tags calmly, with the smallest token too (13)', async () => {
    lambda.close();
    lambda = start(
      await server.createToken('node_prefix "" { policy = "read" } service_prefix "" { policy = "write" }'),
    );
    addFunction(aws.world, 'plain', { team: 'payments' });
    expect(await lambda.invoke(tagEvent('plain'))).toMatchObject({
      complete: true,
      counts: { created: 0, updated: 0, deleted: 0, skipped: 0, failed: 0 },
    });
  });

  it.each(['event-source-mapping', 'code-signing-config', 'capacity-provider'])(
    'ignores tags of a %s (14)',
    async (type) => {
      const resource = `arn:aws:lambda:eu-west-1:123456789012:${type}:0123`;
      const event = apiCall('TagResource20170331v2', { resource });
      expect(await lambda.invoke(event)).toMatchObject({ complete: true, changes: [], failures: [] });
      expect(operations).toEqual([]);
    },
  );

  it('keeps what an event registers while a full sync is on its way (15)', async () => {
    addTagged(aws.world, 'pay');
    await lambda.sync();
    const other = start(server.managementToken ?? '');
    front.fault = async (request) => {
      if (!request.startsWith('GET /v1/catalog/node/')) return undefined;
      front.fault = () => undefined;
      addTagged(aws.world, 'mail');
      aws.faults.staleIndex.set(functionArn('mail'), undefined);
      await other.invoke(tagEvent('mail'));
      return undefined;
    };
    await lambda.sync();
    other.close();
    expect(await services()).toEqual(['mail', 'pay']);
  });

  it.each([[''], ['+'], ['a++b'], [' a + b ']])(
    'makes no service of an empty alias in "%s" (17)',
    async (aliases) => {
      addTagged(aws.world, 'pay', { enabled: 'true', aliases });
      expect(await lambda.sync()).toMatchObject({ failures: [] });
      expect(await services()).toEqual(aliases.includes('a') ? ['pay', 'pay-a', 'pay-b'] : ['pay']);
    },
  );

  it('refuses settings that it would have to ignore instead of ignoring functions (18)', () => {
    const token = server.managementToken ?? '';
    expect(() => start(token, { PARTITIONS: 'apps' })).toThrow('PARTITIONS needs ENTERPRISE=true');
    expect(() => start(token, { CONSUL_NAMESPACE: 'team' })).toThrow('CONSUL_NAMESPACE is not supported');
  });

  it('refuses to delete most of what it manages at once, without failing (23)', async () => {
    for (let index = 0; index < 6; index += 1) addTagged(aws.world, `fn-${index}`);
    await lambda.sync();
    aws.world.functions.clear();
    expect(await lambda.sync()).toMatchObject({ complete: false, counts: { deleted: 0, skipped: 6 } });
    const metrics = lambda.lines.findLast((line) => '_aws' in line);
    expect(metrics).toMatchObject({ DeletesRefused: 6, Failed: 0, Retryable: 0 });
    expect(metrics).not.toHaveProperty('SyncSucceeded');
    expect(await services()).toHaveLength(6);
  });

  it('never asks for code or configuration of functions, and needs the tagging API for speed alone (24)', async () => {
    aws.faults.denied
      .add('lambda:GetFunction')
      .add('lambda:GetFunctionConfiguration')
      .add('tag:GetResources');
    addTagged(aws.world, 'pay', { enabled: 'true', aliases: 'prod' });
    addFunction(aws.world, 'plain');
    await lambda.sync();
    await lambda.invoke(tagEvent('pay'));
    expect(await services()).toEqual(['pay', 'pay-prod']);
    expect(new Set(operations)).toEqual(new Set(['GetResources', 'ListFunctions', 'ListTags']));
  });

  it.each<[string, object]>([
    ['by hand', { source: 'lambda-registrator', action: 'sync' }],
    [
      'by hand for one function',
      { source: 'lambda-registrator', action: 'sync', functions: [functionArn('pay')] },
    ],
    ['by EventBridge Scheduler', { source: 'aws.scheduler', 'detail-type': 'Scheduled Event', detail: '{}' }],
  ])('accepts being invoked %s (25)', async (_what, event) => {
    addTagged(aws.world, 'pay');
    expect(await lambda.invoke(event)).toMatchObject({ counts: { created: 1 } });
  });
});
