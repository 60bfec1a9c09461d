import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isAppError } from '../../../src/core/errors.ts';
import { readMessage } from '../../../src/registrator/event/message.ts';
import type { Trigger } from '../../../src/registrator/event/trigger.ts';
import { apiCall, manual, notification } from '../../support/registrator/events.ts';
import { tries } from '../../support/explorations.ts';
import { functionArn, home } from '../../support/aws/sandbox-aws.ts';

const arn = functionArn('orders');
const full: Trigger = { kind: 'full', dryRun: false };
const orders: Trigger = { kind: 'functions', arns: [arn], dryRun: false };
const tagged = apiCall('TagResource20170331v2', { requestParameters: { resource: arn } });

function read(event: unknown): Trigger {
  return readMessage(event, home);
}

function refusal(event: unknown): string {
  try {
    read(event);
  } catch (error) {
    if (isAppError(error, 'EVENT_UNSUPPORTED')) return error.message;
    throw error;
  }
  throw new Error('the event was accepted');
}

describe('schedules', () => {
  it.each([
    ['a scheduled rule', { source: 'aws.events', 'detail-type': 'Scheduled Event', detail: {} }],
    ['a schedule with its detail as text', { source: 'aws.scheduler', detail: '{}' }],
    ['a schedule with its detail as an object', { source: 'aws.scheduler', detail: {} }],
    ['a schedule with an input of its own', manual()],
  ])('look at everything: %s', (_name, event) => {
    expect(read(event)).toEqual(full);
  });
});

describe('requests by hand', () => {
  it('take dryRun and functions, unqualified and once each', () => {
    const functions = [arn, `${arn}:live`, arn, `${arn}:$LATEST.PUBLISHED`];
    expect(read(manual({ dryRun: true, functions }))).toEqual({
      kind: 'functions',
      arns: [arn],
      dryRun: true,
    });
  });

  it('take how many deletions are allowed, for a sync of everything', () => {
    expect(read(manual({ allowDeletes: 12 }))).toEqual({ ...full, allowDeletes: 12 });
    expect(read(manual({ allowDeletes: 12, functions: [arn] }))).not.toHaveProperty('allowDeletes');
  });

  it.each([0, -1, 1.5, 2 ** 53, '12', null, true])('are refused for %s deletions', (allowDeletes) => {
    const told = JSON.stringify(allowDeletes);
    expect(refusal(manual({ allowDeletes }))).toContain(
      `"allowDeletes" must be a whole number of at least 1, not ${told}.`,
    );
  });

  it.each([
    ['an unknown action', { action: 'purge' }, '"action" must be "sync", not "purge"'],
    ['an unknown field', { dryrun: true }, 'unknown "dryrun"'],
    ['dryRun of another type', { dryRun: 'yes' }, '"dryRun" must be true or false, not "yes"'],
    ['functions of another type', { functions: arn }, '"functions" must be a list of ARNs'],
    ['no function at all', { functions: [] }, 'must name at least one function'],
    ['a malformed ARN', { functions: ['orders'] }, '"functions" holds "orders", which is not the ARN'],
    ['an ARN that is not text', { functions: [7] }, '"functions" holds 7, which is not the ARN'],
    [
      'a Lambda@Edge replica',
      { functions: [arn, functionArn('us-east-1.orders')] },
      `"functions" holds "${functionArn('us-east-1.orders')}", which is a Lambda@Edge replica; name its function`,
    ],
  ])('are refused for %s, which is named', (_name, fields, message) => {
    expect(refusal(manual(fields))).toContain(message);
  });

  it('name every problem in one message', () => {
    const message = refusal(manual({ action: 'x', functions: ['a', 'b'], extra: 1 }));
    for (const part of ['"x"', '"a"', '"b"', '"extra"']) expect(message).toContain(part);
  });
});

