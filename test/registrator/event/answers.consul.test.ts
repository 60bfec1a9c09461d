import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { FunctionHome } from '../../../src/lambda-service/arn.ts';
import { metaKeys } from '../../../src/lambda-service/service.ts';
import { type SandboxAws, startSandboxAws } from '../../../src/sandbox/aws/server.ts';
import { emptyCatalog, readCatalog } from '../../support/consul/catalog.ts';
import { type ConsulServer, startConsul } from '../../support/consul/server.ts';
import {
  apiCall,
  batchOf,
  eventFixture,
  notification,
  topicEvent,
} from '../../support/registrator/events.ts';
import {
  addTagged,
  startLambda,
  tagEvent,
  type WarmLambda,
} from '../../support/registrator/lambda-runtime.ts';
import { account, functionArn, sandboxAws } from '../../support/aws/sandbox-aws.ts';

let server: ConsulServer;
let aws: SandboxAws;
let lambda: WarmLambda;
beforeAll(async () => {
  server = await startConsul();
});
afterAll(async () => {
  await server?.close();
  vi.unstubAllEnvs();
});
beforeEach(async () => {
  await emptyCatalog(server);
  aws = await sandboxAws();
  lambda = start();
});
afterEach(async () => {
  lambda.close();
  await aws.close();
});

function start(home?: FunctionHome): WarmLambda {
  return startLambda(aws.url, { CONSUL_HTTP_ADDR: `${server.host}:${server.port}` }, [], home);
}

async function services(): Promise<string[]> {
  return Object.keys((await readCatalog(server)).services).toSorted();
}

const logged = (message: string): Record<string, unknown>[] =>
  lambda.lines.filter(({ msg }) => msg === message);

/** Writes a qualifier to the ARN that the service of a function names. */
async function qualify(name: string, qualifier: string): Promise<void> {
  const service = (await readCatalog(server)).services[name];
  const Meta = { ...service?.Meta, [metaKeys.arn]: `${functionArn(name)}:${qualifier}` };
  const Service = { ID: name, Service: name, Tags: service?.Tags, Meta };
  const registration = { Node: 'lambdas', Address: '127.0.0.1', SkipNodeUpdate: true, Service };
  await server.ok('PUT', '/v1/catalog/register', registration);
}

describe('an event', () => {
  it.each([
    ['create-function-edge-replica', 'info', /Lambda@Edge replica/],
    ['tag-resource-null-parameters', 'warn', /names no function/],
    ['update-function-code-omitted', 'warn', /names no function/],
    ['tag-resource-failed', 'info', /turned away with "AccessDenied"/],
  ])(
    'that is ignored (%s) answers with an empty report, and the log says why',
    async (name, level, reason) => {
      expect(await lambda.invoke(eventFixture(name))).toMatchObject({
        complete: true,
        changes: [],
        skips: [],
      });
      expect(logged('Synchronised')).toEqual([]);
      expect(logged('Event ignored')).toMatchObject([{ level, reason: expect.stringMatching(reason) }]);
    },
  );

  it('by the event of a call that failed looks at what it may have changed', async () => {
    addTagged(aws.world, 'orders');
    const report = await lambda.invoke(eventFixture('create-function-conflict'));
    expect(report).toMatchObject({ counts: { created: 1 } });
    expect(await services()).toEqual(['orders']);
  });

  it('by a CloudTrail record alone looks at the function that it names', async () => {
    addTagged(aws.world, 'orders');
    expect(await lambda.invoke(eventFixture('input-path-record'))).toMatchObject({ counts: { created: 1 } });
  });

  it('in a partition that nobody knew removes what is deleted by name', async () => {
    await aws.close();
    lambda.close();
    const region = 'eusc-de-east-1';
    aws = await startSandboxAws({ account, region });
    lambda = start({ partition: 'aws-eusc', account, region });
    addTagged(aws.world, 'orders');
    await lambda.sync();
    expect(await services()).toEqual(['orders']);
    aws.world.functions.clear();
    expect(await lambda.invoke(eventFixture('delete-function-eusc'))).toMatchObject({
      counts: { deleted: 1, skipped: 0 },
    });
    expect(await services()).toEqual([]);
  });

  it('knows its own service again when its ARN has the qualifier $LATEST.PUBLISHED', async () => {
    addTagged(aws.world, 'orders');
    await lambda.sync();
    await qualify('orders', '$LATEST.PUBLISHED');
    expect(await lambda.sync()).toMatchObject({ counts: { updated: 1, skipped: 0 } });
    await qualify('orders', '$LATEST.PUBLISHED');
    aws.world.functions.clear();
    const deleted = apiCall('DeleteFunction20150331', { requestParameters: { functionName: 'orders' } });
    expect(await lambda.invoke(deleted)).toMatchObject({ counts: { deleted: 1, skipped: 0 } });
    expect(await services()).toEqual([]);
  });
});

describe('messages of a topic', () => {
  it('answer with one report', async () => {
    for (const name of ['pay', 'mail']) addTagged(aws.world, name);
    const report = await lambda.invoke(topicEvent(tagEvent('pay'), tagEvent('mail'), tagEvent('pay')));
    expect(report).toMatchObject({ complete: true, counts: { created: 2 } });
    expect(await services()).toEqual(['mail', 'pay']);
  });

  it('fail when one is unreadable, after what the others ask for', async () => {
    addTagged(aws.world, 'pay');
    await expect(lambda.invoke(topicEvent('ALARM', tagEvent('pay')))).rejects.toMatchObject({
      code: 'EVENT_UNSUPPORTED',
      message: expect.stringContaining('"ALARM"'),
    });
    expect(await services()).toEqual(['pay']);
    expect(logged('Unreadable message')).toMatchObject([{ messageId: 's0' }]);
  });

  it('fail when retryable work is left, so that Lambda repeats them', async () => {
    for (const name of ['pay', 'mail']) addTagged(aws.world, name);
    aws.faults.strike = ({ input }) => (JSON.stringify(input).includes('mail') ? 'throttle' : undefined);
    const event = topicEvent(tagEvent('pay'), tagEvent('mail'));
    await expect(lambda.invoke(event)).rejects.toMatchObject({ code: 'WORK_LEFT' });
    expect(await services()).toEqual(['pay']);
  });
});

describe('messages of a queue', () => {
  it('may hold what SNS wrapped; a confirmation of a subscription is delivered again', async () => {
    addTagged(aws.world, 'pay');
    const confirmation = notification('Visit the SubscribeURL.', { Type: 'SubscriptionConfirmation' });
    expect(await lambda.invoke(batchOf(notification(tagEvent('pay')), confirmation))).toEqual({
      batchItemFailures: [{ itemIdentifier: 'm1' }],
    });
    expect(await services()).toEqual(['pay']);
    expect(logged('Unreadable message')).toMatchObject([
      { messageId: 'm1', reason: expect.stringContaining('raw message delivery') },
    ]);
  });

  it('is done when all of it is ignored', async () => {
    const ignored = [
      eventFixture('create-function-edge-replica'),
      eventFixture('tag-resource-null-parameters'),
    ];
    expect(await lambda.invoke(batchOf(...(ignored as object[])))).toEqual({ batchItemFailures: [] });
    expect(logged('Synchronised')).toEqual([]);
    expect(logged('Event ignored').map(({ messageId }) => messageId)).toEqual(['m0', 'm1']);
  });
});
