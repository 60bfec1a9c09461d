import { buffer } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Lambda } from '../../../src/aws/invoke/api.ts';
import type { Invoked } from '../../../src/http/message.ts';
import type { AwsRoute } from '../../../src/proxy/config.ts';
import { Failure } from '../../../src/proxy/failures.ts';
import { createAwsTarget } from '../../../src/proxy/targets/aws.ts';
import type { Call, InvokedStream, Slots, Target } from '../../../src/proxy/targets/target.ts';
import type { Fault } from '../../../src/sandbox/aws/faults.ts';
import { faultsInTurn } from '../../support/aws/faults.ts';
import { addFunction, type FunctionCode } from '../../../src/sandbox/aws/world.ts';
import { createCancellation } from '../../support/aws/invoke-endpoint.ts';
import { lambdaInvoker, traceId } from '../../support/aws/lambda-invoker.ts';
import { region, sandboxAws } from '../../support/aws/sandbox-aws.ts';
import { waitUntil } from '../../support/wait-until.ts';

let aws: Awaited<ReturnType<typeof sandboxAws>>;
let lambda: Lambda;
let released: string[];

beforeEach(async () => {
  released = [];
  aws = await sandboxAws();
  lambda = await lambdaInvoker();
});
afterEach(async () => {
  await lambda.close();
  await aws.close();
});

const slots: Slots = {
  admit: async () => ({ endpoint: 'aws', release: (outcome) => void released.push(outcome) }),
  usage: () => ({ slots: Infinity, inUse: 0, queued: 0 }),
  close: () => {},
};

/** A route to a function of the sandbox that does as `code` says. */
function targetOf(code: FunctionCode, more: Partial<AwsRoute> = {}): Target {
  addFunction(aws.world, 'orders').code = code;
  return createAwsTarget({ ...route, endpoint: aws.url, ...more }, slots, lambda);
}

const route: AwsRoute = {
  kind: 'aws',
  hostname: '*',
  pathPrefix: '/',
  stripPrefix: false,
  format: { name: 'apigw-v2', multiValueHeaders: false, decodePath: false },
  invocation: 'sync',
  timeoutMs: 30_000,
  queue: { size: 1, timeoutMs: 1_000 },
  functionName: 'orders',
  qualifier: undefined,
  region,
  endpoint: undefined,
  assumeRoleArn: undefined,
  externalId: undefined,
  streaming: false,
  concurrency: 0,
};

/** A caller who may leave, and is told so. */
function createCaller() {
  const cancellation = createCancellation();
  const gone = new Failure('client_closed', 'the client left');
  return Object.defineProperty(cancellation, 'reason', {
    get: () => (cancellation.cancelled ? gone : undefined),
  }) as typeof cancellation & { readonly reason: Failure | undefined };
}

async function call(
  target: Target,
  mode: Call['mode'] = 'sync',
  caller = createCaller(),
): Promise<Invoked | InvokedStream> {
  const slot = await target.slots.admit(caller);
  return target.invoke(slot, { payload: Buffer.from('{"a":1}'), traceId, mode }, caller);
}

async function called(target: Target, mode?: Call['mode']): Promise<Invoked> {
  const answer = await call(target, mode);
  if ('status' in answer) return answer;
  throw new Error('a streamed answer');
}

async function streamOf(target: Target, caller = createCaller()): Promise<InvokedStream> {
  const answer = await call(target, 'sync', caller);
  if ('contentType' in answer) return answer;
  throw new Error('a whole answer');
}

describe('a function of AWS', () => {
  it('answers what it makes of the event', async () => {
    const target = targetOf(({ event, traceId }) => JSON.stringify([event.toString(), traceId]));
    const { status, payload, functionError } = await called(target);
    expect([status, functionError]).toEqual([200, undefined]);
    expect(JSON.parse(payload.toString())).toEqual(['{"a":1}', traceId]);
    expect(released).toEqual(['free']);
  });

  it('may fail, which is an answer', async () => {
    const target = targetOf(() => {
      throw new TypeError('oops');
    });
    const { payload, functionError } = await called(target);
    expect(functionError).toBe('Unhandled');
    expect(JSON.parse(payload.toString())).toMatchObject({ errorType: 'TypeError', errorMessage: 'oops' });
  });

  it('is named with its qualifier', () => {
    expect(targetOf(() => '').name).toBe('orders');
    expect(targetOf(() => '', { qualifier: 'prod' }).name).toBe('orders:prod');
  });

  it('is handed an event without being waited for', async () => {
    let finish: (() => void) | undefined;
    const running = new Promise<string>((resolve) => {
      finish = () => resolve('');
    });
    const answer = await called(
      targetOf(() => running),
      'async',
    );
    expect(answer).toMatchObject({ status: 202, payload: Buffer.alloc(0) });
    expect(released).toEqual(['free']);
    finish?.();
  });

  it('is handed an event though its sender has left', async () => {
    let runs = 0;
    const caller = createCaller();
    caller.cancel();
    const target = targetOf(() => {
      runs += 1;
      return '';
    });
    expect(await call(target, 'async', caller)).toMatchObject({ status: 202 });
    await waitUntil('the function to run', () => runs === 1);
  });

  it('is handed an event on a streaming route as well', async () => {
    expect(
      await called(
        targetOf(() => '', { streaming: true }),
        'async',
      ),
    ).toMatchObject({ status: 202 });
  });
});

