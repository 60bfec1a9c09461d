import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Built, buildAll } from '../../test/support/built.ts';
import { type ConsulServer, startConsul } from '../../test/support/consul/server.ts';
import { emptyZip } from '../../test/support/aws/empty-zip.ts';
import { callOperation, callPath } from '../../test/support/aws/emulator-calls.ts';
import { type RunningEmulator, startMinistack } from '../../test/support/aws/emulators.ts';
import { eventFixture } from '../../test/support/registrator/events.ts';
import { account, functionArn, region } from '../../test/support/aws/sandbox-aws.ts';
import { waitUntil } from '../../test/support/wait-until.ts';
import type { JsonObject } from '../module/expressions.ts';
import { at, ofType, only, registratorStack, registryStack, textOf } from './support/configurations.ts';
import { filledIn, type Given } from './support/installed.ts';

const enabledTag = 'serverless.consul.hashicorp.com/v1alpha1/lambda/enabled';
const role = `arn:aws:iam::${account}:role/made`;

let built: Built;
let consul: ConsulServer;
let ministack: RunningEmulator;

beforeAll(async () => {
  [built, consul, ministack] = await Promise.all([buildAll(), startConsul(), startMinistack()]);
});
afterAll(async () => {
  await Promise.all([consul?.close(), ministack?.[Symbol.asyncDispose](), built?.remove()]);
});

const given: Given = {
  'aws_lambda_function.arn': ({ function_name: name }) => functionArn(textOf(name)),
  'aws_iam_role.arn': () => role,
  'aws_sqs_queue.arn': ({ name }) => `arn:aws:sqs:${region}:${account}:${textOf(name)}`,
  'aws_cloudwatch_event_rule.arn': ({ name }) => `arn:aws:events:${region}:${account}:rule/${textOf(name)}`,
};

const operation = async (service: string, target: string, input: object) =>
  callOperation(ministack.url, service, target, input);
const path = async (service: string, where: string, input: object) =>
  callPath(ministack.url, service, where, input);

/** The function as synthesised, with the zip of the build. */
async function createFunction(configuration: JsonObject, zip: string): Promise<void> {
  const lambda = only(configuration, 'aws_lambda_function');
  await path('lambda', '/2015-03-31/functions', {
    FunctionName: lambda['function_name'],
    Role: lambda['role'],
    Runtime: lambda['runtime'],
    Handler: lambda['handler'],
    Timeout: lambda['timeout'],
    MemorySize: lambda['memory_size'],
    Architectures: lambda['architectures'],
    Environment: { Variables: at(lambda, 'environment', 'variables') },
    Code: { ZipFile: (await readFile(`${built.folder}/${zip}.zip`)).toString('base64') },
  });
}

async function createTagged(name: string): Promise<void> {
  await path('lambda', '/2015-03-31/functions', {
    FunctionName: name,
    Role: role,
    Runtime: 'nodejs22.x',
    Handler: 'index.handler',
    Code: { ZipFile: emptyZip.toString('base64') },
    Tags: { [enabledTag]: 'true' },
  });
}

/** What CloudTrail brings after the function was tagged. */
function taggingOf(name: string): { detail: object; 'detail-type': string } {
  const event = eventFixture('tag-resource') as { detail: object; 'detail-type': string };
  const requestParameters = { resource: functionArn(name), tags: { [enabledTag]: 'true' } };
  return { ...event, detail: { ...event.detail, requestParameters } };
}

/**
 * The rule and its target as synthesised. No one but AWS may put events of a source `aws.*`, so the rule waits for
 * those of `test.lambda`, and hands over the event as it would be.
 */
async function createRule(configuration: JsonObject, event: object): Promise<void> {
  const rule = only(configuration, 'aws_cloudwatch_event_rule');
  const pattern = textOf(rule['event_pattern']).replace('"aws.lambda"', '"test.lambda"');
  await operation('events', 'AWSEvents.PutRule', { Name: rule['name'], EventPattern: pattern });
  const target = only(configuration, 'aws_cloudwatch_event_target');
  const deadLetters = at(target, 'dead_letter_config', 'arn');
  await operation('events', 'AWSEvents.PutTargets', {
    Rule: target['rule'],
    Targets: [
      {
        Id: 'target',
        Arn: target['arn'],
        DeadLetterConfig: { Arn: deadLetters },
        Input: JSON.stringify(event),
      },
    ],
  });
}

async function put({ detail, 'detail-type': type }: ReturnType<typeof taggingOf>): Promise<void> {
  const entry = { Source: 'test.lambda', DetailType: type, Detail: JSON.stringify(detail) };
  const answer = await operation('events', 'AWSEvents.PutEvents', { Entries: [entry] });
  expect(answer).toMatchObject({ FailedEntryCount: 0 });
}

/** The ARN with which a service is registered, as soon as it is. */
async function registeredArn(service: string): Promise<string | undefined> {
  try {
    const [found] = await waitUntil(`the service ${service}`, async () => {
      const instances = (await consul.ok('GET', `/v1/catalog/service/${service}`)) as Instance[];
      return instances.length > 0 && instances;
    });
    return found?.ServiceMeta['lambda-arn'];
  } catch (error) {
    throw new Error(ministack.output(), { cause: error });
  }
}

interface Instance {
  ServiceMeta: Record<string, string>;
}

