import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { SandboxAws } from '../../src/sandbox/aws/server.ts';
import { emptyCatalog, readCatalog } from '../support/consul/catalog.ts';
import { type ConsulServer, startConsul } from '../support/consul/server.ts';
import { batchOf } from '../support/registrator/events.ts';
import { type FaultyFront, startFaultyFront } from '../support/http/faulty-front.ts';
import { addTagged, startLambda, tagEvent, type WarmLambda } from '../support/registrator/lambda-runtime.ts';
import { functionArn, sandboxAws } from '../support/aws/sandbox-aws.ts';

let server: ConsulServer;
let front: FaultyFront;
let aws: SandboxAws;
let lambda: WarmLambda;
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
  lambda = start();
});
afterEach(async () => {
  lambda.close();
  await aws.close();
});

function start(env: Record<string, string> = {}): WarmLambda {
  const token = server.managementToken ?? '';
  const address = `${front.host}:${front.port}`;
  return startLambda(aws.url, { CONSUL_HTTP_ADDR: address, CONSUL_HTTP_TOKEN: token, ...env }, [token]);
}

async function services(): Promise<string[]> {
  return Object.keys((await readCatalog(server)).services).toSorted();
}

const metrics = (): Record<string, unknown> | undefined => lambda.lines.findLast((line) => '_aws' in line);
const logged = (message: string): Record<string, unknown>[] =>
  lambda.lines.filter(({ msg }) => msg === message);

/** Lets reads of one function's tags fail by throttling. */
function throttle(name: string): void {
  aws.faults.strike = ({ operation, input }) =>
    operation === 'ListTags' && JSON.stringify(input).includes(`function:${name}"`) ? 'throttle' : undefined;
}

describe('an invocation', () => {
  it('by schedule answers with the report, logs each change, and measures the run', async () => {
    addTagged(aws.world, 'pay', { enabled: 'true', aliases: 'prod' });
    addTagged(aws.world, 'bad', { enabled: 'true', 'invocation-mode': 'sometimes' });
    const report = await lambda.invoke({ source: 'aws.events', 'detail-type': 'Scheduled Event' });
    expect(report).toMatchObject({ complete: true, counts: { created: 2, failed: 1 } });
    expect(await services()).toEqual(['pay', 'pay-prod']);
    expect(logged('Consul changed').map(({ service }) => service)).toEqual(['pay', 'pay-prod']);
    expect(logged('Synchronised')).toMatchObject([{ task: 'full', report: { counts: { created: 2 } } }]);
    expect(metrics()).toMatchObject({
      _aws: { Timestamp: 1_700_000_000_000, CloudWatchMetrics: [{ Namespace: 'LambdaRegistrator' }] },
      FunctionName: 'registrator',
      SyncSucceeded: 1,
      Created: 2,
      Updated: 0,
      Deleted: 0,
      Unchanged: 0,
      Failed: 1,
      Retryable: 0,
      ManagedServices: 2,
      AwsCalls: 2,
    });
    await lambda.sync();
    expect(metrics()).toMatchObject({ Created: 0, Unchanged: 2, ManagedServices: 2 });
  });

  it('by event looks at the function that it names, and says nothing of all services', async () => {
    addTagged(aws.world, 'pay');
    addTagged(aws.world, 'mail');
    expect(await lambda.invoke(tagEvent('pay'))).toMatchObject({ counts: { created: 1 } });
    expect(await services()).toEqual(['pay']);
    expect(metrics()).not.toHaveProperty('SyncSucceeded');
    expect(metrics()).not.toHaveProperty('ManagedServices');
  });

  it('that asks for a dry run writes nothing and counts as nothing', async () => {
    addTagged(aws.world, 'pay');
    const report = await lambda.invoke({ source: 'lambda-registrator', action: 'sync', dryRun: true });
    expect(report).toMatchObject({ dryRun: true, counts: { created: 1 } });
    expect(await services()).toEqual([]);
    expect(metrics()).toBeUndefined();
  });

  it('that concerns no function is answered without any call', async () => {
    front.requests.length = 0;
    const failed = {
      ...tagEvent('pay'),
      detail: { eventName: 'DeleteFunction20150331', errorCode: 'AccessDenied' },
    };
    expect(await lambda.invoke(failed)).toMatchObject({
      complete: true,
      counts: { created: 0 },
      changes: [],
    });
    expect(front.requests).toEqual([]);
    expect(logged('Event ignored')).toHaveLength(1);
  });

  it('with an event that it does not know fails, naming what was received', async () => {
    const event = { source: 'aws.s3', 'detail-type': 'Object Created', detail: { eventName: 'PutObject' } };
    await expect(lambda.invoke(event)).rejects.toMatchObject({
      code: 'EVENT_UNSUPPORTED',
      message: expect.stringMatching(/"aws\.s3".*"Object Created".*"PutObject"/),
    });
  });

  it('that leaves retryable work fails with a summary after doing the rest, and the log has the report', async () => {
    addTagged(aws.world, 'pay');
    addTagged(aws.world, 'mail');
    throttle('mail');
    await expect(lambda.sync()).rejects.toMatchObject({
      code: 'WORK_LEFT',
      message: expect.stringMatching(/1 × UPSTREAM_THROTTLED.*mail/),
    });
    expect(await services()).toEqual(['pay']);
    expect(logged('Synchronised')).toMatchObject([
      { report: { failures: [{ service: 'mail', retryable: true }] } },
    ]);
    expect(metrics()).toMatchObject({ Created: 1, Retryable: 1 });
    expect(metrics()).not.toHaveProperty('SyncSucceeded');
    aws.faults.strike = () => undefined;
    await lambda.sync();
    expect(await services()).toEqual(['mail', 'pay']);
  });

  it('that cannot list functions deletes nothing and is to be repeated', async () => {
    addTagged(aws.world, 'pay');
    await lambda.sync();
    aws.world.functions.clear();
    aws.faults.strike = ({ operation }) => (operation === 'GetResources' ? 'server-error' : undefined);
    await expect(lambda.sync()).rejects.toMatchObject({ code: 'WORK_LEFT' });
    expect(logged('Synchronised').at(-1)).toMatchObject({
      report: { complete: false, counts: { deleted: 0 } },
    });
    expect(await services()).toEqual(['pay']);
  });

  it('with permanent failures alone does not fail', async () => {
    addTagged(aws.world, 'pay', { enabled: 'yes' });
    addTagged(aws.world, 'mail', { enabled: 'true', 'service-name': '' });
    expect(await lambda.sync()).toMatchObject({ complete: true, counts: { failed: 2 } });
    expect(metrics()).toMatchObject({ SyncSucceeded: 1, Failed: 2, Retryable: 0 });
  });

  it('with little time makes progress and leaves the rest as retryable work', async () => {
    lambda.close();
    lambda = start({ AWS_REQUESTS_PER_SECOND: '0.1' });
    for (let index = 0; index < 30; index += 1) addTagged(aws.world, `fn-${index}`);
    await expect(lambda.sync(1500)).rejects.toMatchObject({
      code: 'WORK_LEFT',
      message: expect.stringContaining('DEADLINE_EXCEEDED'),
    });
    const [{ report } = {}] = logged('Synchronised');
    const { counts } = report as { counts: { created: number; failed: number } };
    expect(counts.created).toBeGreaterThan(0);
    expect(counts.created + counts.failed).toBe(30);
    expect(await services()).toHaveLength(counts.created);
  });

  it('that cannot read Consul fails with the reason, which the log has too', async () => {
    addTagged(aws.world, 'pay');
    front.fault = () => ({ status: 500, body: 'No cluster leader' });
    await expect(lambda.sync()).rejects.toMatchObject({ code: 'UPSTREAM_UNAVAILABLE' });
    expect(logged('Synchronisation failed')).toMatchObject([{ code: 'UPSTREAM_UNAVAILABLE' }]);
    expect(metrics()).toBeUndefined();
  });
});

