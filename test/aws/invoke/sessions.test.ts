import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Credentials } from '../../../src/aws/signer.ts';
import type { SandboxAws } from '../../../src/sandbox/aws/server.ts';
import { addFunction } from '../../../src/sandbox/aws/world.ts';
import { faultsInTurn } from '../../support/aws/faults.ts';
import { addressAt, createCancellation } from '../../support/aws/invoke-endpoint.ts';
import {
  callWith,
  lambdaInvoker,
  lambdaInvokerOfSdk,
  nobodyLeaves,
} from '../../support/aws/lambda-invoker.ts';
import { account, sandboxAws } from '../../support/aws/sandbox-aws.ts';

const role = `arn:aws:iam::${account}:role/invoker`;
let aws: SandboxAws;
let runs: number;

beforeEach(async () => {
  aws = await sandboxAws();
  runs = 0;
  addFunction(aws.world, 'orders').code = () => {
    runs += 1;
    return '"done"';
  };
  vi.stubEnv('AWS_ENDPOINT_URL_STS', aws.url);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await aws.close();
});

/** Credentials of sessions that are named by their number. */
function sessions() {
  let made = 0;
  return async (): Promise<Credentials> => {
    made += 1;
    return { accessKeyId: `ASIA${made}`, secretAccessKey: 's', expiration: new Date(Date.now() + 3_600_000) };
  };
}

describe('credentials that do not come', () => {
  it.each(['invoke', 'enqueue'] as const)(
    'are waited for while anybody waits for the call (%s)',
    async (how) => {
      await using lambda = await lambdaInvoker({ credentials: () => new Promise(() => undefined) });
      const leaving = createCancellation();
      const answer = lambda.functionAt(addressAt(aws.url))[how](callWith('{}'), leaving);
      leaving.cancel();
      await expect(answer).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED' });
      expect(runs).toBe(0);
    },
  );
});

describe('refused credentials', () => {
  it('are renewed, and the call is sent once more', async () => {
    let now = Date.now();
    await using lambda = await lambdaInvoker({ credentials: sessions(), now: () => now });
    const target = lambda.functionAt(addressAt(aws.url));
    await target.invoke(callWith('{}'), nobodyLeaves);
    aws.faults.expiredKeys.add('ASIA1');
    now += 10_000;
    const { payload } = await target.invoke(callWith('{}'), nobodyLeaves);
    expect(payload.toString()).toBe('"done"');
    expect(runs).toBe(2);
  });

  it('are told of when new ones are refused as well', async () => {
    let now = Date.now();
    await using lambda = await lambdaInvoker({ credentials: sessions(), now: () => now });
    const target = lambda.functionAt(addressAt(aws.url));
    await target.invoke(callWith('{}'), nobodyLeaves);
    for (const key of ['ASIA1', 'ASIA2']) aws.faults.expiredKeys.add(key);
    now += 10_000;
    await expect(target.invoke(callWith('{}'), nobodyLeaves)).rejects.toMatchObject({
      code: 'UPSTREAM_AUTH',
      message: expect.stringContaining('ExpiredTokenException') as string,
    });
    expect(runs).toBe(1);
  });
});

describe('a role', () => {
  it('is assumed with its external ID, once for all calls', async () => {
    aws.world.roles.set(role, { externalId: 'secret' });
    const operations: string[] = [];
    aws.faults.strike = ({ operation }) => void operations.push(operation);
    await using lambda = await lambdaInvoker();
    const target = lambda.functionAt(addressAt(aws.url, { assumeRoleArn: role, externalId: 'secret' }));
    const calls = Array.from({ length: 3 }, () => target.invoke(callWith('{}'), nobodyLeaves));
    await Promise.all(calls);
    expect(operations).toEqual(['AssumeRole', 'Invoke', 'Invoke', 'Invoke']);
  });

  it('that may not be assumed is named', async () => {
    await using lambda = await lambdaInvoker();
    const target = lambda.functionAt(addressAt(aws.url, { assumeRoleArn: role }));
    await expect(target.invoke(callWith('{}'), nobodyLeaves)).rejects.toMatchObject({
      code: 'UPSTREAM_AUTH',
      message: expect.stringContaining(
        `AWS denied sts:AssumeRole of ${role}: grant sts:AssumeRole`,
      ) as string,
    });
    expect(runs).toBe(0);
  });

  it('is asked for again while STS is busy', async () => {
    aws.world.roles.set(role, {});
    aws.faults.strike = faultsInTurn('AssumeRole', ['throttle', 'server-error']);
    await using lambda = await lambdaInvoker();
    const target = lambda.functionAt(addressAt(aws.url, { assumeRoleArn: role }));
    expect(await target.invoke(callWith('{}'), nobodyLeaves)).toMatchObject({ status: 200 });
  });
});

describe('the own credentials', () => {
  it('are those of the environment', async () => {
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIAENVIRONMENT');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'secret');
    aws.faults.expiredKeys.add('AKIAENVIRONMENT');
    await using lambda = await lambdaInvokerOfSdk();
    const target = lambda.functionAt(addressAt(aws.url));
    // Those alone are refused.
    await expect(target.invoke(callWith('{}'), nobodyLeaves)).rejects.toMatchObject({
      message: expect.stringContaining('ExpiredTokenException') as string,
    });
  });

  it('are missed with what to do', async () => {
    const nowhere = '/nonexistent';
    for (const name of ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_PROFILE'])
      vi.stubEnv(name, undefined);
    vi.stubEnv('AWS_CONFIG_FILE', nowhere);
    vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', nowhere);
    vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true');
    await using lambda = await lambdaInvokerOfSdk();
    const target = lambda.functionAt(addressAt(aws.url));
    await expect(target.invoke(callWith('{}'), nobodyLeaves)).rejects.toMatchObject({
      code: 'UPSTREAM_AUTH',
      message: expect.stringContaining('No AWS credentials for lambda:InvokeFunction: set them') as string,
    });
  });
});