function registrator(name: string, props: Record<string, unknown>): JsonObject {
  const consulHttpAddr = `${consul.host}:${consul.port}`;
  const configuration = registratorStack({ name, consulHttpAddr, nodeName: name, ...props });
  return filledIn(configuration, given);
}

describe('what is synthesised for a registrator, installed', () => {
  it('registers functions on events and on its schedule', async () => {
    const configuration = registrator('direct', {});
    await createFunction(configuration, 'registrator');
    await createRule(configuration, taggingOf('orders'));

    await createTagged('orders');
    await put(taggingOf('orders'));
    expect(await registeredArn('orders')).toBe(functionArn('orders'));

    await createTagged('billing');
    const schedule = only(configuration, 'aws_scheduler_schedule');
    const target = at(schedule, 'target');
    await path('scheduler', `/schedules/${textOf(schedule['name'])}`, {
      // In its place of `rate(5 minutes)`, which a test cannot wait for.
      ScheduleExpression: `at(${new Date(Date.now() + 1_000).toISOString().slice(0, 19)})`,
      FlexibleTimeWindow: { Mode: at(schedule, 'flexible_time_window', 'mode') },
      Target: {
        Arn: at(target, 'arn'),
        RoleArn: at(target, 'role_arn'),
        DeadLetterConfig: { Arn: at(target, 'dead_letter_config', 'arn') },
      },
    });
    expect(await registeredArn('billing')).toBe(functionArn('billing'));
  });

  it('registers functions through its queue', async () => {
    const configuration = registrator('buffered', { bufferEvents: true, servicePrefix: 'queued-' });
    await createFunction(configuration, 'registrator');
    for (const [, queue] of ofType(configuration, 'aws_sqs_queue')) {
      await operation('sqs', 'AmazonSQS.CreateQueue', { QueueName: queue['name'] });
    }
    const mapping = only(configuration, 'aws_lambda_event_source_mapping');
    await path('lambda', '/2015-03-31/event-source-mappings', {
      EventSourceArn: mapping['event_source_arn'],
      FunctionName: mapping['function_name'],
      BatchSize: mapping['batch_size'],
      MaximumBatchingWindowInSeconds: mapping['maximum_batching_window_in_seconds'],
      FunctionResponseTypes: mapping['function_response_types'],
      ScalingConfig: { MaximumConcurrency: at(mapping, 'scaling_config', 'maximum_concurrency') },
    });
    await createRule(configuration, taggingOf('invoices'));

    await createTagged('invoices');
    await put(taggingOf('invoices'));
    expect(await registeredArn('queued-invoices')).toBe(functionArn('invoices'));
  });
});

describe('what is synthesised for a registry, installed', () => {
  it('answers reports through its API with a configuration', async () => {
    const configuration = filledIn(registryStack({ tables: ['production'] }), given);
    const table = only(configuration, 'aws_dynamodb_table');
    await operation('dynamodb', 'DynamoDB_20120810.CreateTable', {
      TableName: table['name'],
      BillingMode: table['billing_mode'],
      AttributeDefinitions: [
        { AttributeName: table['hash_key'], AttributeType: 'S' },
        { AttributeName: table['range_key'], AttributeType: 'S' },
      ],
      KeySchema: [
        { AttributeName: table['hash_key'], KeyType: 'HASH' },
        { AttributeName: table['range_key'], KeyType: 'RANGE' },
      ],
    });
    await createFunction(configuration, 'registry');
    const api = await createHttpApi(configuration);

    const response = await fetch(`${ministack.url}/_aws/execute-api/${api}/$default/generate`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        table: 'production',
        running: [{ serviceName: 'shop', id: 'c1', ip: '10.0.0.5' }],
        candidates: [
          {
            serviceName: 'shop',
            predicate: 'shop.example.com',
            port: 8080,
            containers: [{ id: 'c1', ip: '10.0.0.5' }],
          },
        ],
      }),
    });
    const text = await response.text();
    expect({ status: response.status, text }).toMatchObject({ status: 200 });
    expect(text).toContain('10.0.0.5:8080');
    const scan = { TableName: table['name'] };
    const items = (await operation('dynamodb', 'DynamoDB_20120810.Scan', scan)) as { Count: number };
    expect(items.Count).toBeGreaterThan(0);
  });
});

/** The HTTP API as synthesised, but for its authorization, of which the emulator knows nothing. */
async function createHttpApi(configuration: JsonObject): Promise<string> {
  const api = only(configuration, 'aws_apigatewayv2_api');
  const integration = only(configuration, 'aws_apigatewayv2_integration');
  const route = only(configuration, 'aws_apigatewayv2_route');
  const stage = only(configuration, 'aws_apigatewayv2_stage');
  const create = async (where: string, input: object) =>
    (await path('apigateway', `/v2/apis${where}`, input)) as Record<string, unknown>;
  const { apiId } = await create('', { name: api['name'], protocolType: api['protocol_type'] });
  const id = apiId as string;
  const { integrationId } = await create(`/${id}/integrations`, {
    integrationType: integration['integration_type'],
    integrationUri: integration['integration_uri'],
    payloadFormatVersion: integration['payload_format_version'],
  });
  const target = `integrations/${integrationId as string}`;
  await create(`/${id}/routes`, { routeKey: route['route_key'], target });
  await create(`/${id}/stages`, { stageName: stage['name'], autoDeploy: stage['auto_deploy'] });
  return id;
}