describe('what the target of a rule passes in part', () => {
  it('is understood when it is the CloudTrail record alone, or under detail', () => {
    expect(read(tagged['detail'])).toEqual(orders);
    expect(read({ detail: tagged['detail'] })).toEqual(orders);
    const { detail } = apiCall('DeleteFunction20150331', { requestParameters: { functionName: 'orders' } });
    expect(read(detail)).toEqual(orders);
    expect(read({ ...(detail as object), awsRegion: undefined })).toEqual(orders);
  });

  it('is ignored like the whole event when the record concerns no function', () => {
    expect(read(apiCall('CreateFunctionUrlConfig')['detail'])).toMatchObject({ kind: 'ignored' });
    expect(read(apiCall('DeleteFunction20150331')['detail'])).toMatchObject({
      kind: 'ignored',
      level: 'warn',
    });
  });

  it.each([
    [{ eventSource: 'kms.amazonaws.com', eventName: 'TagResource' }, ['"aws.kms"', '"TagResource"']],
    [{ detail: { eventSource: 's3.amazonaws.com', eventName: 'PutObject' } }, ['"aws.s3"', '"PutObject"']],
    [{ eventSource: 'lambda.amazonaws.com', eventName: 'Invoke' }, ['"aws.lambda"', '"Invoke"']],
    [
      { eventSource: 'lambda.amazonaws.com', eventName: 'GetFunction20150331v2', readOnly: true },
      ['"aws.lambda"', '"GetFunction20150331v2"'],
    ],
  ])('is refused when it is the record of another call: %j', (event, parts) => {
    for (const part of parts) expect(refusal(event)).toContain(part);
  });

  it.each([
    [{}],
    [{ detail: {} }],
    [{ detail: { eventName: 'TagResource20170331v2', requestParameters: { resource: arn } } }],
    [{ eventName: 'TagResource20170331v2', requestParameters: { resource: arn } }],
    [{ resource: arn, tags: {} }],
    [{ functionName: 'orders' }],
    [[arn]],
    ['orders'],
    [7],
    [null],
  ])('is refused when too little is left, with what the target must pass: %j', (event) => {
    expect(refusal(event)).toMatch(
      /target of the rule pass the whole event: remove InputPath and InputTransformer/,
    );
  });

  it('says nothing of targets about an event that is whole', () => {
    expect(refusal({ source: 'aws.s3', 'detail-type': 'Object Created' })).not.toContain('InputPath');
  });
});

describe('messages of SNS', () => {
  it('are unwrapped, however often they are wrapped', () => {
    expect(read(notification(tagged))).toEqual(orders);
    expect(read(notification(notification(notification(manual()))))).toEqual(full);
    expect(read(notification(tagged['detail']))).toEqual(orders);
  });

  it.each(['SubscriptionConfirmation', 'UnsubscribeConfirmation'])(
    'are refused when they are a %s, with what to do and without its token',
    (Type) => {
      const token = '2336412f37fb687f5d51e6e241d164b0';
      const fields = {
        Type,
        Token: token,
        SubscribeURL: `https://sns.eu-west-1.amazonaws.com/?Token=${token}`,
      };
      const message = refusal(notification('You have chosen to subscribe to the topic.', fields));
      for (const part of [Type, ':lambda-events"', 'Confirm the subscription', 'raw message delivery']) {
        expect(message).toContain(part);
      }
      expect(message).not.toContain(token);
    },
  );

  it('are refused when they hold no event', () => {
    expect(refusal(notification('ALARM: errors'))).toContain('"ALARM: errors" is not JSON');
    expect(refusal(notification({ AlarmName: 'errors' }))).toContain('source nothing');
    expect(refusal({ Type: 'Notification' })).toContain('source nothing');
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
    ['a list', ['a'], ['["a"]']],
  ])('is refused and named: %s', (_name, event, parts) => {
    const message = refusal(event);
    for (const part of parts) expect(message).toContain(part);
  });

  it('never fails on arbitrary JSON but with an error of its own', () => {
    const record = fc.record(
      {
        eventSource: fc.constantFrom('lambda.amazonaws.com', 'kms.amazonaws.com', ''),
        eventName: fc.constantFrom('TagResource', 'DeleteFunction', 'CreateFunction20150331'),
        errorCode: fc.jsonValue(),
        requestParameters: fc.oneof(
          fc.jsonValue(),
          fc.record({ functionName: fc.jsonValue(), resource: fc.jsonValue() }),
        ),
        responseElements: fc.oneof(fc.jsonValue(), fc.record({ functionArn: fc.jsonValue() })),
        resources: fc.oneof(fc.jsonValue(), fc.array(fc.record({ ARN: fc.jsonValue() }))),
      },
      { requiredKeys: [] },
    );
    const fields = fc.record(
      {
        source: fc.constantFrom('aws.lambda', 'aws.events', 'aws.scheduler', 'lambda-registrator'),
        action: fc.constantFrom('sync', 'x'),
        functions: fc.jsonValue(),
        detail: fc.oneof(fc.jsonValue(), record),
        Type: fc.constantFrom('Notification', 'SubscriptionConfirmation'),
        Message: fc.oneof(fc.jsonValue(), fc.json()),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fc.oneof(fc.jsonValue(), record, fields), (event) => {
        expect(outcome(event)).toMatch(/^(full|functions|ignored|EVENT_UNSUPPORTED)$/);
      }),
      tries(),
    );
  });
});

function outcome(event: unknown): string {
  try {
    return read(event).kind;
  } catch (error) {
    return isAppError(error) ? error.code : String(error);
  }
}
