import { describe } from 'vitest';
import { startMoto } from '../support/aws/emulators.ts';
import { targetAt } from '../support/aws/sandbox-aws.ts';
import { cases } from './cases.ts';
import { type Endpoint, testContract } from './contract.ts';

/** Where it is not like AWS; one that is mended fails the suite until it leaves this list. */
const deviations = [
  'CreateFunction refuses a malformed name',
  'CreateFunction refuses code that is no zip',
  'Intelligent-Tiering takes the tier that fits',
  'Invoke of a missing alias is a 404',
  'Invoke refuses an event that is no JSON',
  'ListAliases follows markers',
  'ListFunctions gives 50 a page at most',
  'ListFunctions keeps to MaxItems',
  'TagsPerPage counts tags and splits no resource',
  'a filter on the name leaves one namespace',
  'a function carries 50 tags at most',
  'a key that does not exist is refused',
  'a list of ARNs excludes filters',
  'a name has 15 levels at most',
  'a name that is taken is refused',
  'a namespace with services is not deleted',
  'a page of instances holds 100 at most',
  'a service with SRV records needs the ports of its instances',
  'a service with instances is not deleted',
  'a standard parameter holds 4 KB, an advanced one 8 KB',
  'a token of a path that no page gave is refused',
  'an advanced parameter stays one',
  'an alias is not named like a version',
  'an alias needs a version that exists and a name that does not',
  'an empty zip ends its stream with an error',
  'an empty zip fails with 200 and the function error',
  'an event is accepted with 202',
  'an instance may begin unhealthy',
  'an instance that is registered again has its new attributes',
  'as many are discovered as asked for, 100 unless told',
  'functions are found by partial ARN',
  'health is set where a service has a custom check',
  'illegal tags are refused',
  'instances are listed 100 a page',
  'namespaces are listed by pages',
  'no more than 1,000 can be asked for',
  'services are listed by their namespace',
  'tagging several tells what failed beside what did not',
  'tags belong to functions, not to their versions',
  'the revision only grows',
  'the type of a parameter does not change',
  'untagged functions keep their place, without tags',
];

async function start(): Promise<Endpoint> {
  const moto = await startMoto();
  return { target: targetAt(moto.url), [Symbol.asyncDispose]: () => moto[Symbol.asyncDispose]() };
}

describe('moto', () => {
  testContract(cases, start, deviations);
});
