import { randomUUID } from 'node:crypto';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { CreateFunctionCommand, type CreateFunctionCommandInput, LambdaClient } from '@aws-sdk/client-lambda';
import { ResourceGroupsTaggingAPIClient } from '@aws-sdk/client-resource-groups-tagging-api';
import { SSMClient } from '@aws-sdk/client-ssm';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { AwsTarget } from '../../src/aws/client.ts';
import { createConnections } from '../../src/aws/transport/connections.ts';
import { createCredentialSource } from '../../src/aws/transport/credentials.ts';
import { createJsonApi } from '../../src/aws/transport/json-api.ts';
import { isAppError } from '../../src/core/errors.ts';
import { emptyZip } from '../support/aws/empty-zip.ts';

/** Some AWS: the sandbox's endpoints, an emulator, or whatever answers at an address. */
export interface Endpoint extends AsyncDisposable {
  target: AwsTarget;
  /** Where DynamoDB is, if elsewhere. */
  tables?: AwsTarget;
}

/** What a case works with: clients of one endpoint, and whose it is. */
export interface Aws {
  lambda: LambdaClient;
  tagging: ResourceGroupsTaggingAPIClient;
  ssm: SSMClient;
  sts: STSClient;
  dynamodb: DynamoDBClient;
  /** One call of AWS Cloud Map, whose SDK client this project does without. */
  cloudMap: <Answer>(operation: string, input: object) => Promise<Answer>;
  /** Where `dynamodb` finds its tables. */
  tables: AwsTarget;
  account: string;
  region: string;
  role: string;
}

/** What AWS does, by a sentence that says it. Cases share an endpoint, so each makes names of its own. */
export type Cases = Readonly<Record<string, (aws: Aws) => Promise<void>>>;

/**
 * Holds an endpoint to `cases`. Those in `deviations` it is known to fail: one that it passes, or that is no case,
 * fails the suite, so that the list stays true.
 */
export function testContract(
  cases: Cases,
  start: () => Promise<Endpoint>,
  deviations: readonly string[] = [],
): void {
  let endpoint: Endpoint;
  let aws: Aws;
  beforeAll(async () => {
    endpoint = await start();
    aws = await clientsOf(endpoint);
  });
  afterAll(() => endpoint?.[Symbol.asyncDispose]());

  for (const [sentence, run] of Object.entries(cases)) {
    const test = deviations.includes(sentence) ? it.fails : it;
    test(sentence, () => run(aws));
  }

  it('has no deviations listed that are no cases', () => {
    expect(deviations.filter((sentence) => !(sentence in cases))).toEqual([]);
  });
}

async function clientsOf({ target, tables = target }: Endpoint): Promise<Aws> {
  const options = { ...target, maxAttempts: 1 };
  const sts = new STSClient(options);
  const { Account: account = '' } = await sts.send(new GetCallerIdentityCommand({}));
  const lambda = new LambdaClient(options);
  return {
    sts,
    lambda,
    tagging: new ResourceGroupsTaggingAPIClient(options),
    ssm: new SSMClient(options),
    dynamodb: new DynamoDBClient({ ...tables, maxAttempts: 1 }),
    cloudMap: await cloudMapAt(lambda),
    tables,
    account,
    region: await lambda.config.region(),
    role: `arn:aws:iam::${account}:role/contract`,
  };
}

/** Calls Cloud Map where and as an SDK client calls its own service. */
async function cloudMapAt({ config }: LambdaClient): Promise<Aws['cloudMap']> {
  const { protocol = 'https:', hostname = '', port } = (await config.endpoint?.()) ?? {};
  const endpoint = `${protocol}//${hostname}${port === undefined ? '' : `:${port}`}`;
  const api = createJsonApi(
    {
      service: 'servicediscovery',
      targetPrefix: 'Route53AutoNaming_v20170314',
      region: await config.region(),
      endpoint,
      isOwn: false,
    },
    {
      connections: createConnections(undefined),
      credentials: createCredentialSource(() => config.credentials(), Date.now),
      now: Date.now,
    },
  );
  return async <Answer>(operation: string, input: object) => {
    const request = { action: `servicediscovery:${operation}` };
    try {
      const { signal } = new AbortController();
      return JSON.parse((await api({ operation, input, request, signal })) || '{}') as Answer;
    } catch (error) {
      // As the SDK throws it, to be compared as its errors are.
      throw isAppError(error) ? (error.cause ?? error) : error;
    }
  };
}

/** A name that nothing else has, for cases share an endpoint. */
export function unique(name: string): string {
  return `${name}-${randomUUID().slice(0, 8)}`;
}

/** Creates a function and returns its ARN. */
export async function createFunction(
  aws: Aws,
  FunctionName: string,
  more: Partial<CreateFunctionCommandInput> = {},
): Promise<string> {
  const command = new CreateFunctionCommand({
    FunctionName,
    Role: aws.role,
    Runtime: 'nodejs22.x',
    Handler: 'index.handler',
    Code: { ZipFile: emptyZip },
    ...more,
  });
  const { FunctionArn = '' } = await aws.lambda.send(command);
  return FunctionArn;
}

/** Name and HTTP status of the error that a call ends with. */
export async function refusal(call: Promise<unknown>): Promise<[name: string, status: number | undefined]> {
  const error = (await call.then(
    () => ({ name: 'no error' }),
    (thrown: unknown) => thrown,
  )) as { name: string; $metadata?: { httpStatusCode?: number } };
  return [error.name, error.$metadata?.httpStatusCode];
}

/** Follows tokens to the last page, which has none or an empty one; at most 50 pages. */
export async function allPages<Item>(
  read: (token: string | undefined) => Promise<{ items: Item[] | undefined; next: string | undefined }>,
): Promise<Item[][]> {
  const pages: Item[][] = [];
  let token: string | undefined;
  do {
    const { items = [], next } = await read(token);
    pages.push(items);
    token = next;
  } while (token && pages.length < 50);
  return pages;
}
