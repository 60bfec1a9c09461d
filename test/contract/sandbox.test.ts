import { describe } from 'vitest';
import { sandboxAws } from '../support/sandbox-aws.ts';
import { cases } from './cases.ts';
import { type Endpoint, testContract } from './contract.ts';

async function start(): Promise<Endpoint> {
  const aws = await sandboxAws();
  return { target: aws.target, [Symbol.asyncDispose]: () => aws.close() };
}

describe('the endpoints of the sandbox', () => {
  testContract(cases, start);
});
