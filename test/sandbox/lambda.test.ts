import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { buildBundle } from '../../scripts/bundles.ts';
import { type LambdaFunction, startLambda } from '../../src/sandbox/lambda.ts';

const functionArn = 'arn:aws:lambda:eu-west-1:123456789012:function:tried';
const handler = `
let invocations = 0;
export async function handler(event, context) {
  if (event.fail) throw new Error('as asked');
  if (event.crash) process.exit(1);
  const { invokedFunctionArn, functionName } = context;
  invocations += 1;
  const inTime = context.getRemainingTimeInMillis() > 0;
  return { event, invokedFunctionArn, functionName, inTime, invocations, home: process.env.HOME, own: process.env.OWN };
}`;

let folder: string;
let lambda: LambdaFunction;

beforeAll(async () => {
  await mkdir('.cache', { recursive: true });
  folder = await mkdtemp('.cache/lambda-');
  await buildBundle({ program: 'sandbox', entry: 'src/sandbox/lambda-host.ts', zip: false }, folder);
  await writeFile(`${folder}/function.mjs`, handler);
});
afterAll(async () => rm(folder, { recursive: true, force: true }));

beforeEach(() => {
  lambda = startLambda({
    host: path.resolve(folder, 'sandbox/index.mjs'),
    bundle: pathToFileURL(path.resolve(folder, 'function.mjs')).href,
    functionArn,
    env: { OWN: 'yes' },
  });
});
afterEach(async () => lambda.close());

it('hands events to a built function, one process for all, with its own environment alone', async () => {
  await lambda.invoke({});
  expect(await lambda.invoke({ a: [1] })).toEqual({
    event: { a: [1] },
    invokedFunctionArn: functionArn,
    functionName: 'tried',
    inTime: true,
    invocations: 2,
    own: 'yes',
  });
});

it('throws what the function fails with, and goes on', async () => {
  await expect(lambda.invoke({ fail: true })).rejects.toMatchObject({
    code: 'UPSTREAM_REJECTED',
    message: 'as asked',
  });
  expect(await lambda.invoke({})).toMatchObject({ invocations: 1 });
});

it('says when the function died, and starts it again for the next event', async () => {
  await expect(lambda.invoke({ crash: true })).rejects.toThrow('The function ended.');
  expect(await lambda.invoke({})).toMatchObject({ invocations: 1 });
});
