import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isAppError } from '../../../src/core/errors.ts';
import { mergeBatch, parseEvent, type Batch, type Trigger } from '../../../src/registrator/event/events.ts';
import { tries } from '../../support/explorations.ts';

const arn = 'arn:aws:lambda:eu-west-1:123456789012:function:orders';
const dated = ['', '20150331', '20150331v2'];

function apiCall(eventName: string, detail: object = {}, more: object = {}): object {
  return {
    version: '0',
    id: '6a7e8feb-b491-4cf7-a9f1-bf3703467718',
    'detail-type': 'AWS API Call via CloudTrail',
    source: 'aws.lambda',
    account: '123456789012',
    region: 'eu-west-1',
    detail: { eventSource: 'lambda.amazonaws.com', eventName, awsRegion: 'eu-west-1', ...detail },
    ...more,
  };
}

function named(functionName: string): object {
  return { requestParameters: { functionName }, responseElements: null };
}

function manual(fields: object): object {
  return { source: 'lambda-registrator', action: 'sync', ...fields };
}

function queue(...bodies: unknown[]): object {
  const Records = bodies.map((body, index) => ({
    messageId: `m${index}`,
    eventSource: 'aws:sqs',
    body: typeof body === 'string' ? body : JSON.stringify(body),
  }));
  return { Records };
}

function batch(...bodies: unknown[]): Batch {
  const parsed = parseEvent(queue(...bodies));
  if (parsed.kind !== 'batch') throw new Error(`expected a batch, not ${parsed.kind}`);
  return parsed;
}

function refusal(event: unknown): string {
  try {
    parseEvent(event);
  } catch (error) {
    if (isAppError(error, 'EVENT_UNSUPPORTED')) return error.message;
    throw error;
  }
  throw new Error('the event was accepted');
}

function outcome(event: unknown): string {
  try {
    return parseEvent(event).kind;
  } catch (error) {
    return isAppError(error) ? error.code : String(error);
  }
}

const full: Trigger = { kind: 'full', dryRun: false };
const orders: Trigger = { kind: 'functions', arns: [arn], dryRun: false };

describe('schedules', () => {
  it.each([
    ['a scheduled rule', { source: 'aws.events', 'detail-type': 'Scheduled Event', detail: {} }],
    ['a schedule with its detail as text', { source: 'aws.scheduler', detail: '{}' }],
    ['a schedule with its detail as an object', { source: 'aws.scheduler', detail: {} }],
    ['a schedule with an input of its own', manual({})],
  ])('looks at everything on %s', (_name, event) => {
    expect(parseEvent(event)).toEqual(full);
  });
});

describe('requests by hand', () => {
  it('takes dryRun and functions, unqualified and once each', () => {
    expect(parseEvent(manual({ dryRun: true, functions: [arn, `${arn}:live`, arn] }))).toEqual({
      kind: 'functions',
      arns: [arn],
      dryRun: true,
    });
  });

  it.each([
    ['an unknown action', { action: 'purge' }, '"action" must be "sync", not "purge"'],
    ['an unknown field', { dryrun: true }, 'unknown "dryrun"'],
    ['dryRun of another type', { dryRun: 'yes' }, '"dryRun" must be true or false, not "yes"'],
    ['functions of another type', { functions: arn }, '"functions" must be a list of ARNs'],
    ['no function at all', { functions: [] }, 'must name at least one function'],
    ['a malformed ARN', { functions: ['orders'] }, '"functions" holds "orders", which is not the ARN'],
    ['an ARN that is not text', { functions: [7] }, '"functions" holds 7, which is not the ARN'],
  ])('refuses %s and names it', (_name, fields, message) => {
    expect(refusal(manual(fields))).toContain(message);
  });

  it('names every problem in one message', () => {
    const message = refusal(manual({ action: 'x', functions: ['a', 'b'], extra: 1 }));
    for (const part of ['"x"', '"a"', '"b"', '"extra"']) expect(message).toContain(part);
  });
});

