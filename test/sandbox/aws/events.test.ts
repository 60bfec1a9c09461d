import {
  CreateAliasCommand,
  CreateFunctionCommand,
  DeleteAliasCommand,
  DeleteFunctionCommand,
  LambdaClient,
  ListTagsCommand,
  PublishVersionCommand,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateAliasCommand,
  UpdateFunctionCodeCommand,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda';
import {
  ResourceGroupsTaggingAPIClient,
  TagResourcesCommand,
} from '@aws-sdk/client-resource-groups-tagging-api';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { readMessage } from '../../../src/registrator/event/message.ts';
import { faultsInTurn } from '../../support/aws/faults.ts';
import { addFunction } from '../../../src/sandbox/aws/world.ts';
import { emptyZip } from '../../support/aws/empty-zip.ts';
import { eventFixture } from '../../support/registrator/events.ts';
import { functionArn, home, sandboxAws } from '../../support/aws/sandbox-aws.ts';

const FunctionName = 'orders';
const Resource = functionArn(FunctionName);

let aws: Awaited<ReturnType<typeof sandboxAws>>;
let lambda: LambdaClient;
let events: Record<string, unknown>[];

beforeEach(async () => {
  aws = await sandboxAws();
  lambda = new LambdaClient({ ...aws.target, maxAttempts: 1 });
  events = [];
  aws.onEvent((event) => events.push(event));
});
afterEach(() => aws.close());

async function create(): Promise<void> {
  await lambda.send(
    new CreateFunctionCommand({
      FunctionName,
      Role: 'arn:aws:iam::123456789012:role/orders',
      Runtime: 'nodejs22.x',
      Handler: 'index.handler',
      Code: { ZipFile: emptyZip },
      Tags: { Team: 'Orders' },
      Environment: { Variables: { PASSWORD: 'hush' } },
    }),
  );
}

it('tells of every change that succeeds, as the recorded events spell it', async () => {
  await create();
  await lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName, Timeout: 10 }));
  await lambda.send(new UpdateFunctionCodeCommand({ FunctionName, ZipFile: emptyZip }));
  await lambda.send(new PublishVersionCommand({ FunctionName }));
  await lambda.send(new CreateAliasCommand({ FunctionName, Name: 'live', FunctionVersion: '1' }));
  await lambda.send(new UpdateAliasCommand({ FunctionName, Name: 'live', Description: 'now' }));
  await lambda.send(new DeleteAliasCommand({ FunctionName, Name: 'live' }));
  await lambda.send(new TagResourceCommand({ Resource, Tags: { Team: 'Billing' } }));
  await lambda.send(new UntagResourceCommand({ Resource, TagKeys: ['Team'] }));
  await lambda.send(new DeleteFunctionCommand({ FunctionName }));

  const scenarios = [
    'create-function',
    'update-function-configuration',
    'update-function-code',
    'publish-version',
    'create-alias',
    'update-alias',
    'delete-alias',
    'tag-resource',
    'untag-resource',
    'delete-function',
  ];
  expect(events.map(nameOf)).toEqual(scenarios.map((scenario) => nameOf(eventFixture(scenario))));
  expect(new Set(events.map(({ id }) => id)).size).toBe(events.length);
  for (const event of events) {
    expect(readMessage(event, home)).toMatchObject({ kind: 'functions', arns: [Resource] });
  }
});

function nameOf(event: unknown): string {
  return (event as { detail: { eventName: string } }).detail.eventName;
}

it('keeps tags as they are and hides code and environment', async () => {
  await create();
  expect(events).toMatchObject([
    { detail: { requestParameters: { tags: { Team: 'Orders' }, code: {}, environment: {} } } },
  ]);
  expect(JSON.stringify(events)).not.toContain('hush');
});

it('says nothing of what fails or only reads', async () => {
  addFunction(aws.world, FunctionName);
  await lambda.send(new ListTagsCommand({ Resource }));
  await expect(create()).rejects.toMatchObject({ name: 'ResourceConflictException' });
  expect(events).toEqual([]);
});

it('tells of a change whose answer was lost', async () => {
  addFunction(aws.world, FunctionName);
  aws.faults.strike = faultsInTurn('TagResource', ['lose-answer']);
  await expect(lambda.send(new TagResourceCommand({ Resource, Tags: { a: 'b' } }))).rejects.toMatchObject({
    code: 'ECONNRESET',
  });
  expect(events.map(nameOf)).toEqual(['TagResource20170331v2']);
});

it('tells of each function that the tagging API changed', async () => {
  addFunction(aws.world, FunctionName);
  const client = new ResourceGroupsTaggingAPIClient(aws.target);
  await client.send(
    new TagResourcesCommand({ ResourceARNList: [Resource, functionArn('gone')], Tags: { a: 'b' } }),
  );
  expect(events).toMatchObject([
    {
      detail: {
        eventName: 'TagResource20170331v2',
        requestParameters: { resource: Resource, tags: { a: 'b' } },
      },
    },
  ]);
});
