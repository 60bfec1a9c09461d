import { inspect } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ExtensionParameters, Storage } from '../../src/aws/api.ts';
import { createExtensionParameters } from '../../src/aws/extension-parameters.ts';
import type { Clock } from '../../src/core/clock.ts';
import { deadlineIn } from '../../src/core/deadline.ts';
import { Secret } from '../../src/core/secret.ts';
import { noFaults } from '../../src/sandbox/aws/faults.ts';
import { createManualClock } from '../support/clock/manual-clock.ts';
import { startFaultyFront } from '../support/http/faulty-front.ts';
import { sandboxAws } from '../support/aws/sandbox-aws.ts';
import { scaledClock } from '../support/clock/scaled-clock.ts';

const fast = scaledClock(10);
const inTime = deadlineIn(fast, Infinity);
const plain: Storage = { tier: undefined, kmsKey: undefined };
const key = '-----BEGIN EC PRIVATE KEY-----\\ns3cr3t\\n-----END EC PRIVATE KEY-----\\n';
const value = new Secret(`{"privateKeyPEM":"${key}"}`);
const name = '/consul/lambda/default/default/pay';

let aws: Awaited<ReturnType<typeof sandboxAws>>;
beforeAll(async () => {
  aws = await sandboxAws();
});
beforeEach(() => {
  Object.assign(aws.faults, noFaults());
  aws.world.parameters.clear();
});
afterAll(() => aws.close());

function client(clock: Clock = fast): ExtensionParameters {
  return createExtensionParameters({ clock, random: () => 0.5, target: aws.target });
}

