import { GetParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { GetPolicyCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startSandboxAws } from '../../../src/sandbox/aws/server.ts';
import { authorizationFor } from '../../support/aws/emulator-calls.ts';
import { sandboxAws } from '../../support/aws/sandbox-aws.ts';

let aws: Awaited<ReturnType<typeof sandboxAws>>;

beforeAll(async () => {
  aws = await sandboxAws();
});
afterAll(() => aws.close());

async function post(headers: Record<string, string>, body: string): Promise<[number, string]> {
  const response = await fetch(aws.url, { method: 'POST', headers, body });
  return [response.status, await response.text()];
}

describe('requests that make no sense to the sandbox', () => {
  it('need a signature, since it tells the service', async () => {
    expect(await post({}, '{}')).toEqual([
      403,
      expect.stringContaining('MissingAuthenticationTokenException'),
    ]);
  });

  it('name services that it has', async () => {
    const answer = await post({ authorization: authorizationFor('s3') }, '');
    expect(answer).toEqual([
      404,
      expect.stringContaining('no service s3, only tagging, lambda, ssm, sts, servicediscovery'),
    ]);
  });

  it('are meant for its region', async () => {
    const elsewhere = new SSMClient({ ...aws.target, region: 'us-east-1', maxAttempts: 1 });
    await expect(elsewhere.send(new GetParameterCommand({ Name: '/x' }))).rejects.toMatchObject({
      name: 'InvalidSignatureException',
      message: expect.stringContaining("the sandbox's region eu-west-1, not us-east-1") as string,
    });
  });

  it('ask for operations that it has', async () => {
    const target = { authorization: authorizationFor('ssm'), 'x-amz-target': 'AmazonSSM.StartSession' };
    expect(await post(target, '{}')).toEqual([400, expect.stringContaining('no ssm StartSession')]);
    const lambda = new LambdaClient({ ...aws.target, maxAttempts: 1 });
    await expect(lambda.send(new GetPolicyCommand({ FunctionName: 'orders' }))).rejects.toMatchObject({
      name: 'UnknownOperationException',
    });
  });

  it.each(['{', '"text"', 'null'])('carry a JSON object, not %s', async (body) => {
    const target = { authorization: authorizationFor('ssm'), 'x-amz-target': 'AmazonSSM.GetParameter' };
    expect(await post(target, body)).toEqual([400, expect.stringContaining('SerializationException')]);
  });

  it('have paths that can be read', async () => {
    const headers = { authorization: authorizationFor('lambda') };
    const answer = await fetch(`${aws.url}/2015-03-31/functions/%E0%A4%A`, { headers });
    expect(answer.status).toBe(400);
  });

  it('name every field that is wrong', async () => {
    const target = { authorization: authorizationFor('ssm'), 'x-amz-target': 'AmazonSSM.PutParameter' };
    const [status, body] = await post(target, JSON.stringify({ Name: 'white space', Value: 7 }));
    expect(status).toBe(400);
    expect(body).toMatch(/ValidationException.*2 validation errors detected: Name: .*Value: /);
  });
});

it('refuses a port that is taken', async () => {
  const port = Number(new URL(aws.url).port);
  await expect(startSandboxAws({ account: '1', region: 'x', port })).rejects.toMatchObject({
    code: 'EADDRINUSE',
  });
});
