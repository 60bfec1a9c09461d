import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { CreateFunctionCommand, InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRegistryTable } from '../../src/local/dynamodb.ts';
import { type Built, buildAll } from '../support/built.ts';
import { callPath } from '../support/aws/emulator-calls.ts';
import { type RunningEmulator, startMinistack } from '../support/aws/emulators.ts';
import { candidate } from '../support/registry/registry.ts';
import { account, functionArn, targetAt } from '../support/aws/sandbox-aws.ts';

const FunctionName = 'lambda-registry';
const TABLE_NAME = 'services';

let built: Built;
let ministack: RunningEmulator;
let lambda: LambdaClient;
let apiUrl: string;

beforeAll(async () => {
  [built, ministack] = await Promise.all([buildAll(), startMinistack()]);
  const target = targetAt(ministack.url);
  lambda = new LambdaClient(target);
  await createRegistryTable(target, TABLE_NAME);
  await lambda.send(
    new CreateFunctionCommand({
      FunctionName,
      Role: `arn:aws:iam::${account}:role/registry`,
      Runtime: 'nodejs22.x',
      Handler: 'index.handler',
      Timeout: 30,
      Code: { ZipFile: await readFile(path.join(built.folder, 'registry.zip')) },
      Environment: { Variables: { TABLE_NAME } },
    }),
  );
  apiUrl = await createHttpApi();
});
afterAll(async () => {
  await Promise.all([ministack?.[Symbol.asyncDispose](), built?.remove()]);
});

/** An HTTP API of API Gateway that gives every request to the registry; returns where it answers. */
async function createHttpApi(): Promise<string> {
  const create = (where: string, input: object) =>
    callPath(ministack.url, 'apigateway', `/v2/apis${where}`, input);
  const { apiId } = (await create('', { name: 'registry', protocolType: 'HTTP' })) as { apiId: string };
  const { integrationId } = (await create(`/${apiId}/integrations`, {
    integrationType: 'AWS_PROXY',
    integrationUri: functionArn(FunctionName),
    payloadFormatVersion: '2.0',
  })) as { integrationId: string };
  await create(`/${apiId}/routes`, { routeKey: '$default', target: `integrations/${integrationId}` });
  await create(`/${apiId}/stages`, { stageName: '$default', autoDeploy: true });
  return `${ministack.url}/_aws/execute-api/${apiId}/$default`;
}

function generate(input: object): Promise<Response> {
  return fetch(`${apiUrl}/generate`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(input),
  });
}

describe('the built registry as a Lambda function', () => {
  it('remembers services between requests through an HTTP API and its table', async () => {
    const orders = candidate('orders', { c1: '10.0.0.1' });
    const first = await generate({ table: TABLE_NAME, running: [], candidates: [orders] });
    expect([first.status, first.headers.get('content-type')]).toEqual([200, 'text/plain; charset=utf-8']);
    expect(await first.text()).toContain('10.0.0.1:8080');

    const { services } = (await (await fetch(`${apiUrl}/services`)).json()) as { services: object[] };
    expect(services).toMatchObject([{ serviceName: 'orders' }]);
  });

  it('answers a bare payload with the configuration itself', async () => {
    const billing = candidate('billing', { c2: '10.0.0.2' });
    const { FunctionError, Payload = new Uint8Array() } = await lambda.send(
      new InvokeCommand({
        FunctionName,
        Payload: JSON.stringify({ table: TABLE_NAME, host: 'docker-2', running: [], candidates: [billing] }),
      }),
    );
    expect(FunctionError).toBeUndefined();
    expect(JSON.parse(Buffer.from(Payload).toString())).toContain('10.0.0.2:8080');
  });

  it('refuses what it cannot read, naming every field', async () => {
    const answer = await generate({ table: TABLE_NAME, running: 'none' });
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ errors: [{ field: 'running' }] });
  });
});
