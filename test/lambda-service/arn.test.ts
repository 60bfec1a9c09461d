import { describe, expect, it } from 'vitest';
import { aliasArn, parseFunctionArn, unqualifiedArn } from '../../src/lambda-service/arn.ts';

describe('parseFunctionArn', () => {
  it.each(['aws', 'aws-cn', 'aws-us-gov', 'aws-iso-b'])('reads functions of partition %s', (partition) => {
    const text = `arn:${partition}:lambda:us-gov-west-1:123456789012:function:pay_ments-1`;
    const arn = parseFunctionArn(text);
    expect(arn).toEqual({
      partition,
      region: 'us-gov-west-1',
      account: '123456789012',
      functionName: 'pay_ments-1',
    });
    expect(arn && unqualifiedArn(arn)).toBe(text);
  });

  it('tells the alias or version apart', () => {
    const text = 'arn:aws:lambda:eu-west-1:123456789012:function:pay';
    const arn = parseFunctionArn(aliasArn(text, 'prod'));
    expect(arn?.qualifier).toBe('prod');
    expect(arn && unqualifiedArn(arn)).toBe(text);
  });

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
    'arn:aws:s3:::bucket',
  ])('refuses %j', (text) => {
    expect(parseFunctionArn(text)).toBeUndefined();
  });
});
