import { describe, expect, it } from 'vitest';
import {
  aliasArn,
  isEdgeReplica,
  isQualifier,
  parseFunctionArn,
  parseFunctionReference,
  uniqueFunctionArns,
  unqualifiedArn,
} from '../../src/lambda-service/arn.ts';

describe('parseFunctionArn', () => {
  it.each(['aws', 'aws-cn', 'aws-us-gov', 'aws-iso-b', 'aws-eusc'])(
    'reads functions of partition %s',
    (partition) => {
      const text = `arn:${partition}:lambda:us-gov-west-1:123456789012:function:pay_ments-1`;
      const arn = parseFunctionArn(text);
      expect(arn).toEqual({
        partition,
        region: 'us-gov-west-1',
        account: '123456789012',
        functionName: 'pay_ments-1',
      });
      expect(arn && unqualifiedArn(arn)).toBe(text);
    },
  );

  it.each(['prod', '7', '$LATEST', '$LATEST.PUBLISHED'])(
    'tells the alias or version %s apart',
    (qualifier) => {
      const text = 'arn:aws:lambda:eu-west-1:123456789012:function:pay';
      const arn = parseFunctionArn(aliasArn(text, qualifier));
      expect(arn?.qualifier).toBe(qualifier);
      expect(arn && unqualifiedArn(arn)).toBe(text);
    },
  );

  it.each([
    '',
    'pay',
    'arn:aws:lambda:eu-west-1:123456789012:event-source-mapping:b2c4c1f2-0000-4000-8000-000000000000',
    'arn:aws:lambda:eu-west-1:123456789012:code-signing-config:csc-1',
    'arn:aws:lambda:eu-west-1:12345678901:function:pay',
    'arn:aws:lambda:eu-west-1:123456789012:function:',
    'arn:aws:lambda:eu-west-1:123456789012:function:pay:',
    'arn:aws:lambda:eu-west-1:123456789012:function:pay:a:b',
    'arn:aws:lambda:eu-west-1:123456789012:function:pay\n',
    'arn:aws:lambda:eu-west-1:123456789012:function:pay:$LATEST.published',
    'arn:aws:lambda:eu-west-1:123456789012:function:pay:LATEST.PUBLISHED',
    'arn:aws:lambda:eu-west-1:123456789012:function:us-east-1.pay',
    'arn:aws:s3:::bucket',
  ])('refuses %j', (text) => {
    expect(parseFunctionArn(text)).toBeUndefined();
  });
});

it('names the functions behind ARNs once each, and nothing else', () => {
  const pay = 'arn:aws:lambda:eu-west-1:123456789012:function:pay';
  const texts = [`${pay}:live`, 'pay', pay, `${pay}2:$LATEST.PUBLISHED`, `${pay}:7`];
  expect(uniqueFunctionArns(texts)).toEqual([pay, `${pay}2`]);
});

describe('isEdgeReplica', () => {
  const prefix = 'arn:aws:lambda:eu-west-1:123456789012:function:';

  it.each(['', 'function:', '123456789012:function:', prefix])(
    'knows a replica named by %sregion.name',
    (start) => {
      expect(isEdgeReplica(`${start}us-east-1.edge-auth`)).toBe(true);
      expect(isEdgeReplica(`${start}us-east-1.edge-auth:3`)).toBe(true);
    },
  );

  it.each(['edge-auth', `${prefix}edge-auth:$LATEST.PUBLISHED`, 'us-east-1', 'my.name', 'us-east-1.', ''])(
    'takes %j for no replica',
    (named) => {
      expect(isEdgeReplica(named)).toBe(false);
    },
  );
});

describe('parseFunctionReference', () => {
  it.each([
    'aws:lambda:eu-west-1',
    'aws-cn:lambda:cn-north-1',
    'aws-us-gov:lambda:us-gov-west-1',
    'aws-eusc:lambda:eusc-de-east-1',
  ])('reads ARNs of arn:%s with their region', (beginning) => {
    const arn = `arn:${beginning}:123456789012:function:pay`;
    const region = beginning.split(':')[2];
    expect(parseFunctionReference(arn)).toEqual({ functionName: arn, region, qualifier: undefined });
    expect(parseFunctionReference(`${arn}:prod`)).toEqual({ functionName: arn, region, qualifier: 'prod' });
  });

  it.each(['pay', 'p_a-y', '123456789012', '123456789012:function:pay'])('reads %s', (functionName) => {
    expect(parseFunctionReference(functionName)).toEqual({
      functionName,
      region: undefined,
      qualifier: undefined,
    });
    for (const qualifier of ['prod', '7', '$LATEST']) {
      const text = `${functionName}:${qualifier}`;
      expect(parseFunctionReference(text)).toEqual({ functionName, region: undefined, qualifier });
    }
  });

  it.each([
    '',
    'pay:',
    'pay:a:b',
    'us-east-1.pay',
    'pay pay',
    '12345:function:pay',
    'arn:aws:s3:::bucket',
    'pay:$OLD',
  ])('refuses %j', (text) => {
    expect(parseFunctionReference(text)).toBeUndefined();
  });
});

it.each([
  ['prod', true],
  ['7', true],
  ['$LATEST', true],
  ['', false],
  ['a.b', false],
  ['$OLD', false],
])('takes %j for a qualifier: %s', (text, expected) => {
  expect(isQualifier(text)).toBe(expected);
});
