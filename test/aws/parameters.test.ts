import { inspect } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createAwsCallerIdentity } from '../../src/aws/caller-identity.ts';
import { createAwsParameters } from '../../src/aws/parameters.ts';
import { deadlineIn } from '../../src/core/deadline.ts';
import { noFaults } from '../../src/sandbox/aws/faults.ts';
import type { SandboxParameter } from '../../src/sandbox/aws/world.ts';
import { account, region, sandboxAws } from '../support/aws/sandbox-aws.ts';
import { scaledClock } from '../support/clock/scaled-clock.ts';

const inTime = deadlineIn(scaledClock(10), Infinity);
const random = (): number => 0.5;
const token = 'b1gs33cr-3t00-4000-8000-000000000000';

let aws: Awaited<ReturnType<typeof sandboxAws>>;

beforeAll(async () => {
  aws = await sandboxAws();
});
beforeEach(() => {
  Object.assign(aws.faults, noFaults());
  aws.world.parameters.clear();
});
afterAll(() => aws.close());

function store(value: string, type: SandboxParameter['type'] = 'SecureString', name = '/consul/token'): void {
  const tier = 'Standard';
  aws.world.parameters.set(name, [{ name, type, value, tier, version: 1, modified: new Date() }]);
}

async function read(name = '/consul/token'): Promise<string> {
  const secret = await createAwsParameters({ random, target: aws.target }).value(name, inTime);
  expect(inspect(secret)).toBe('[redacted]');
  return secret.reveal();
}

describe('parameters', () => {
  it('come decrypted, by name and by ARN', async () => {
    store(token);
    expect(await read()).toBe(token);
    expect(await read(`arn:aws:ssm:${region}:${account}:parameter/consul/token`)).toBe(token);
  });

  it('come in clear when they are not encrypted, PEM included', async () => {
    const pem = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n';
    store(pem, 'String');
    expect(await read()).toBe(pem);
  });

  it.each([
    ['ciphertext of KMS', 'AQICAHhexample'],
    ['the mark of an emulator', 'ENCRYPTED:abc'],
    ['the mark of another', 'kms:alias/aws/ssm:abc'],
    ['something binary', 'a\u0000b'],
  ])('are refused when they hold %s', async (_name, value) => {
    store(value, 'String');
    await expect(read()).rejects.toMatchObject({
      code: 'UPSTREAM_REJECTED',
      message: expect.stringContaining('/consul/token came encrypted or is not text') as string,
    });
  });

  it('that are missing are named', async () => {
    await expect(read('/consul/tokn')).rejects.toMatchObject({
      code: 'NOT_FOUND',
      message: expect.stringContaining('/consul/tokn') as string,
    });
  });

  it('whose key is denied say so', async () => {
    store(token);
    aws.faults.denied.add('kms:Decrypt');
    await expect(read()).rejects.toMatchObject({
      code: 'UPSTREAM_AUTH',
      message: expect.stringContaining('grant kms:Decrypt on its key') as string,
    });
  });

  it('never show in the error of a garbled answer', async () => {
    store(token);
    aws.faults.strike = () => 'truncate';
    const error: unknown = await read().catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'UPSTREAM_UNAVAILABLE' });
    expect(inspect(error, { depth: null, showHidden: true })).not.toContain('b1gs33cr');
  });
});

describe("the caller's identity", () => {
  it('is an account in a partition and a region', async () => {
    const caller = createAwsCallerIdentity({ random, target: aws.target });
    expect(await caller.identity(inTime)).toEqual({ account, partition: 'aws', region });
  });

  it('is asked for again while STS fails', async () => {
    let calls = 0;
    aws.faults.strike = () => ((calls += 1) < 3 ? 'throttle' : undefined);
    const caller = createAwsCallerIdentity({ random, target: aws.target });
    expect(await caller.identity(inTime)).toMatchObject({ account });
    expect(calls).toBe(3);
  });
});