describe('API calls of Lambda', () => {
  const onName = [
    'DeleteFunction',
    'UpdateFunctionCode',
    'UpdateFunctionConfiguration',
    'PublishVersion',
  ].concat(['CreateAlias', 'UpdateAlias', 'DeleteAlias']);
  const spelled = onName.flatMap((name) => dated.map((date) => `${name}${date}`));

  it.each(spelled)('looks at the function that %s names', (eventName) => {
    expect(parseEvent(apiCall(eventName, named('orders')))).toEqual(orders);
  });

  it.each(dated)('takes the ARN of a created function from the answer (CreateFunction%s)', (date) => {
    const detail = {
      requestParameters: { functionName: 'ignored' },
      responseElements: { functionArn: arn, functionName: 'orders' },
    };
    expect(parseEvent(apiCall(`CreateFunction${date}`, detail))).toEqual(orders);
    expect(parseEvent(apiCall(`CreateFunction${date}`, named('orders')))).toEqual(orders);
  });

  it.each(['TagResource', 'UntagResource'].flatMap((name) => [name, `${name}20170331`, `${name}20170331v2`]))(
    'looks at the function that %s concerns',
    (eventName) => {
      expect(parseEvent(apiCall(eventName, { requestParameters: { resource: arn } }))).toEqual(orders);
    },
  );

  it.each([
    'orders',
    'orders:live',
    'orders:$LATEST',
    'function:orders',
    '123456789012:function:orders',
    '123456789012:function:orders:7',
    'eu-west-1:123456789012:function:orders',
    arn,
    `${arn}:live`,
  ])('resolves the function name %s', (name) => {
    expect(parseEvent(apiCall('DeleteFunction20150331', named(name)))).toEqual(orders);
  });

  it.each([
    ['cn-north-1', 'aws-cn'],
    ['us-gov-west-1', 'aws-us-gov'],
    ['us-isob-east-1', 'aws-iso-b'],
    ['us-east-1', 'aws'],
  ])('resolves names of %s in the partition %s', (region, partition) => {
    const event = apiCall('DeleteAlias20150331', { ...named('orders'), awsRegion: region });
    expect(parseEvent(event)).toMatchObject({
      arns: [`arn:${partition}:lambda:${region}:123456789012:function:orders`],
    });
  });

  it('resolves names in the account that received the event', () => {
    const event = apiCall('DeleteFunction', { ...named('orders'), recipientAccountId: '210987654321' });
    expect(parseEvent(event)).toMatchObject({ arns: [arn.replace('123456789012', '210987654321')] });
  });

  it('falls back to account and region of the envelope', () => {
    expect(parseEvent(apiCall('DeleteFunction', { ...named('orders'), awsRegion: undefined }))).toEqual(
      orders,
    );
  });

  it('ignores calls that failed', () => {
    const event = apiCall('TagResource20170331v2', { errorCode: 'AccessDenied', requestParameters: null });
    expect(parseEvent(event)).toEqual({
      kind: 'ignored',
      reason: 'TagResource20170331v2 failed with "AccessDenied" and changed nothing.',
    });
  });

  it.each([
    'arn:aws:lambda:eu-west-1:123456789012:event-source-mapping:0b2c',
    'arn:aws:lambda:eu-west-1:123456789012:code-signing-config:csc-0f2a',
    'arn:aws:lambda:eu-west-1:123456789012:layer:tools:3',
    'arn:aws:lambda:eu-west-1:123456789012:capacity-provider:spare',
  ])('ignores tags of %s', (resource) => {
    const trigger = parseEvent(apiCall('TagResource20170331v2', { requestParameters: { resource } }));
    expect(trigger).toMatchObject({ kind: 'ignored', reason: expect.stringContaining(resource) });
  });

  it.each([
    'CreateFunctionUrlConfig',
    'DeleteFunctionConcurrency20171031',
    'UpdateFunctionEventInvokeConfig',
    'DeleteFunctionCodeSigningConfig',
    'CreateFunction2015',
    'UpdateFunctionCode20150331v',
  ])('ignores %s, which merely begins like an event of interest', (eventName) => {
    expect(parseEvent(apiCall(eventName, named('orders')))).toMatchObject({ kind: 'ignored' });
  });

  it('refuses a call that names no function', () => {
    expect(refusal(apiCall('DeleteFunction20150331'))).toContain('function ""');
    expect(refusal(apiCall('TagResource', { requestParameters: { resource: 'a:b:c:d:e' } }))).toContain(
      '"a:b:c:d:e"',
    );
  });
});