describe('a failed call', () => {
  it.each<[what: string, faults: Fault[], failure: object, ran: number]>([
    ['throttled for good', ['throttle', 'throttle', 'throttle'], { kind: 'throttled', retryAfterS: 1 }, 0],
    ['an error of Lambda', ['server-error'], { kind: 'invoke_rejected' }, 0],
    ['a connection that breaks before the function runs', ['drop'], { kind: 'stream_broken' }, 0],
    ['a connection that breaks after it', ['lose-answer'], { kind: 'stream_broken' }, 1],
  ])('by %s', async (_what, faults, failure, ran) => {
    let runs = 0;
    const target = targetOf(() => {
      runs += 1;
      return '';
    });
    aws.faults.strike = faultsInTurn('Invoke', faults);
    await expect(call(target)).rejects.toMatchObject(failure);
    expect(runs).toBe(ran);
    expect(released).toEqual(['free']);
  });

  it('by a function that does not exist', async () => {
    const target = targetOf(() => '', { functionName: 'gone' });
    await expect(call(target)).rejects.toMatchObject({ kind: 'invoke_rejected' });
  });

  it('by an event that is too large', async () => {
    const target = targetOf(() => '');
    const slot = await target.slots.admit(createCaller());
    const payload = Buffer.from(JSON.stringify('x'.repeat(6_300_000)));
    const sent = target.invoke(slot, { payload, traceId, mode: 'sync' }, createCaller());
    await expect(sent).rejects.toMatchObject({ kind: 'too_large' });
  });

  it('by a denied action', async () => {
    aws.faults.denied.add('lambda:Invoke');
    await expect(call(targetOf(() => ''))).rejects.toMatchObject({ kind: 'invoke_rejected' });
  });

  it('by an endpoint that is not there, which its breaker hears of', async () => {
    const target = targetOf(() => '');
    await aws.close();
    await expect(call(target)).rejects.toMatchObject({ kind: 'connect' });
    expect(released).toEqual(['unreached']);
  });

  it('by a function that takes too long', async () => {
    aws.faults.strike = faultsInTurn('Invoke', ['hang']);
    await expect(call(targetOf(() => '', { timeoutMs: 50 }))).rejects.toMatchObject({ kind: 'timeout' });
  });

  it('by a client who leaves', async () => {
    let runs = 0;
    const caller = createCaller();
    const target = targetOf(async () => {
      runs += 1;
      return new Promise(() => {});
    });
    const failure = call(target, 'sync', caller).catch((error: unknown) => error);
    await waitUntil('the call', () => runs === 1);
    caller.cancel();
    expect(await failure).toBe(caller.reason);
    expect(released).toEqual(['free']);
  });
});

describe('a streamed answer', () => {
  async function* parts(...texts: string[]): AsyncGenerator<string> {
    for (const text of texts) yield text;
  }

  it('comes in parts, and frees its place at its end', async () => {
    const { payload } = await streamOf(targetOf(() => parts('he', 'llo'), { streaming: true }));
    expect(released).toEqual([]);
    expect((await buffer(payload)).toString()).toBe('hello');
    await waitUntil('the place', () => released.length === 1);
  });

  it('fails as the function does', async () => {
    async function* failing(): AsyncGenerator<string> {
      yield 'he';
      throw new Error('oops');
    }
    const { payload } = await streamOf(targetOf(failing, { streaming: true }));
    await expect(buffer(payload)).rejects.toMatchObject({ kind: 'function_error' });
    expect(released).toEqual(['free']);
  });

  it.each<Fault>(['truncate', 'garble'])('fails when its bytes do not arrive as sent: %s', async (fault) => {
    const target = targetOf(() => parts('hello'), { streaming: true });
    aws.faults.strike = faultsInTurn('InvokeWithResponseStream', [fault]);
    const { payload } = await streamOf(target);
    await expect(buffer(payload)).rejects.toMatchObject({ kind: 'stream_broken' });
  });

  it('ends when its client leaves', async () => {
    const caller = createCaller();
    let stopped = false;
    async function* endless(): AsyncGenerator<string> {
      try {
        for (;;) yield 'x'.repeat(100_000);
      } finally {
        stopped = true;
      }
    }
    const { payload } = await streamOf(targetOf(endless, { streaming: true }), caller);
    caller.cancel();
    await expect(buffer(payload)).rejects.toBe(caller.reason);
    expect(released).toEqual(['free']);
    await waitUntil('the function to be stopped', () => stopped);
  });

  it('that is refused is a failure as any other', async () => {
    const target = targetOf(() => parts(), { streaming: true, functionName: 'gone' });
    await expect(call(target)).rejects.toMatchObject({ kind: 'invoke_rejected' });
    expect(released).toEqual(['free']);
  });
});
