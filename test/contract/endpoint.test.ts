import { describe } from 'vitest';
import { cases } from './cases.ts';
import { type Endpoint, testContract } from './contract.ts';

const endpoint = process.env['AWS_CONTRACT_ENDPOINT'] ?? '';

/** Region, credentials and certificate authority come from the environment, as the SDK reads it. */
async function start(): Promise<Endpoint> {
  return { target: { endpoint }, [Symbol.asyncDispose]: async () => {} };
}

describe(`the endpoint ${endpoint}`, () => {
  testContract(cases, start);
});
