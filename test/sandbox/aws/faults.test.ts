import {
  GetResourcesCommand,
  ResourceGroupsTaggingAPIClient,
} from '@aws-sdk/client-resource-groups-tagging-api';
import { GetParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { LambdaClient, ListFunctionsCommand } from '@aws-sdk/client-lambda';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { addFunction } from '../../../src/sandbox/aws/world.ts';
import { functionArn, sandboxAws } from '../../support/aws/sandbox-aws.ts';

let aws: Awaited<ReturnType<typeof sandboxAws>>;

beforeEach(async () => {
  aws = await sandboxAws();
});
afterEach(() => aws.close());

async function errorOf(call: Promise<unknown>): Promise<[name: string, status: number | undefined]> {
  const error = (await call.then(
    () => Promise.reject(new Error('the call succeeded')),
    (thrown: unknown) => thrown,
  )) as Error & { $metadata: { httpStatusCode?: number } };
  return [error.name, error.$metadata.httpStatusCode];
}

describe('each service fails in its own words', () => {
  const send = {
    tagging: () => new ResourceGroupsTaggingAPIClient(once()).send(new GetResourcesCommand({})),
    lambda: () => new LambdaClient(once()).send(new ListFunctionsCommand({})),
    ssm: () => new SSMClient(once()).send(new GetParameterCommand({ Name: 'x' })),
    sts: () => new STSClient(once()).send(new GetCallerIdentityCommand({})),
  };
  const once = () => ({ ...aws.target, maxAttempts: 1 });

  it.each([
    ['tagging', 'ThrottledException', 400, 'InternalServiceException'],
    ['lambda', 'TooManyRequestsException', 429, 'ServiceException'],
    ['ssm', 'ThrottlingException', 400, 'InternalServerError'],
    ['sts', 'Throttling', 400, 'InternalFailure'],
  ] as const)('%s', async (service, throttled, status, broken) => {
    aws.faults.strike = () => 'throttle';
    expect(await errorOf(send[service]())).toEqual([throttled, status]);
    aws.faults.strike = () => 'server-error';
    expect(await errorOf(send[service]())).toEqual([broken, 500]);
  });
});

describe('a stale tagging index', () => {
  it('hides functions, shows what is gone and holds old values', async () => {
    for (const name of ['hidden', 'old', 'true']) addFunction(aws.world, name, { a: 'new' });
    aws.faults.staleIndex.set(functionArn('hidden'), undefined);
    aws.faults.staleIndex.set(functionArn('old'), { a: 'old' });
    aws.faults.staleIndex.set(functionArn('gone'), { a: 'ghost' });

    const client = new ResourceGroupsTaggingAPIClient(aws.target);
    const { ResourceTagMappingList = [] } = await client.send(
      new GetResourcesCommand({ TagFilters: [{ Key: 'a' }] }),
    );

    expect(ResourceTagMappingList.map(({ ResourceARN, Tags }) => [ResourceARN, Tags?.[0]?.Value])).toEqual([
      [functionArn('gone'), 'ghost'],
      [functionArn('old'), 'old'],
      [functionArn('true'), 'new'],
    ]);
  });
});

it('closes while calls hang', async () => {
  const heard = new Promise<void>((resolve) => {
    aws.faults.strike = () => {
      resolve();
      return 'hang';
    };
  });
  const sts = new STSClient({ ...aws.target, maxAttempts: 1 });
  const call = errorOf(sts.send(new GetCallerIdentityCommand({})));
  await heard;
  await aws.close();
  expect(await call).toEqual(['TimeoutError', undefined]);
  aws = await sandboxAws();
});
