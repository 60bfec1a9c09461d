import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Functions } from '../../src/aws/api.ts';
import { createAwsFunctions } from '../../src/aws/functions.ts';
import { systemClock } from '../../src/core/clock.ts';
import { deadlineIn } from '../../src/core/deadline.ts';
import type { Fault } from '../../src/sandbox/aws/faults.ts';
import { faultsInTurn } from '../support/aws/faults.ts';
import { addFunction } from '../../src/sandbox/aws/world.ts';
import { functionArn, sandboxAws } from '../support/aws/sandbox-aws.ts';
import { scaledClock } from '../support/clock/scaled-clock.ts';

const enabled = 'serverless.consul.hashicorp.com/v1alpha1/lambda/enabled';
const clock = scaledClock(10);
const inTime = deadlineIn(clock, Infinity);

let aws: Awaited<ReturnType<typeof sandboxAws>>;
let functions: Functions;

beforeEach(async () => {
  aws = await sandboxAws();
  functions = createAwsFunctions({ clock, random: () => 0.5, requestsPerSecond: 8, target: aws.target });
});

afterEach(() => aws.close());

function strike(operation: string, ...faults: Fault[]): void {
  aws.faults.strike = faultsInTurn(operation, faults);
}

function add(count: number, tags: Record<string, string> = { [enabled]: 'true' }): string[] {
  const names = Array.from({ length: count }, (_, index) => `f${String(index).padStart(4, '0')}`);
  for (const name of names) addFunction(aws.world, name, tags);
  return names.map(functionArn);
}

describe('functions in the tagging index', () => {
  it('lists all pages, with every value of the key', async () => {
    const arns = add(230);
    addFunction(aws.world, 'zz-upper', { [enabled]: 'TRUE', team: 'orders' });
    addFunction(aws.world, 'other', { team: 'orders' });

    // At its own pace, since a call that is slow on a busy machine would be made once more.
    functions = createAwsFunctions({
      clock: systemClock,
      random: () => 0.5,
      requestsPerSecond: 8,
      target: aws.target,
    });
    const listing = await functions.listTagged(enabled, 100, deadlineIn(systemClock, Infinity));

    expect(listing.failure).toBeUndefined();
    expect(listing.items.map(({ arn }) => arn)).toEqual([...arns, functionArn('zz-upper')]);
    expect(listing.items.at(-1)?.tags).toEqual({ [enabled]: 'TRUE', team: 'orders' });
    expect(functions.calls()).toBe(3);
  });

  it('and their tags may have names that every object of JavaScript has', async () => {
    const odd = JSON.parse(`{"__proto__":"x","constructor":"y","${enabled}":"true"}`) as Record<
      string,
      string
    >;
    for (const name of ['__proto__', 'constructor']) addFunction(aws.world, name, odd);
    const arns = ['__proto__', 'constructor'].map(functionArn);
    const { items, failure } = await functions.listTagged(enabled, 100, inTime);
    expect(failure).toBeUndefined();
    expect(items.map(({ arn }) => arn)).toEqual(arns);
    expect(Object.entries(items[0]?.tags ?? {})).toEqual(Object.entries(odd));
    expect((await functions.listAll(inTime)).items).toEqual(arns);
    for (const arn of arns)
      expect(Object.entries((await functions.tagsOf(arn, inTime)) ?? {})).toEqual(Object.entries(odd));
    expect((await functions.listTagged('toString', 100, inTime)).items).toEqual([]);
  });

  it('reads past empty pages', async () => {
    const arns = add(3);
    strike('GetResources', 'empty-page', 'empty-page');
    const listing = await functions.listTagged(enabled, 100, inTime);
    expect(listing).toMatchObject({ items: arns.map((arn) => ({ arn })), failure: undefined });
  });

  it('starts over, once, when a token expires', async () => {
    const arns = add(5);
    strike('GetResources', 'empty-page', 'expire-token');
    const listing = await functions.listTagged(enabled, 2, inTime);
    expect(listing.items.map(({ arn }) => arn)).toEqual(arns);
    expect(listing.failure).toBeUndefined();
  });

  it('ends incomplete when tokens keep expiring', async () => {
    add(5);
    strike('GetResources', 'empty-page', 'expire-token', 'empty-page', 'expire-token');
    const { failure } = await functions.listTagged(enabled, 2, inTime);
    expect(failure).toMatchObject({ code: 'UPSTREAM_REJECTED' });
  });

  it('keeps what it found when a later page fails', async () => {
    const [first] = add(2);
    let page = 0;
    aws.faults.strike = () => ((page += 1) === 1 ? undefined : 'server-error');
    const { items, failure } = await functions.listTagged(enabled, 1, inTime);
    expect(items.map(({ arn }) => arn)).toEqual([first]);
    expect(failure).toMatchObject({ code: 'UPSTREAM_UNAVAILABLE', retryable: true });
  });

  it.each<Fault>(['truncate', 'hollow'])(
    'never takes a garbled answer for an empty list (%s)',
    async (fault) => {
      add(1);
      aws.faults.strike = () => fault;
      const { items, failure } = await functions.listTagged(enabled, 100, inTime);
      expect(items).toEqual([]);
      expect(failure?.message).toBe('The answer to tag:GetResources was cut short or garbled.');
    },
  );

  it('throws when the permission is missing, and names it', async () => {
    aws.faults.denied.add('tag:GetResources');
    await expect(functions.listTagged(enabled, 100, inTime)).rejects.toMatchObject({
      code: 'UPSTREAM_AUTH',
      message: expect.stringContaining('grant tag:GetResources') as string,
    });
  });
});

