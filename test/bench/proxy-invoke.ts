import { fork } from 'node:child_process';
import { once } from 'node:events';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { createLambdaInvoker } from '../../src/aws/invoke/lambda.ts';
import { systemClock } from '../../src/core/clock.ts';
import { targetAt } from '../support/aws/sandbox-aws.ts';
import { inTurn, medianOf, printTable, ratio, timed } from './harness.ts';

/** Invocations of the proxy's client against those of the SDK's, for the same Lambda, so many in flight at a time. */
const inFlight = 32;
const calls = 6_000;
const rounds = 5;

const stub = fork(new URL('proxy-invoke-stub.ts', import.meta.url), { execArgv: process.execArgv });
const [port] = (await once(stub, 'message')) as [number];
const endpoint = `http://127.0.0.1:${port}`;
const { region, credentials } = targetAt(endpoint);
const payload = Buffer.from(
  JSON.stringify({ version: '2.0', rawPath: '/', headers: { a: 'b'.repeat(900) } }),
);
const nobodyLeaves = { cancelled: false, onCancel: () => () => {} };

const lambda = await createLambdaInvoker({
  clock: systemClock,
  random: Math.random,
  credentials: () => Promise.resolve(credentials),
});
const ours = lambda.functionAt({
  functionName: 'bench',
  qualifier: undefined,
  region,
  endpoint,
  assumeRoleArn: undefined,
  externalId: undefined,
  timeoutMs: 60_000,
});
const theirs = new LambdaClient({ region, endpoint, credentials, maxAttempts: 1 });
const command = () => new InvokeCommand({ FunctionName: 'bench', Payload: payload });
const call = { payload, traceId: 'Root=1-00000000-000000000000000000000000' };

async function all(invoke: () => Promise<unknown>): Promise<void> {
  let left = calls;
  const one = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      await invoke();
    }
  };
  await Promise.all(Array.from({ length: inFlight }, one));
}

let perSecond = 0;
const times = await medianOf(rounds, async (at) => {
  const [mine, sdk] = await inTurn(
    at,
    () => timed(() => all(() => ours.invoke(call, nobodyLeaves))),
    () => timed(() => all(() => theirs.send(command()))),
  );
  perSecond = (calls / mine) * 1000;
  return sdk / mine;
});

await lambda.close();
theirs.destroy();
stub.disconnect();

printTable(`Invocations of a function that answers at once, ${inFlight} in flight`, [
  ratio('invocations', times, "the SDK's", { atLeast: 5 }, `, ${perSecond.toFixed(0)} a second`),
]);
