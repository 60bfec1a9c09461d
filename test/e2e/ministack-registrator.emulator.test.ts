import { readFile } from 'node:fs/promises';
import path from 'node:path';
import {
  CreateEventSourceMappingCommand,
  CreateFunctionCommand,
  DeleteFunctionCommand,
  LambdaClient,
  TagResourceCommand,
} from '@aws-sdk/client-lambda';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { enabledTag } from '../../src/lambda-service/tags.ts';
import { type Built, buildAll } from '../support/built.ts';
import { type ConsulServer, startConsul } from '../support/consul/server.ts';
import { emptyZip } from '../support/aws/empty-zip.ts';
import { callOperation, callPath } from '../support/aws/emulator-calls.ts';
import { type RunningEmulator, startMinistack } from '../support/aws/emulators.ts';
import { eventFixture } from '../support/registrator/events.ts';
import { account, functionArn, region, targetAt } from '../support/aws/sandbox-aws.ts';
import { waitUntil } from '../support/wait-until.ts';

const role = `arn:aws:iam::${account}:role/registrator`;
const registrator = functionArn('lambda-registrator');

let built: Built;
let consul: ConsulServer;
let ministack: RunningEmulator;
let lambda: LambdaClient;
let queueUrl: string;

beforeAll(async () => {
  [built, consul, ministack] = await Promise.all([buildAll(), startConsul(), startMinistack()]);
  lambda = new LambdaClient(targetAt(ministack.url));
  await createRegistrator();
  queueUrl = await createQueue();
});
afterAll(async () => {
  await Promise.all([consul?.close(), ministack?.[Symbol.asyncDispose](), built?.remove()]);
});

async function createRegistrator(): Promise<void> {
  await lambda.send(
    new CreateFunctionCommand({
      FunctionName: 'lambda-registrator',
      Role: role,
      Runtime: 'nodejs22.x',
      Handler: 'index.handler',
      Timeout: 30,
      Code: { ZipFile: await readFile(path.join(built.folder, 'registrator.zip')) },
      Environment: { Variables: { CONSUL_HTTP_ADDR: `${consul.host}:${consul.port}` } },
    }),
  );
}

/** A queue whose messages reach the registrator. */
async function createQueue(): Promise<string> {
  const { QueueUrl } = (await callOperation(ministack.url, 'sqs', 'AmazonSQS.CreateQueue', {
    QueueName: 'registrator',
  })) as {
    QueueUrl: string;
  };
  await lambda.send(
    new CreateEventSourceMappingCommand({
      FunctionName: registrator,
      EventSourceArn: `arn:aws:sqs:${region}:${account}:registrator`,
      BatchSize: 10,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
    }),
  );
  return QueueUrl;
}

async function createTagged(FunctionName: string): Promise<void> {
  await lambda.send(
    new CreateFunctionCommand({
      FunctionName,
      Role: role,
      Runtime: 'nodejs22.x',
      Handler: 'index.handler',
      Code: { ZipFile: emptyZip },
      Tags: { [enabledTag]: 'true' },
    }),
  );
}

async function queue(...events: unknown[]): Promise<void> {
  for (const event of events) {
    const MessageBody = JSON.stringify(event);
    await callOperation(ministack.url, 'sqs', 'AmazonSQS.SendMessage', { QueueUrl: queueUrl, MessageBody });
  }
}

async function services(): Promise<string[]> {
  const names = Object.keys((await consul.ok('GET', '/v1/catalog/services')) as object);
  return names.filter((name) => name !== 'consul').toSorted();
}

async function waitForServices(...names: string[]): Promise<void> {
  try {
    await waitUntil('the services in Consul', async () => (await services()).join() === names.join());
  } catch (error) {
    throw new Error(`Consul holds ${String(await services())}\n${ministack.output()}`, { cause: error });
  }
}

describe('the built registrator as a Lambda function', () => {
  it('syncs on a schedule, and on what a queue brings', async () => {
    await createTagged('orders');
    const soon = new Date(Date.now() + 1_000).toISOString().slice(0, 19);
    await callPath(ministack.url, 'scheduler', '/schedules/sync', {
      ScheduleExpression: `at(${soon})`,
      FlexibleTimeWindow: { Mode: 'OFF' },
      Target: { Arn: registrator, RoleArn: role },
    });
    await waitForServices('orders');

    await createTagged('billing');
    await queue({ source: 'lambda-registrator', action: 'sync', functions: [functionArn('billing')] });
    await waitForServices('billing', 'orders');

    await lambda.send(
      new TagResourceCommand({ Resource: functionArn('billing'), Tags: { [enabledTag]: 'false' } }),
    );
    await lambda.send(new DeleteFunctionCommand({ FunctionName: 'orders' }));
    await queue(eventFixture('delete-function'), {
      source: 'lambda-registrator',
      action: 'sync',
      functions: [functionArn('billing')],
    });
    await waitForServices();
    expect(await services()).toEqual([]);
  });
});
