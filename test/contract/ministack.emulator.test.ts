import { describe } from 'vitest';
import { startMinistack } from '../support/aws/emulators.ts';
import { targetAt } from '../support/aws/sandbox-aws.ts';
import { cases } from './cases.ts';
import { type Endpoint, testContract } from './contract.ts';

/** Where it is not like AWS; one that is mended fails the suite until it leaves this list. */
const deviations = [
  'CreateFunction refuses a malformed name',
  'Intelligent-Tiering takes the tier that fits',
  'Invoke refuses an event that is no JSON',
  'ListFunctions gives 50 a page at most',
  'TagsPerPage counts tags and splits no resource',
  'a filter on the name leaves one namespace',
  'a function carries 50 tags at most',
  'a key that does not exist is refused',
  'a listing goes on until its token is missing or empty',
  'a name has 15 levels at most',
  'a name that is taken is refused',
  'a page holds 1 to 100 resources and 100 to 500 tags',
  'a page of a path holds ten at most',
  'a page of instances holds 100 at most',
  'a service with SRV records needs the ports of its instances',
  'a service with instances is not deleted',
  'a standard parameter holds 4 KB, an advanced one 8 KB',
  'a token of a path that no page gave is refused',
  'a token that no page gave is refused',
  'all are discovered where the healthy are asked for and none is',
  'an advanced parameter stays one',
  'an alias is not named like a version',
  'an alias needs a version that exists and a name that does not',
  'an empty value is refused',
  'an empty zip ends its stream with an error',
  'an empty zip fails with 200 and the function error',
  'an instance is deregistered once',
  'an instance may begin unhealthy',
  'as many are discovered as asked for, 100 unless told',
  'functions are found by partial ARN',
  'functions that never had tags are not listed',
  'health does not move the revision',
  'health is set where a service has a custom check',
  'illegal tags are refused',
  'instances are listed 100 a page',
  'instances are listed by pages',
  'namespaces are listed by pages',
  'no more than 1,000 can be asked for',
  'services are listed by their namespace',
  'tags belong to functions, not to their versions',
  'ten parameters at most are read by name',
  'the revision comes with the instances',
  'the type of a parameter does not change',
  'what is missing is named by the error',
];

async function start(): Promise<Endpoint> {
  const ministack = await startMinistack();
  return { target: targetAt(ministack.url), [Symbol.asyncDispose]: () => ministack[Symbol.asyncDispose]() };
}

describe('ministack', () => {
  testContract(cases, start, deviations);
});