describe('extension parameters', () => {
  it('are encrypted, replaced, read in clear and removed', async () => {
    const parameters = client();
    await parameters.put(name, new Secret('first'), plain, inTime);
    await parameters.put(name, value, plain, inTime);
    expect(aws.world.parameters.get(name)?.at(-1)).toMatchObject({
      type: 'SecureString',
      tier: 'Standard',
      version: 2,
    });
    const values = await parameters.values([name, '/missing'], inTime);
    expect([...values.keys()]).toEqual([name]);
    expect(values.get(name)?.reveal()).toBe(value.reveal());
    await parameters.remove(name, inTime);
    await parameters.remove(name, inTime);
    expect(aws.world.parameters.size).toBe(0);
    expect(parameters.calls()).toBe(5);
  });

  it('have the tier and the key that are asked for', async () => {
    aws.world.keys.add('alias/mesh');
    const large = new Secret('x'.repeat(5000));
    await client().put(name, large, { tier: 'Advanced', kmsKey: 'alias/mesh' }, inTime);
    expect(aws.world.parameters.get(name)?.at(-1)).toMatchObject({ tier: 'Advanced' });
    await expect(client().put('/other', large, plain, inTime)).rejects.toMatchObject({
      code: 'UPSTREAM_REJECTED',
    });
  });

  it('are written at most three a second by all callers together', async () => {
    const clock = createManualClock();
    const deadline = deadlineIn(clock, Infinity);
    const parameters = client(clock);
    await parameters.put(name, value, plain, deadline);
    const puts = Array.from({ length: 7 }, (_, at) => parameters.put(`${name}${at}`, value, plain, deadline));
    const sent: number[] = [];
    for (let second = 1; second <= 3; second += 1) {
      await clock.advance(1000);
      sent.push(parameters.calls());
    }
    expect(sent).toEqual([3, 6, 8]);
    await Promise.all(puts);
  });

  it('are written again while Parameter Store limits writes', async () => {
    let calls = 0;
    aws.faults.strike = () => ((calls += 1) < 3 ? 'throttle' : undefined);
    await client().put(name, value, plain, inTime);
    expect(calls).toBe(3);
  });

  it('whose turn comes after the deadline are not asked for', async () => {
    const clock = createManualClock();
    const parameters = client(clock);
    await parameters.put(name, value, plain, deadlineIn(clock, Infinity));
    await expect(parameters.put(name, value, plain, deadlineIn(clock, 100))).rejects.toMatchObject({
      code: 'DEADLINE_EXCEEDED',
    });
    expect(parameters.calls()).toBe(1);
  });

  it.each([
    ['ssm:PutParameter', undefined, /denied ssm:PutParameter of \/consul.*grant ssm:PutParameter\./],
    ['kms:Encrypt', 'alias/mesh', /grant kms:Encrypt on key alias\/mesh/],
    ['kms:Encrypt', undefined, /grant kms:Encrypt on its key/],
  ])('that may not be written for want of %s (key %s) say so', async (action, kmsKey, message) => {
    aws.world.keys.add('alias/mesh');
    aws.faults.denied.add(action);
    const write = client().put(name, value, { ...plain, kmsKey }, inTime);
    await expect(write).rejects.toMatchObject({
      code: 'UPSTREAM_AUTH',
      message: expect.stringMatching(message) as string,
    });
  });

  it('that need a key of their own for the advanced tier say so', async () => {
    aws.faults.denied.add('kms:GenerateDataKey');
    const write = client().put(name, value, { tier: 'Advanced', kmsKey: undefined }, inTime);
    await expect(write).rejects.toMatchObject({
      message: expect.stringContaining('grant kms:GenerateDataKey on its key') as string,
    });
  });

  it('name a key that cannot be used', async () => {
    const write = client().put(name, value, { ...plain, kmsKey: 'alias/none' }, inTime);
    await expect(write).rejects.toMatchObject({
      code: 'UPSTREAM_AUTH',
      message: expect.stringMatching(/cannot use key alias\/none .* grant kms:Encrypt/) as string,
    });
  });

  it.each(['ssm:DeleteParameter', 'ssm:GetParameters'])('name %s where it is denied', async (action) => {
    aws.faults.denied.add(action);
    const call = action.endsWith('s') ? client().values([name], inTime) : client().remove(name, inTime);
    await expect(call).rejects.toMatchObject({
      code: 'UPSTREAM_AUTH',
      message: expect.stringContaining(`grant ${action}`) as string,
    });
  });

  it.each(['truncate', 'hollow', 'garble'] as const)(
    'are not taken for missing in a %sd answer',
    async (fault) => {
      await client().put(name, value, plain, inTime);
      aws.faults.strike = () => fault;
      await expect(client().values([name, '/missing'], inTime)).rejects.toMatchObject({
        code: 'UPSTREAM_UNAVAILABLE',
      });
    },
  );

  it.each(['truncate', 'garble', 'hollow', 'server-error', 'lose-answer'] as const)(
    'show in no error when the answer is hit by %s',
    async (fault) => {
      await client().put(name, value, plain, inTime);
      aws.faults.strike = () => fault;
      const calls = [() => client().put(name, value, plain, inTime), () => client().values([name], inTime)];
      for (const call of calls) {
        const error: unknown = await call().catch((thrown: unknown) => thrown);
        expect(inspect(error, { depth: 9, showHidden: true })).not.toContain('s3cr3t');
      }
    },
  );

  it('are not shown by an error that quotes them', async () => {
    const front = await startFaultyFront({ host: '127.0.0.1', port: 1 });
    const message = `Value '${value.reveal()}' at 'value' failed to satisfy constraint: it is too long`;
    const body = JSON.stringify({ __type: 'ValidationException', message });
    front.fault = () => ({ status: 400, type: 'application/x-amz-json-1.1', body });
    const target = { ...aws.target, endpoint: `http://127.0.0.1:${front.port}` };
    const parameters = createExtensionParameters({ clock: fast, random: () => 0.5, target });
    const error: unknown = await parameters
      .put(name, value, plain, inTime)
      .catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'UPSTREAM_REJECTED' });
    const shown = inspect(error, { depth: 9, showHidden: true });
    expect(shown).toContain('it is too long');
    expect(shown).not.toContain('s3cr3t');
    await front.close();
  });
});
