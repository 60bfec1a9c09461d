import { describe, expect, it } from 'vitest';
import { readMessage } from '../../../src/registrator/event/message.ts';
import type { Ignored, Trigger } from '../../../src/registrator/event/trigger.ts';
import { apiCall } from '../../support/registrator/events.ts';
import { functionArn, home } from '../../support/aws/sandbox-aws.ts';

const arn = functionArn('orders');
const orders: Trigger = { kind: 'functions', arns: [arn], dryRun: false };

function named(functionName: string): object {
  return { requestParameters: { functionName }, responseElements: null };
}

/** What an API call asks for, of a registrator in eu-west-1. */
function read(eventName: string, detail: object): Trigger {
  return readMessage(apiCall(eventName, detail), home);
}

const called = [
  'DeleteFunction',
  'UpdateFunctionCode',
  'UpdateFunctionConfiguration',
  'PublishVersion',
  'CreateAlias',
  'UpdateAlias',
  'DeleteAlias',
];
const dated = ['', '20150331', '20150331v2'];

describe('the function that an API call names', () => {
  it.each(called.flatMap((name) => dated.map((date) => `${name}${date}`)))('is that of %s', (eventName) => {
    expect(read(eventName, named('orders'))).toEqual(orders);
  });

  it.each(dated)('is that of the answer where a function was created (CreateFunction%s)', (date) => {
    const detail = {
      requestParameters: { functionName: 'ignored' },
      responseElements: { functionArn: arn, functionName: 'orders' },
    };
    expect(read(`CreateFunction${date}`, detail)).toEqual(orders);
    expect(read(`CreateFunction${date}`, named('orders'))).toEqual(orders);
  });

  it.each(['TagResource', 'UntagResource'].flatMap((name) => [name, `${name}20170331`, `${name}20170331v2`]))(
    'is the resource of %s',
    (eventName) => {
      expect(read(eventName, { requestParameters: { resource: arn } })).toEqual(orders);
    },
  );

  it.each([
    'orders',
    'orders:live',
    'orders:$LATEST',
    'orders:$LATEST.PUBLISHED',
    'function:orders',
    'function:orders:$LATEST.PUBLISHED',
    '123456789012:function:orders',
    '123456789012:function:orders:7',
    'eu-west-1:123456789012:function:orders',
    arn,
    `${arn}:live`,
    `${arn}:$LATEST`,
    `${arn}:$LATEST.PUBLISHED`,
  ])('may be spelled %s', (name) => {
    expect(read('DeleteFunction20150331', named(name))).toEqual(orders);
    expect(read('PublishVersion20150331', { responseElements: { functionArn: name } })).toEqual(orders);
  });

  it.each([
    ['eusc-de-east-1', 'aws-eusc'],
    ['cn-north-1', 'aws-cn'],
    ['us-gov-west-1', 'aws-us-gov'],
    ['us-isob-east-1', 'aws-iso-b'],
    ['xx-new-north-1', 'aws-xx'],
    ['us-east-1', 'aws'],
  ])("is of the registrator's own partition, in %s %s", (region, partition) => {
    const event = apiCall('DeleteFunction20150331', { ...named('orders'), awsRegion: region });
    expect(readMessage(event, { ...home, partition, region })).toMatchObject({
      arns: [`arn:${partition}:lambda:${region}:123456789012:function:orders`],
    });
  });

  it('is of the region and account of the call, not of the registrator', () => {
    const detail = { ...named('orders'), awsRegion: 'eu-west-3', recipientAccountId: '210987654321' };
    expect(read('DeleteFunction', detail)).toMatchObject({
      arns: ['arn:aws:lambda:eu-west-3:210987654321:function:orders'],
    });
  });

  it('is of account and region of the envelope, or else of the registrator, where the record has none', () => {
    const event = apiCall('DeleteFunction', { ...named('orders'), awsRegion: undefined });
    const elsewhere = { ...home, region: 'eu-west-3', account: '210987654321' };
    expect(readMessage(event, elsewhere)).toEqual(orders);
    expect(readMessage({ ...event, account: undefined, region: undefined }, home)).toEqual(orders);
  });
});