describe('functions of the account', () => {
  it('lists all pages of 50 by unqualified ARN', async () => {
    const arns = add(120, {});
    expect(await functions.listAll(inTime)).toEqual({ items: arns, failure: undefined });
    expect(functions.calls()).toBe(3);
  });

  it('says why a listing ended early', async () => {
    add(60);
    let page = 0;
    aws.faults.strike = () => ((page += 1) === 1 ? undefined : 'drop');
    const { items, failure } = await functions.listAll(inTime);
    expect(items).toHaveLength(50);
    expect(failure).toMatchObject({ code: 'UPSTREAM_UNAVAILABLE' });
  });
});

describe('tags of a function', () => {
  it('reads them as they are now, none included', async () => {
    addFunction(aws.world, 'tagged', { [enabled]: 'true' });
    addFunction(aws.world, 'bare');
    expect(await functions.tagsOf(functionArn('tagged'), inTime)).toEqual({ [enabled]: 'true' });
    expect(await functions.tagsOf(functionArn('bare'), inTime)).toEqual({});
  });

  it('says that a function is gone only when Lambda does', async () => {
    expect(await functions.tagsOf(functionArn('gone'), inTime)).toBeUndefined();
    addFunction(aws.world, 'there');
    aws.faults.strike = () => 'hollow';
    await expect(functions.tagsOf(functionArn('there'), inTime)).rejects.toMatchObject({
      code: 'UPSTREAM_UNAVAILABLE',
    });
  });

  it.each<Fault>(['throttle', 'server-error', 'drop', 'lose-answer', 'truncate', 'hang'])(
    'asks again after %s',
    async (fault) => {
      addFunction(aws.world, 'orders', { [enabled]: 'true' });
      strike('ListTags', fault, fault);
      expect(await functions.tagsOf(functionArn('orders'), inTime)).toEqual({ [enabled]: 'true' });
      expect(functions.calls()).toBe(3);
    },
  );

  it.each<[Fault, string]>([
    ['throttle', 'UPSTREAM_THROTTLED'],
    ['server-error', 'UPSTREAM_UNAVAILABLE'],
    ['drop', 'UPSTREAM_UNAVAILABLE'],
    ['hang', 'UPSTREAM_TIMEOUT'],
  ])('gives up on steady %s with %s', async (fault, code) => {
    aws.faults.strike = () => fault;
    await expect(functions.tagsOf(functionArn('orders'), inTime)).rejects.toMatchObject({
      code,
      retryable: true,
    });
    expect(functions.calls()).toBe(5);
  });

  it('names the permission that is missing', async () => {
    aws.faults.denied.add('lambda:ListTags');
    await expect(functions.tagsOf(functionArn('orders'), inTime)).rejects.toMatchObject({
      code: 'UPSTREAM_AUTH',
      message: expect.stringContaining('grant lambda:ListTags') as string,
    });
    expect(functions.calls()).toBe(1);
  });

  it('ends at the deadline while a call hangs, and does not start one afterwards', async () => {
    aws.faults.strike = () => 'hang';
    for (const ms of [1_000, 0]) {
      await expect(functions.tagsOf(functionArn('orders'), deadlineIn(clock, ms))).rejects.toMatchObject({
        code: 'DEADLINE_EXCEEDED',
      });
      expect(functions.calls()).toBe(1);
    }
  });

  it('does not queue behind the rate limit for longer than there is time', async () => {
    addFunction(aws.world, 'orders');
    const slow = createAwsFunctions({
      clock: systemClock,
      random: () => 0.5,
      requestsPerSecond: 1e-6,
      target: aws.target,
    });
    const ask = () => slow.tagsOf(functionArn('orders'), deadlineIn(systemClock, 60_000));
    await Promise.all(Array.from({ length: 15 }, ask));
    await expect(ask()).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED' });
    expect(slow.calls()).toBe(15);
  });

  it('says what to check when nobody listens', async () => {
    const { target } = aws;
    await aws.close();
    const away = createAwsFunctions({ clock, random: () => 0, requestsPerSecond: 8, target });
    await expect(away.tagsOf(functionArn('orders'), inTime)).rejects.toMatchObject({
      code: 'UPSTREAM_UNAVAILABLE',
      message: expect.stringContaining('No connection for lambda:ListTags') as string,
    });
    aws = await sandboxAws();
  });
});
