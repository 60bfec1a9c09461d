import { describe } from 'vitest';
import { startDynamo } from '../../src/local/dynamodb.ts';
import { sandboxAws } from '../support/aws/sandbox-aws.ts';
import { cases } from './cases.ts';
import { type Endpoint, testContract } from './contract.ts';

async function start(): Promise<Endpoint> {
  const [aws, dynamo] = await Promise.all([sandboxAws(), startDynamo()]);
  return {
    target: aws.target,
    tables: dynamo.target,
    [Symbol.asyncDispose]: async () => {
      await Promise.all([aws.close(), dynamo[Symbol.asyncDispose]()]);
    },
  };
}

describe('the endpoints of the sandbox', () => {
  testContract(cases, start);
});