describe('a batch of queue messages', () => {
  it('asks again for those alone that are unreadable or have retryable work left', async () => {
    for (const name of ['pay', 'mail', 'bad']) addTagged(aws.world, name);
    addTagged(aws.world, 'bad', { enabled: 'yes' });
    throttle('mail');
    const failed = { ...tagEvent('pay'), detail: { eventName: 'CreateAlias', errorCode: 'Throttled' } };
    const batch = batchOf(
      tagEvent('pay'),
      tagEvent('mail'),
      'no JSON',
      tagEvent('bad'),
      tagEvent('mail'),
      failed,
    );
    expect(await lambda.invoke(batch)).toEqual({
      batchItemFailures: [{ itemIdentifier: 'm1' }, { itemIdentifier: 'm2' }, { itemIdentifier: 'm4' }],
    });
    expect(await services()).toEqual(['pay']);
    expect(logged('Unreadable message')).toMatchObject([{ messageId: 'm2', code: 'EVENT_UNSUPPORTED' }]);
  });

  it('looks once at a function that many messages name', async () => {
    addTagged(aws.world, 'pay');
    let reads = 0;
    aws.faults.strike = ({ operation }) => {
      if (operation === 'ListTags') reads += 1;
      return undefined;
    };
    const batch = batchOf(...Array.from({ length: 10 }, () => tagEvent('pay')));
    expect(await lambda.invoke(batch)).toEqual({ batchItemFailures: [] });
    expect(reads).toBe(1);
  });

  it('goes on for all others when one names a function that the token may not touch', async () => {
    lambda.close();
    const rules = ['node "lambdas" { policy = "write" }', 'service_prefix "a" { policy = "write" }'];
    lambda = start({ CONSUL_HTTP_TOKEN: await server.createToken(rules.join('\n')) });
    for (const name of ['a1', 'b1', 'a2']) addTagged(aws.world, name);
    const batch = batchOf(tagEvent('a1'), tagEvent('b1'), tagEvent('a2'));
    expect(await lambda.invoke(batch)).toEqual({ batchItemFailures: [] });
    expect(await services()).toEqual(['a1', 'a2']);
    const [{ report } = {}] = logged('Synchronised');
    expect(report).toMatchObject({
      failures: [{ service: 'b1', arn: functionArn('b1'), code: 'UPSTREAM_AUTH' }],
    });
  });
});

describe('a configuration with mistakes', () => {
  it('is refused with all of them in one message, before any call', () => {
    front.requests.length = 0;
    const env = {
      CONSUL_HTTP_ADDR: 'ftp://nowhere',
      NODE_NAME: 'not a node',
      CONCURRENCY: '0',
      PARTITIONS: 'apps',
      SYNC_POLICY: 'maybe',
    };
    expect(() => start(env)).toThrow(
      expect.objectContaining({
        code: 'CONFIG_INVALID',
        message: expect.stringMatching(
          /(?=[^]*CONSUL_HTTP_ADDR)(?=[^]*NODE_NAME)(?=[^]*CONCURRENCY)(?=[^]*PARTITIONS needs ENTERPRISE=true)(?=[^]*SYNC_POLICY)/,
        ) as string,
      }),
    );
    expect(front.requests).toEqual([]);
  });
});