describe('a record without request parameters', () => {
  const withheld = [
    null,
    undefined,
    {},
    'HIDDEN_DUE_TO_SECURITY_REASONS',
    ['orders'],
    { omitted: true, originalSize: 131_072, reason: 'LARGE_REQUEST' },
    { functionName: null, resource: 7 },
  ];
  const answers = [
    { responseElements: { functionArn: `${arn}:$LATEST.PUBLISHED` } },
    { responseElements: { functionName: 'orders' } },
    { responseElements: { aliasArn: `${arn}:live`, name: 'live' } },
    { responseElements: { omitted: true }, resources: [{ ARN: arn, type: 'AWS::Lambda::Function' }] },
    {
      responseElements: null,
      resources: [{ ARN: 'arn:aws:iam::123456789012:role/orders' }, 'text', { accountId: 7 }, { ARN: arn }],
    },
  ];
  it.each(withheld)('but %j is read from the rest of it', (requestParameters) => {
    for (const answer of answers) {
      expect(read('CreateFunction20150331', { requestParameters, ...answer })).toEqual(orders);
    }
  });

  const useless = [
    {},
    { responseElements: null },
    { responseElements: { omitted: true } },
    { resources: 'none' },
    { resources: [{ ARN: 'arn:aws:iam::123456789012:role/orders' }] },
  ];

  it.each(withheld)('but %j and nothing else of use is ignored with a warning', (requestParameters) => {
    for (const eventName of ['CreateFunction20150331', 'DeleteFunction', 'TagResource20170331v2']) {
      for (const rest of useless) {
        const { kind, reason, level } = read(eventName, { requestParameters, ...rest }) as Ignored;
        expect({ kind, level }).toEqual({ kind: 'ignored', level: 'warn' });
        expect(reason).toContain(`${eventName} names no function`);
        expect(reason).toContain('The next full sync sees what it changed.');
      }
    }
  });

  it('that names what is no function is ignored with a warning that shows it', () => {
    for (const name of ['', 'a:b:c:d:e', 'no name', `arn:aws:lambda:eu-west-1:1234:function:orders`]) {
      expect(read('DeleteFunction20150331', named(name))).toMatchObject({
        kind: 'ignored',
        reason: expect.stringContaining(JSON.stringify(name)),
        level: 'warn',
      });
    }
  });
});

describe('a call that failed', () => {
  it.each([
    'ResourceConflictException',
    'ResourceNotFoundException',
    'ServiceException',
    'InternalFailure',
    'InvalidParameterValueException',
  ])('with %s may have changed something, so that its function is looked at', (errorCode) => {
    for (const eventName of ['CreateFunction20150331', ...called]) {
      expect(read(eventName, { errorCode, ...named('orders') })).toEqual(orders);
    }
    const tagging = { errorCode, requestParameters: { resource: arn } };
    expect(read('TagResource20170331v2', tagging)).toEqual(orders);
  });

  it.each([
    'AccessDenied',
    'AccessDeniedException',
    'Client.UnauthorizedOperation',
    'ThrottlingException',
    'TooManyRequestsException',
  ])('with %s was turned away, and is ignored with the words for that', (errorCode) => {
    expect(read('CreateFunction20150331', { errorCode, ...named('orders') })).toEqual({
      kind: 'ignored',
      reason: `CreateFunction20150331 was turned away with "${errorCode}".`,
      level: 'info',
    });
  });

  it('without a function to look at is ignored, and nothing is claimed about what it changed', () => {
    const trigger = read('CreateFunction20150331', {
      errorCode: 'ServiceException',
      requestParameters: null,
    });
    expect(trigger).toMatchObject({ kind: 'ignored', level: 'warn' });
  });
});

describe('a call that concerns something else', () => {
  it.each([
    'arn:aws:lambda:eu-west-1:123456789012:event-source-mapping:0b2c',
    'arn:aws:lambda:eu-west-1:123456789012:code-signing-config:csc-0f2a',
    'arn:aws:lambda:eu-west-1:123456789012:layer:tools:3',
    'arn:aws:lambda:eu-west-1:123456789012:capacity-provider:spare',
  ])('is ignored: tags of %s', (resource) => {
    expect(read('TagResource20170331v2', { requestParameters: { resource } })).toMatchObject({
      kind: 'ignored',
      reason: expect.stringContaining(`${resource}", which is not a function`),
      level: 'info',
    });
  });

  it.each([
    'CreateFunctionUrlConfig',
    'DeleteFunctionConcurrency20171031',
    'UpdateFunctionEventInvokeConfig',
    'DeleteFunctionCodeSigningConfig',
    'CreateFunction2015',
    'UpdateFunctionCode20150331v',
  ])('is ignored: %s, which merely begins like an event of interest', (eventName) => {
    expect(read(eventName, named('orders'))).toMatchObject({ kind: 'ignored', level: 'info' });
  });

  const replica = 'arn:aws:lambda:eu-west-1:123456789012:function:us-east-1.edge-auth';
  it.each([
    { requestParameters: { functionName: 'us-east-1.edge-auth' } },
    { requestParameters: { functionName: 'us-east-1.edge-auth:3' } },
    { requestParameters: { functionName: '123456789012:function:us-east-1.edge-auth' } },
    { requestParameters: { functionName: replica } },
    { requestParameters: { resource: replica } },
    { requestParameters: null, responseElements: { functionArn: `${replica}:3` } },
    { requestParameters: null, responseElements: { functionName: 'us-east-1.edge-auth' } },
    { requestParameters: null, resources: [{ ARN: replica }] },
  ])('is ignored: a Lambda@Edge replica, named as %j', (detail) => {
    for (const eventName of ['CreateFunction20150331', 'DeleteFunction', 'TagResource20170331v2']) {
      expect(read(eventName, detail)).toMatchObject({
        kind: 'ignored',
        reason: expect.stringMatching(/us-east-1\.edge-auth.*Lambda@Edge replica/),
        level: 'info',
      });
    }
  });
});
