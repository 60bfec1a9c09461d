import type { Context } from 'aws-lambda';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { handler } from '../../src/registrator/handler.ts';
import { apiCall } from '../support/registrator/events.ts';
import { functionArn } from '../support/aws/sandbox-aws.ts';

beforeAll(() => {
  vi.stubEnv('CONSUL_HTTP_ADDR', 'consul.invalid:8500');
  vi.stubEnv('LOG_LEVEL', 'silent');
});
afterAll(() => vi.unstubAllEnvs());

/** The answer to an event that needs no call, from a registrator that is invoked under an ARN. */
async function answerUnder(invokedFunctionArn: string): Promise<unknown> {
  const context = { invokedFunctionArn, functionName: 'registrator', getRemainingTimeInMillis: () => 60_000 };
  return handler(apiCall('CreateFunctionUrlConfig'), context as Context);
}

it.each(['', ':live', ':7', ':$LATEST', ':$LATEST.PUBLISHED'])(
  'runs under its own ARN with the qualifier "%s"',
  async (qualifier) => {
    const answer = await answerUnder(`${functionArn('registrator')}${qualifier}`);
    expect(answer).toMatchObject({ complete: true, changes: [], failures: [] });
  },
);

it('does not run under an ARN that does not say where it lives', async () => {
  await expect(answerUnder('registrator')).rejects.toMatchObject({
    code: 'CONFIG_INVALID',
    message: expect.stringContaining('registrator'),
  });
});
