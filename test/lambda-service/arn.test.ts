import { describe, expect, it } from 'vitest';
import {
  aliasArn,
  isEdgeReplica,
  parseFunctionArn,
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