describe('anything else', () => {
  it.each([
    ['another source', { source: 'aws.ec2', 'detail-type': 'State Change' }, ['"aws.ec2"', '"State Change"']],
    ['another call', apiCall('Invoke'), ['"aws.lambda"', '"AWS API Call via CloudTrail"', '"Invoke"']],
    ['another detail type', { source: 'aws.events', 'detail-type': 'X' }, ['"aws.events"', '"X"']],
    ['an API event of the scheduler', { source: 'aws.scheduler', 'detail-type': 'Y' }, ['"Y"']],
    ['no source', {}, ['source nothing']],
    ['text', 'hello', ['"hello"']],
    ['null', null, ['null']],
    ['a list', [], ['a list']],
    ['records of another service', { Records: [{ eventSource: 'aws:sns' }] }, ['"aws:sns"']],
    ['a queue message without an id', { Records: [{ eventSource: 'aws:sqs', body: '' }] }, ['messageId']],
  ])('is refused and named: %s', (_name, event, parts) => {
    const message = refusal(event);
    for (const part of parts) expect(message).toContain(part);
  });

  it('never fails on arbitrary JSON but with an error of its own', () => {
    const fields = fc.record(
      {
        source: fc.constantFrom('aws.lambda', 'aws.events', 'aws.scheduler', 'lambda-registrator'),
        action: fc.constantFrom('sync', 'x'),
        functions: fc.jsonValue(),
        detail: fc.oneof(
          fc.jsonValue(),
          fc.record({
            eventName: fc.constantFrom('TagResource', 'DeleteFunction', 'CreateFunction20150331'),
            requestParameters: fc.oneof(
              fc.jsonValue(),
              fc.record({ functionName: fc.jsonValue(), resource: fc.jsonValue() }),
            ),
          }),
        ),
        Records: fc.jsonValue(),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fc.oneof(fc.jsonValue(), fields), (event) => {
        expect(outcome(event)).toMatch(/^(full|functions|ignored|batch|EVENT_UNSUPPORTED)$/);
      }),
      tries(),
    );
  });
});

describe('queue batches', () => {
  it('reads every kind of message and keeps an unreadable one to itself', () => {
    const { messages } = batch(manual({}), 'not json', apiCall('DeleteFunction', named('orders')), {
      Records: [],
    });
    expect(messages).toMatchObject([
      { id: 'm0', trigger: full },
      { id: 'm1', error: { code: 'EVENT_UNSUPPORTED' } },
      { id: 'm2', trigger: orders },
      { id: 'm3', error: { code: 'EVENT_UNSUPPORTED' } },
    ]);
  });

  it('merges functions, each once', () => {
    const merged = mergeBatch(batch(manual({ functions: [arn, `${arn}2`] }), manual({ functions: [arn] })));
    expect(merged).toEqual({ kind: 'functions', arns: [arn, `${arn}2`], dryRun: false });
  });

  it('looks at everything when one message asks for that', () => {
    expect(mergeBatch(batch(manual({ functions: [arn] }), manual({})))).toEqual(full);
  });

  it('never lets a dry run make others dry, nor others make a dry run write', () => {
    expect(mergeBatch(batch(manual({ dryRun: true }), manual({ functions: [arn] })))).toEqual(orders);
    expect(mergeBatch(batch(manual({ dryRun: true })))).toEqual({ kind: 'full', dryRun: true });
  });

  it('gives the reasons when nothing is left to look at', () => {
    const failed = apiCall('TagResource', { errorCode: 'AccessDenied' });
    expect(mergeBatch(batch(failed, failed, 'x'))).toEqual({
      kind: 'ignored',
      reason: 'TagResource failed with "AccessDenied" and changed nothing.',
    });
    expect(mergeBatch(batch())).toEqual({ kind: 'ignored', reason: 'No message could be read.' });
  });

  it('asks for the same however often and in whatever order messages arrive', () => {
    const body = fc.oneof(
      fc.record({ dryRun: fc.boolean() }).map(manual),
      fc
        .record({ dryRun: fc.boolean(), functions: fc.constantFrom([arn], [`${arn}2`, arn], [`${arn}3`]) })
        .map(manual),
      fc.constant('unreadable'),
    );
    const asked = (bodies: unknown[]): unknown => {
      const trigger = mergeBatch(batch(...bodies));
      return trigger.kind === 'functions' ? { ...trigger, arns: trigger.arns.toSorted() } : trigger;
    };
    fc.assert(
      fc.property(fc.array(body), (bodies) => {
        expect(asked([...bodies, ...bodies.toReversed()])).toEqual(asked(bodies));
      }),
      tries(),
    );
  });
});
