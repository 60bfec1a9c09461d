import { afterEach, beforeEach, expect, it } from 'vitest';
import { createAwsServerDate } from '../../../src/aws/inspection/server-date.ts';
import { testDeadline } from '../../support/consul/client.ts';
import { sandboxAws } from '../../support/aws/sandbox-aws.ts';

let aws: Awaited<ReturnType<typeof sandboxAws>>;

beforeEach(async () => {
  aws = await sandboxAws();
});
afterEach(() => aws.close());

const date = (target = aws.target) => createAwsServerDate({ random: () => 0, target })(testDeadline());

it('is that of an answer, to the second', async () => {
  expect(Math.abs(Number(await date()) - Date.now())).toBeLessThan(2_000);
});

it('is that of a refusal as well', async () => {
  aws.faults.expiredKeys.add('AKIDEXAMPLE');
  expect(Math.abs(Number(await date()) - Date.now())).toBeLessThan(2_000);
});

it('is not known where nobody answers', async () => {
  expect(await date({ ...aws.target, endpoint: 'http://127.0.0.1:1' })).toBeUndefined();
});
